import io

from made_up_gate import CPU, TTFT, losing, spoiled
from made_up_selftest import begun, block_of
from rich.console import Console

from bench.gate.record import BASE
from bench.selftest.display import Display
from bench.selftest.faults import BLIND


def shown(*trials, **fields) -> str:
    out = io.StringIO()
    with Display(Console(file=out, width=400)) as display:
        display.show(begun(trials=list(trials), **fields))
    return out.getvalue().replace("\N{MULTIPLICATION SIGN}", "x")


def test_each_block_is_a_line_with_what_differs_beyond_what_is_allowed():
    line = shown(*block_of(1, noise=0.0, found={"cpu": {CPU: 1.3}, "sleep": {TTFT: 1.8}}))
    told = line.strip().partition("block 1: ")
    assert told[0] == "[1/10] " and line.endswith(" left\n") and line.count("\n") == 1
    assert told[2].split("; ")[:-1] == [
        "same: as the base", "cpu: CPU x1.30", "sleep: first words p50 x1.80", "memory: as the base",
        "drop: 2 turns lost",
    ]  # fmt: skip


def test_one_lost_turn_is_no_plural():
    assert "drop: 1 turn lost; " in shown(*block_of(1, change=losing(1, arm="drop")))


def test_spoiled_block_counts_for_nothing_and_says_so():
    line = shown(*block_of(1), *block_of(2, change=spoiled([2], "cpu")))
    assert line.startswith("[1/10] block 2: ") and "cpu: spoiled; " in line


def test_where_the_base_is_spoiled_all_are():
    assert shown(*block_of(1, change=spoiled([1], BASE))).count(": spoiled; ") == 5


def test_block_of_the_blind_gate_shows_nothing():
    assert shown(*block_of(1), *block_of(2, [BASE, BLIND])) == ""
