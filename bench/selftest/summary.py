"""`selftest.md`: a self-test on one screen. Pure."""

from collections.abc import Sequence

from bench import units
from bench.gate import words
from bench.selftest.faults import SAME
from bench.selftest.record import Checked, SelfTest
from bench.summary import plain

SIGNS = {True: "\N{WHITE HEAVY CHECK MARK}", False: "\N{CROSS MARK}"}


def summary(test: SelfTest) -> str:
    """Markdown: whether the gate works here, what was put in and what it said, and how noisy the machine is."""
    blocks = [
        f"## {SIGNS[test.green]} {plain(test.headline)}",
        _table(test.checks),
        _noise(test.checks),
        _basis(test),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(checks: Sequence[Checked]) -> str:
    if not checks:
        return ""
    heads = ["", "what is wrong with the head", "the gate has to say", "it said"]
    rows = [[SIGNS[c.proved], plain(_fault(c)), plain(c.expected), plain(c.headline)] for c in checks]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, [":-:", ":--", ":--", ":--"], *rows])


def _fault(check: Checked) -> str:
    return f"{check.what} ({check.injected})" if check.injected else check.what


def _noise(checks: Sequence[Checked]) -> str:
    """What the gate reads off the same code twice, metric by metric."""
    same = next((check for check in checks if check.fault == SAME), None)
    if same is None or not same.decisions:
        return ""
    heads = ["the same code twice", "base", "head", "head / base", "scatter of a block", "seen from"]
    rows = [
        [
            plain(decided.title),
            units.show(decided.base, decided.unit),
            units.show(decided.head, decided.unit),
            words.factor(decided),
            "-" if decided.scatter is None else units.percent(decided.scatter),
            units.factor(decided.visible_ratio),
        ]
        for decided in same.decisions
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, [":--", *["--:"] * 5], *rows])


def _basis(test: SelfTest) -> str:
    environment = test.environment
    commit = f" at commit `{environment.commit[:12]}`" if environment.commit else ""
    dirty = " with uncommitted changes" if environment.dirty else ""
    command = " ".join(test.command.split()).replace("`", "'")
    return (
        f"{test.blocks_planned} blocks of {test.case.window_seconds:g} s with {units.people(test.case.sessions[-1])} "
        f"and {plain(test.target.label)}: `{command}`{commit}{dirty}, on {plain(environment.cpu_model)} with "
        f"{environment.cpu_count} cores. selftest.json holds every value."
    )
