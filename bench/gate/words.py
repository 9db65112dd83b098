"""What a gate says, in sentences that could stand under a change. Pure."""

from collections.abc import Sequence

from bench import units
from bench.gate.record import Decided, Gate, LostTurns, Span
from bench.gate.rule import MEASURED_SHARE

TIMES = "\N{MULTIPLICATION SIGN}"
LOST = "lost_turns"
"""How `--accept` calls turns that failed or never ended."""


def headline(gate: Gate) -> str:
    """The verdict and why, in one or two sentences."""
    who = judged(gate)
    basis = f"{counted(blocks(gate), 'block')} against {name_of(gate, 'base')}"
    if gate.yardstick:
        basis += f", by the ratio to {gate.yardstick.name}"
    match gate.verdict:
        case "PASS":
            return f"PASS: {who} is no worse than allowed ({basis}).{_taken(gate)}"
        case "FAIL":
            return f"FAIL: {who} is worse ({basis}): {'; '.join(failing(gate))}.{_taken(gate)}"
        case "INCONCLUSIVE":
            open_ = "; ".join(undecided(gate))
            return f"INCONCLUSIVE: whether {who} is worse is not decided ({basis}): {open_}.{_taken(gate)}"
        case "INVALID":
            return f"INVALID: {_first_fault(gate)}"


def judged(gate: Gate) -> str:
    """Of whom the verdict is: a revision of a server, or a service as it is now."""
    return gate.target.name if gate.kind == "baseline" else f"{gate.target.name} at {name_of(gate, 'head')}"


def blocks(gate: Gate) -> int:
    """On how many the decisions rest."""
    return gate.looks[-1].blocks if gate.looks else 0


def counted(number: int, what: str) -> str:
    """'1 block', '20 blocks'."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def name_of(gate: Gate, side: str) -> str:
    """A revision as people call it: what was asked for, and the commit where that does not tell. Of a gate against a
    baseline the run it is held against, whose commit is the harness's alone, and `now`."""
    arm = gate.base if side == "base" else gate.head
    if gate.kind == "baseline":
        return f"run {arm.ref}" if side == "base" else arm.ref
    if arm.commit is None or arm.commit.startswith(arm.ref):
        return arm.ref[:12] if arm.commit else arm.ref
    return f"{arm.ref} ({arm.commit[:9]}{', with changes' if arm.dirty else ''})"


def failing(gate: Gate) -> list[str]:
    """What shuts the gate, each with its numbers."""
    found = [change(decided) for decided in gate.decisions if decided.verdict == "FAIL" and not decided.accepted]
    if gate.lost and gate.lost.verdict == "FAIL" and not gate.lost.accepted:
        found.insert(0, lost(gate.lost))
    return found


def undecided(gate: Gate) -> list[str]:
    """What could not be decided, with the smallest change that would have been."""
    found = [
        f"{decided.title} {visible(decided)}"
        for decided in gate.decisions
        if decided.verdict == "INCONCLUSIVE" and not decided.accepted
    ]
    if gate.lost and gate.lost.verdict == "INCONCLUSIVE" and not gate.lost.accepted:
        found.insert(0, lost(gate.lost))
    return found or ["nothing was measured that could be gated"]


def visible(decided: Decided) -> str:
    """The smallest change that would have been seen."""
    if decided.difference is None and decided.blocks > decided.missing:
        return "was measured in no block of the baseline"
    if decided.difference is None:
        return f"was measured in none of {counted(decided.of_blocks, 'block')}{_missing(decided)}"
    if decided.blocks < MEASURED_SHARE * decided.of_blocks:
        return f"was measured in only {decided.blocks} of {counted(decided.of_blocks, 'block')}"
    if decided.ratio is None:
        return f"is {factor(decided)}, and was 0 in some of {counted(decided.blocks, 'block')}"
    if decided.visible_ratio is None:
        return f"could not have failed with {counted(decided.blocks, 'block')} and this scatter"
    return f"would have failed from {units.factor(decided.visible_ratio)} on"


def change(decided: Decided) -> str:
    """'Processor time per turn x1.31 [1.24, 1.38], allowed x1.05'."""
    return f"{decided.title} {factor(decided)}, allowed {allowed(decided)}"


def factor(decided: Decided) -> str:
    """The change, and in how many blocks it could not be told for too few turns were answered."""
    return f"{number(decided)}{_missing(decided)}"


def number(decided: Decided) -> str:
    """The change as a ratio; as a difference where there is none."""
    if decided.ratio:
        shown = [units.factor(bound).removeprefix(TIMES) for bound in _bounds(decided.ratio)]
        return f"{units.factor(decided.ratio.center)}{_interval(shown)}"
    if decided.difference:
        shown = [units.show(bound, decided.unit) for bound in _bounds(decided.difference)]
        sign = "+" if decided.difference.center >= 0 else ""
        return f"{sign}{units.show(decided.difference.center, decided.unit)}{_interval(shown)}"
    return "not measured"


def allowed(decided: Decided) -> str:
    """How much worse it may be: a share, or an amount where that is more."""
    share = units.factor(1 + decided.margin)
    if decided.base is not None and decided.base * decided.margin >= decided.floor:
        return share
    return f"{share} or +{units.show(decided.floor, decided.unit)}"


def lost(turns: LostTurns) -> str:
    """'41 turns lost, by the base 0, in 12 blocks more than the base (lost_chunk 41)'."""
    if not turns.head:
        return "no turn lost" if not turns.base else f"no turn lost, where the base lost {turns.base}"
    where = f", in {counted(turns.blocks_worse, 'block')} more than the base" if turns.blocks_worse else ""
    return f"{counted(turns.head, 'turn')} lost, by the base {turns.base}{where} ({why_lost(turns) or 'no word why'})"


def why_lost(turns: LostTurns) -> str:
    """What became of those that the head lost: 'lost_chunk 41, unfinished 2'."""
    return ", ".join(f"{label} {count}" for label, count in turns.failures.items())


def _missing(decided: Decided) -> str:
    return f", too few turns answered in {counted(decided.missing, 'block')}" if decided.missing else ""


def _taken(gate: Gate) -> str:
    taken = [decided.title for decided in gate.decisions if decided.accepted and decided.verdict != "PASS"]
    if gate.lost and gate.lost.accepted and gate.lost.verdict != "PASS":
        taken.append("lost turns")
    return f" Accepted as it is: {', '.join(taken)}." if taken else ""


def _first_fault(gate: Gate) -> str:
    faults = [reason.message for reason in gate.reasons if reason.verdict == "INVALID"]
    return f"{faults[0]}."


def _bounds(span: Span) -> list[float]:
    return [bound for bound in (span.low, span.high) if bound is not None]


def _interval(shown: Sequence[str]) -> str:
    return f" [{shown[0]}, {shown[1]}]" if len(shown) == 2 else ""
