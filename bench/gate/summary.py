"""`gate.md`: a gate on one screen, fit for a comment under a change. Pure."""

from collections.abc import Sequence

from bench import units
from bench.gate import words
from bench.gate.conclude import earlier_blocks
from bench.gate.record import Decided, Gate, LostTurns
from bench.summary import plain

MARKER = "<!-- gemini-live-bench gate -->"
"""Begins every summary, so that who posts it as a comment finds the one before."""
SIGNS = {
    "PASS": "\N{WHITE HEAVY CHECK MARK}",
    "FAIL": "\N{CROSS MARK}",
    "INCONCLUSIVE": "\N{WHITE QUESTION MARK ORNAMENT}",
    "INVALID": "\N{WARNING SIGN}",
}
HEADS = ("", "gated", "base", "head", "head / base", "allowed", "seen from")
MEANING = (
    "*PASS*: surely within twice what is allowed. *FAIL*: surely worse than allowed. *INCONCLUSIVE*: the blocks allow "
    "both, and that is no pass. *Seen from*: the smallest head / base that would have FAILed, as these blocks scatter. "
    "Medians over blocks; ratios are Hodges-Lehmann estimates over blocks with 95 % intervals; a gate shuts by chance "
    "in at most one of a hundred."
)


def summary(gate: Gate) -> str:
    """Markdown: the verdict, why, the table, what it rests on."""
    blocks = [
        MARKER,
        f"## {SIGNS[gate.verdict]} {plain(gate.headline or 'No verdict.')}",
        _reasons(gate),
        _table(gate),
        MEANING if gate.decisions else "",
        _details(gate),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _reasons(gate: Gate) -> str:
    ended = [] if gate.complete else ["- It was **ended before it came to a decision**, which is never a pass."]
    told = [f"- {reason.verdict}, {plain(reason.check)}: {plain(reason.message)}" for reason in gate.reasons]
    return "\n".join([*ended, *told])


def _table(gate: Gate) -> str:
    if not gate.decisions:
        return ""
    rows = [_row(decided) for decided in gate.decisions]
    rows += [_lost_row(gate.lost)] if gate.lost else []
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [HEADS, _rules(), *rows])


def _rules() -> Sequence[str]:
    return [":-:", ":--", *["--:"] * (len(HEADS) - 2)]


def _row(decided: Decided) -> Sequence[str]:
    return [
        _held(_sign(decided)),
        plain(decided.title),
        _held(units.show(decided.base, decided.unit)),
        _held(units.show(decided.head, decided.unit)),
        f"**{_held(words.factor(decided))}**" if decided.verdict == "FAIL" else _held(words.factor(decided)),
        " or ".join(_held(part) for part in words.allowed(decided).split(" or ")),
        "-" if decided.visible_ratio is None else units.factor(decided.visible_ratio),
    ]


def _held(text: str) -> str:
    """On one line, however narrow the page: a number with its unit, an estimate with its interval."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _lost_row(lost: LostTurns) -> Sequence[str]:
    why = plain(words.why_lost(lost)) or "-"
    return [_held(_sign(lost)), "Turns lost, all blocks", str(lost.base), str(lost.head), why, "none more", "-"]


def _sign(item: Decided | LostTurns) -> str:
    return f"{SIGNS[item.verdict]} {item.verdict}{' (accepted)' if item.accepted else ''}"


def _details(gate: Gate) -> str:
    lines = [
        *_compared(gate),
        *_packages(gate),
        f"- {words.counted(words.blocks(gate), 'block')} of {gate.case.window_seconds:g} s with "
        f"{units.people(gate.case.sessions[-1])}, in random order{'' if gate.target.url else ', a fresh server each'}; "
        f"{len(gate.spoiled)} more were spoiled by the machine",
        f"- block scatter: {_scatter(gate)}",
        f"- {_machine(gate)}",
        f"- `{' '.join(gate.command.split()).replace('`', chr(39))}`, seed {gate.seed}; gate.json holds every value",
    ]
    return "\n".join(["<details><summary>What this rests on</summary>", "", *lines, "", "</details>"])


def _compared(gate: Gate) -> Sequence[str]:
    base, head = (plain(words.name_of(gate, side)) for side in ("base", "head"))
    if gate.yardstick is None:
        return [f"- base: {base}, build {gate.base.build}", f"- head: {head}, build {gate.head.build}"]
    return [
        f"- base: {base}, of which {words.counted(len(earlier_blocks(gate)), 'block')} count",
        f"- head: {plain(gate.target.label)}, {head}",
        f"- yardstick: {plain(gate.yardstick.label)}, measured beside both in every block; base and head are ratios to "
        "it, times what it took in the base",
    ]


def _packages(gate: Gate) -> Sequence[str]:
    changed = [f"{name} {old or 'none'} to {new or 'none'}" for name, (old, new) in gate.packages.items()]
    return [f"- packages that differ: {plain(', '.join(changed))}"] if changed else []


def _scatter(gate: Gate) -> str:
    told = [f"{plain(d.title)} {units.percent(d.scatter)}" for d in gate.decisions if d.scatter is not None]
    return ", ".join(told) or "unknown"


def _machine(gate: Gate) -> str:
    environment = gate.environment
    commit = f"harness at {environment.commit[:9]}" if environment.commit else "harness of an unknown commit"
    dirty = " with changes" if environment.dirty else ""
    return f"{commit}{dirty}, on {plain(environment.cpu_model)} with {environment.cpu_count} cores"
