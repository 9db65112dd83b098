import re

from made_up_gate import CPU, losing
from made_up_selftest import FOUND, begun, made, without_fault

from bench.selftest.faults import SAME
from bench.selftest.judge import judge
from bench.selftest.summary import summary

HOSTILE = "a|b<script>alert(1)</script>`rm -rf`*x*_y_[z](u)"


def rows(text):
    """The cells of both tables, as Markdown parts them, without the lines between head and body."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| :-", "| -"))]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_verdict_comes_first_then_every_fault_then_the_noise():
    text = summary(made())
    assert text.startswith("## ✅ The gate works on this machine: 6 of 6 faults")
    heads, *table = rows(text)
    assert len(heads) == 4 and [row[0] for row in table[:6]] == ["✅"] * 6
    assert table[0][1:] == ["nothing: the same code twice", "PASS or INCONCLUSIVE", "PASS"]
    assert table[1][1].endswith("(cpu=150us)") and table[1][2] == "FAIL in cpu\\_seconds\\_per\\_turn"
    assert table[1][3].startswith("FAIL: Processor time per turn")
    assert table[6][0] == "the same code twice" and len(table) == 6 + 1 + 5
    assert "10 blocks of 5 s with 40 people" in text and "selftest.json holds every value" in text


def test_what_was_missed_is_crossed():
    text = summary(made(found=without_fault("sleep")))
    assert text.startswith("## ❌ The gate is not to be trusted on this machine: it was wrong about sleep")
    assert [row[0] for row in rows(text)[1:7]] == ["✅", "✅", "❌", "✅", "✅", "✅"]


def test_what_was_ended_by_hand_is_no_proof():
    assert summary(made(complete=False)).startswith("## ❌ The self-test was ended before all was measured")
    assert rows(summary(judge(begun()))) == []


def test_lost_turns_are_told_with_why():
    assert "20 turns lost, by the base 0" in summary(made())
    assert "lost\\_chunk 20" in summary(made())


def test_what_others_wrote_is_text_and_breaks_no_table():
    def odd(trial):
        if trial.target != "drop":
            return trial
        return losing(2, arm="drop")(trial).model_copy(update={"failures": {HOSTILE: 2}, "injected": HOSTILE})

    target = begun().target.model_copy(update={"label": HOSTILE})
    text = summary(made(change=odd, target=target, command="live-bench selftest\n\n# c `d`"))
    assert "<script>" not in text and "`rm" not in text.replace("\\`rm", "")
    assert {len(row) for row in rows(text)} == {4, 6} and "a\\|b" in text
    assert "`live-bench selftest # c 'd'`" in text and "\n# " not in text


def test_noise_is_that_of_the_same_code_twice():
    text = summary(made(found={**FOUND, SAME: {CPU: 1.5}}, noise=0.001))
    (row,) = [row for row in rows(text) if row[0] == "Processor time per turn"]
    assert row[3].startswith("\N{MULTIPLICATION SIGN}1.50")
