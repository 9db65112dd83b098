import re

import pytest
from made_up_certificate import ENVIRONMENT
from made_up_gate import CPU, LATE_TTFT, STOP, begun, losing, made, spoiled, to, without

from bench.gate.conclude import judge
from bench.gate.record import Arm
from bench.gate.summary import HEADS, MARKER, summary

HOSTILE = "a|b<script>alert(1)</script>`rm -rf`*x*_y_[z](u)"


def rows(text: str) -> list[list[str]]:
    """The cells of the table, as Markdown parts them."""
    lines = [line for line in text.replace("\N{NO-BREAK SPACE}", " ").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@pytest.mark.parametrize(
    ("gate", "begins"),
    [
        (made(), "## ✅ PASS: quart"),
        (made({CPU: 1.5}), "## ❌ FAIL: quart"),
        (made(noise=0.6), "## ❔ INCONCLUSIVE: whether quart"),
        (made(change=to("head", [1], build="x")), "## ⚠ INVALID: the head"),
        (begun(), "## ⚠ No verdict."),
    ],
)
def test_marker_comes_first_and_the_verdict_second(gate, begins):
    marker, empty, heading, *_ = summary(gate).splitlines()
    assert marker == MARKER and empty == "" and heading.startswith(begins)


def test_every_metric_has_a_row_and_lost_turns_the_last():
    table = rows(summary(made({CPU: 1.5}, change=losing(1))))
    assert table[0] == list(HEADS) and len(table) == 2 + 5 + 1
    assert {len(row) for row in table} == {len(HEADS)}
    assert table[2][:2] == ["❌ FAIL", "Processor time per turn"] and table[2][4].startswith(
        "**\N{MULTIPLICATION SIGN}1.5"
    )
    assert table[3][0] == "✅ PASS" and not table[3][4].startswith("**")
    assert table[-1] == ["❌ FAIL", "Turns lost, all blocks", "0", "20", "lost\\_chunk 20", "none more", "-"]


def test_what_was_not_measured_has_a_row_and_what_was_not_answered_is_told_in_it():
    gate = made(change=lambda measured: without(STOP, range(1, 4), ["head"])(without(CPU)(measured)))
    cpu, stop = (row for row in rows(summary(gate)) if row[1] in ("Processor time per turn",) or "silence" in row[1])
    assert cpu[0] == "❔ INCONCLUSIVE" and cpu[2:5] == ["-", "-", "not measured"]
    assert stop[4].endswith("too few turns answered in 3 blocks")


def test_what_was_accepted_is_told():
    table = rows(summary(made({LATE_TTFT: 1.5}, accepted=["ttft_added_seconds.p95"])))
    assert [row[0] for row in table[2:]].count("❌ FAIL (accepted)") == 1


def test_hostile_names_are_text_and_break_no_table():
    text = summary(
        made({CPU: 1.5}, head=Arm(ref=HOSTILE, build="bbbb2222"), packages={HOSTILE: ("1", None)}, change=losing(1))
    )
    assert "<script>" not in text and "`rm" not in text.replace("\\`rm", "")
    assert {len(row) for row in rows(text)} == {len(HEADS)}
    assert "\\<script\\>" in text and "a\\|b" in text


def test_line_breaks_in_what_others_wrote_are_spaces():
    text = summary(made(head=Arm(ref="a\n\n# b", build="bbbb2222"), command="live-bench gate\n\n# c `d`"))
    assert "\n# " not in text
    assert "`live-bench gate # c 'd'`" in text


def test_it_rests_on_builds_blocks_noise_and_machine():
    gate = made({}, 22, change=spoiled([1, 2]), spoiled=[1, 2], packages={"quart": ("0.19", "0.20")})
    details = summary(gate).partition("<details>")[2]
    for told in (
        *("base: main (012345678), build aaaa1111", "head: HEAD (987654321), build bbbb2222"),
        *("packages that differ: quart 0.19 to 0.20", "harness at 012345678, on made up with 2 cores", "seed 1"),
        "2 more were spoiled by the machine",
    ):
        assert told in details
    assert re.search(r"block scatter: Processor time per turn \d %, ", details)
    assert details.endswith("\n\n</details>\n")


def test_harness_of_a_dirty_tree_is_told():
    dirty = ENVIRONMENT.model_copy(update={"dirty": True})
    assert "harness at 012345678 with changes" in summary(made(environment=dirty))
    assert "harness of an unknown commit" in summary(made(environment=dirty.model_copy(update={"commit": None})))


def test_gate_that_was_ended_says_that_it_is_no_pass():
    text = summary(judge(begun(trials=made(blocks=3).trials)))
    assert "**ended before it came to a decision**, which is never a pass" in text
    assert rows(text) == []
