from xml.etree import ElementTree as Xml

import pytest
from made_up_gate import CPU, LATE_TTFT, STOP, losing, made, to, without

from bench.gate.gated import GATED
from bench.gate.junit import junit
from bench.gate.record import Arm
from bench.results import Reason

NAMES = [*(gated.name for gated in GATED), "lost_turns"]


def parsed(gate) -> Xml.Element:
    return Xml.fromstring(junit(gate).encode())


def counts(gate) -> tuple[int, int, int, int]:
    """Tests, failures, skipped, errors; as told, once it is seen that there are as many."""
    (suite,) = parsed(gate)
    tests, *told = (int(suite.get(kind)) for kind in ("tests", "failures", "skipped", "errors"))
    assert tests == len(suite.findall("testcase"))
    assert told == [len(suite.findall(f"testcase/{tag}")) for tag in ("failure", "skipped", "error")]
    return tests, *told


def case(gate, name: str) -> Xml.Element:
    (found,) = parsed(gate).findall(f"testsuite/testcase[@name='{name}']")
    return found


@pytest.mark.parametrize(
    ("gate", "numbers"),
    [
        (made(), (6, 0, 0, 0)),
        (made({CPU: 1.5}), (6, 1, 0, 0)),
        (made({CPU: 1.5, LATE_TTFT: 2.0}, change=losing(1)), (6, 3, 0, 0)),
        (made(noise=0.6), (6, 0, 5, 0)),
        (made({CPU: 1.5}, accepted=["cpu_seconds_per_turn"]), (6, 0, 1, 0)),
        (made(change=losing(1), accepted=["lost_turns"]), (6, 0, 1, 0)),
        (made(change=losing(1, blocks=[3])), (6, 0, 1, 0)),
        (made({CPU: 1.5}, change=to("head", [1], build="x")), (1, 0, 0, 1)),
        (made(blocks=0), (6, 0, 6, 0)),
        (made(change=lambda measured: measured.model_copy(update={"metrics": {}})), (6, 0, 5, 0)),
        (made(change=without(STOP, arms=["head"])), (6, 1, 0, 0)),
        (made(change=without(CPU, range(1, 7))), (6, 0, 1, 0)),
    ],
    ids=[
        "pass",
        "fail",
        "three",
        "noise",
        "accepted",
        "accepted lost",
        "one lost",
        "invalid",
        "empty",
        "nothing",
        "unanswered",
        "few",
    ],
)
def test_cases_are_counted(gate, numbers):
    assert counts(gate) == numbers


def test_there_is_a_case_for_each_metric_by_its_name_on_the_command_line():
    cases = parsed(made()).findall("testsuite/testcase")
    assert [case.get("name") for case in cases] == NAMES
    assert {case.get("classname") for case in cases} == {"gate.quart"}


def test_failure_tells_the_change_and_what_is_allowed():
    failure = case(made({CPU: 1.5}), "cpu_seconds_per_turn").find("failure")
    assert failure.get("message").startswith(
        "Processor time per turn \N{MULTIPLICATION SIGN}1.5"
    ) and "allowed \N{MULTIPLICATION SIGN}1.05" in failure.get("message")


def test_inconclusive_is_skipped_and_tells_what_would_have_been_seen():
    skipped = case(made(noise=0.6), "cpu_seconds_per_turn").find("skipped")
    assert skipped.get("message").startswith("inconclusive: would have failed from \N{MULTIPLICATION SIGN}")


def test_what_few_blocks_have_is_skipped_and_what_the_head_does_not_answer_fails():
    few = case(made(change=without(CPU, range(1, 7))), "cpu_seconds_per_turn").find("skipped")
    assert few.get("message") == "inconclusive: was measured in only 14 of 20 blocks"
    unanswered = case(made(change=without(STOP, arms=["head"])), "stop_seconds.p50").find("failure")
    assert "not measured, too few turns answered in 20 blocks, allowed" in unanswered.get("message")


@pytest.mark.parametrize("ratios", [{CPU: 1.5}, {CPU: 1.08}])
def test_what_was_accepted_is_skipped_and_says_so(ratios):
    accepted = case(made(ratios, noise=0.05, accepted=["cpu_seconds_per_turn"]), "cpu_seconds_per_turn")
    assert (
        accepted.find("skipped")
        .get("message")
        .startswith("accepted as it is: Processor time per turn \N{MULTIPLICATION SIGN}1.")
    )


def test_invalid_is_an_error_with_the_reason_and_no_case_passes():
    gate = made(change=to("head", [1], build="x"))
    assert case(gate, "validity").find("error").get("message") == gate.headline


def test_what_others_wrote_is_escaped_and_what_no_xml_may_hold_is_replaced():
    said = 'ended: "\x1b[31m<boom>\x00" & more'
    reason = Reason(check="did not run", verdict="INVALID", message=said)
    gate = made(head=Arm(ref="<\"&'>", build="bbbb2222"), change=to("head", range(1, 99), reasons=[reason]))
    message = case(gate, "validity").find("error").get("message")
    assert 'ended: "\ufffd[31m<boom>\ufffd" & more' in message
