import io

from made_up_machine import machine
from rich.console import Console

from bench.doctor.checks import CHECKS, examine, sentence
from bench.doctor.display import show

LOOKED = examine(machine(usable_cores=1, turbo=None, descriptors_hard=3000, clock_source="[red]"))
RAISE = "sudo prlimit --pid $$ --nofile=50200:50200"


def shown(**options) -> list[str]:
    out = io.StringIO()
    show(Console(file=out, **options), LOOKED)
    return out.getvalue().splitlines()


def test_elsewhere_each_check_is_one_plain_line_and_the_verdict_is_the_last():
    *lines, last = shown(width=60)
    assert len(lines) == len(CHECKS)
    assert lines[0].startswith("spoils all: cores: 1 usable of 4: server and load share it")
    assert lines[0].endswith("mend it: taskset -pc 0-3 $$")
    assert lines[1].endswith(f"mend it: {RAISE}")
    assert lines[2].startswith("not known: turbo: ")
    assert "fine: clock source: [red], 50 ns a reading" in lines
    assert last == sentence(LOOKED)


def test_in_a_terminal_a_table_comes_first_and_no_command_is_cut():
    lines = shown(width=60, force_terminal=True, no_color=True, color_system=None)
    assert lines[0].split() == ["check", "verdict", "found"]
    assert lines[1].split()[:3] == ["cores", "spoils", "all"]
    assert any("[red]" in line for line in lines)
    assert " ".join(line.strip() for line in lines).endswith(sentence(LOOKED))


def test_in_a_terminal_a_command_that_is_longer_than_a_line_stays_in_one_piece():
    lines = shown(width=40, force_terminal=True, no_color=True, color_system=None)
    assert f"    {RAISE}" in lines


def test_machine_without_fault_needs_no_mending():
    out = io.StringIO()
    show(Console(file=out, force_terminal=True, width=100, color_system=None), examine(machine()))
    *table, empty, last = out.getvalue().splitlines()
    assert len(table) == 1 + len(CHECKS)
    assert (empty, last) == ("", sentence(examine(machine())))
