import io

import pytest
from made_up_gate import CPU, DIED, STOP, arm_trial, begun, losing, made, spoiled, to, without
from rich.console import Console

from bench.following import Followed
from bench.gate.blocks import WARM_UP
from bench.gate.display import Display
from bench.results import Statistics


def shown(show, **options) -> str:
    out = io.StringIO()
    with Display(Console(file=out, width=160, **options)) as display:
        show(display)
    return out.getvalue()


def line_of(*trials, **fields) -> str:
    def show(display: Display) -> None:
        display.begin()
        display.show(begun(trials=list(trials), **fields))

    (line,) = shown(show).splitlines()
    return line


def one_block(change=lambda trial: trial, ratios=None, noise=0.0, number=1):
    return [change(arm_trial(arm, number, ratios or {}, noise)) for arm in ("base", "head")]


def test_each_block_is_a_plain_line_with_what_the_head_was_to_the_base():
    line = line_of(*one_block(ratios={CPU: 1.3}))
    head, _, left = line.replace("\N{MULTIPLICATION SIGN}", "x").partition("; ")
    assert head == "[1/20] block 1: CPU x1.30, memory x1.00, first words p50 x1.00, first words p95 x1.00, stop x1.00"
    assert left.endswith(" left at most")


def test_newest_block_is_shown_however_the_arms_were_ordered():
    later = one_block(number=2, ratios={CPU: 1.5})[::-1]
    assert line_of(*one_block(), *later).startswith("[2/20] block 2: CPU \N{MULTIPLICATION SIGN}1.50")


def test_nothing_is_left_once_it_is_settled():
    assert line_of(*made(blocks=12).trials, complete=True).endswith("; 0 s left at most")


def test_where_there_is_no_ratio_both_values_are_shown():
    def silent(trial):
        trial.metrics[STOP.split()[0]] = Statistics(count=50, values={"p50": 0.0 if trial.target == "base" else 0.01})
        return trial

    assert "stop 0 ms to 10 ms" in line_of(*one_block(silent))


def test_block_that_the_head_did_not_answer_enough_in_is_told():
    line = line_of(*one_block(without(STOP, arms=["head"])))
    assert ", stop unknown, with too few turns answered; " in line


def test_block_in_which_nothing_was_measured_says_so():
    line = line_of(*one_block(lambda trial: trial.model_copy(update={"metrics": {}})))
    assert line.startswith("[1/20] block 1: nothing that is gated was measured; ")


def test_lost_turns_are_shown():
    assert "lost 2 to the base's 0; " in line_of(*one_block(losing(2)))


def test_spoiled_block_says_why_and_counts_for_nothing():
    line = line_of(*one_block(spoiled([1])))
    assert line.startswith("[0/20] block 1: spoiled, head: the hypervisor gave others what the cores in use wanted; ")


def test_block_in_which_a_server_broke_is_called_broken_and_counts():
    line = line_of(*one_block(to("head", [1], reasons=[DIED])))
    assert line.startswith("[1/20] block 1: broken, head: head died under load: exit code 1")


@pytest.mark.parametrize(("block", "which"), [(WARM_UP, "warm-up"), (3, "block 3")])
def test_what_goes_on_is_shown_in_a_terminal_alone(block, which):
    def show(display: Display) -> None:
        display.watch(block, "head", Followed(ok=3, failed=2, recent_ttft_seconds=(0.5,)))

    text = shown(show, force_terminal=True, _environ={"TERM": "xterm"})
    assert f"{which}, head: 3 turns, first words after 0.50 s, 2 failed" in text
    assert shown(show) == ""
