import pytest
from made_up_gate import BUILDS, begun, made, to

from bench.gate.proof import faults
from bench.gate.record import Arm
from bench.results import Trial

BASE_BUILD, HEAD_BUILD = BUILDS["base"], BUILDS["head"]


def swapped(trial: Trial) -> Trial:
    other = HEAD_BUILD if trial.target == "base" else BASE_BUILD
    return trial.model_copy(update={"build": other})


def messages(**fields) -> list[str]:
    found = faults(made(blocks=3, **fields))
    assert all((reason.check, reason.verdict) == ("arms", "INVALID") for reason in found)
    return [reason.message for reason in found]


def test_servers_that_say_their_own_builds_are_no_fault():
    assert messages() == []


def test_mixed_up_arms_are_told_of_both():
    base, head = messages(change=swapped)
    assert base.startswith(
        f"the base is main, build {BASE_BUILD}, but a server that was measured as it said that it is"
    )
    assert head.startswith(f"the head is HEAD, build {HEAD_BUILD}, but") and f"build {BASE_BUILD}: the arms" in head


@pytest.mark.parametrize(("arm", "build"), [("head", BASE_BUILD), ("base", HEAD_BUILD)])
def test_one_arm_read_twice_is_caught(arm, build):
    (message,) = messages(change=to(arm, range(1, 9), build=build))
    assert message.startswith(f"the {arm} is ") and f"said that it is build {build}" in message


def test_a_single_strange_trial_is_enough():
    assert len(messages(change=to("head", [2], build="cccc3333"))) == 1


def test_server_that_does_not_say_its_build_proves_nothing():
    (message,) = messages(change=to("base", [1], build=None))
    assert "said that it is build None" in message


def test_trial_that_did_not_run_says_nothing_of_its_build():
    assert messages(change=to("head", [1], build=None, window_seconds=0.0)) == []


def test_equal_builds_compare_nothing():
    (message,) = messages(head=Arm(ref="HEAD", build=BASE_BUILD), change=to("head", range(1, 9), build=BASE_BUILD))
    assert message == f"base and head are the same build {BASE_BUILD}, in the same environment: nothing is compared"


def test_equal_builds_with_different_packages_compare_these():
    same = {"head": Arm(ref="HEAD", build=BASE_BUILD), "packages": {"quart": ("0.19.0", "0.20.0")}}
    assert messages(change=to("head", range(1, 9), build=BASE_BUILD), **same) == []
    assert messages(**same)  # a stranger is one there too


def test_revision_that_is_meant_to_be_compared_with_itself_is_no_fault():
    same = {"head": Arm(ref="main", build=BASE_BUILD), "kind": "same"}
    assert messages(change=to("head", range(1, 9), build=BASE_BUILD), **same) == []
    assert messages(**same)


def test_baseline_has_no_builds_to_prove():
    assert faults(begun(kind="baseline", base=Arm(ref="run.json"), head=Arm(ref="now"))) == []
