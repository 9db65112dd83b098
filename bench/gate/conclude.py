"""From a gate's trials to its verdict. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from bench.gate import losses, proof, relative, words
from bench.gate.gated import GATED, Gated
from bench.gate.losses import Lost
from bench.gate.pairs import SERVERS_OWN, Block, blocks_of, unserved_people
from bench.gate.record import BASE, YARDSTICK, Decided, Gate, LostTurns, Outcome, Span
from bench.gate.rule import LEAST_BLOCKS, MEASURED_SHARE, Decision, Look, Pair, Shift, decide
from bench.results import Reason
from bench.validity import SEVERITY

SPOILED = "spoiled blocks"
"""The check of how many the machine spoiled."""
SPOILED_SHARE = 0.25
"""Of the blocks planned. Where the machine spoils more than that, those it did not are lucky and not typical."""


def good_blocks(gate: Gate) -> list[Block]:
    """Those that count."""
    return [block for block in blocks_of(gate.trials, *gate.arms) if not block.spoiled]


def earlier_blocks(gate: Gate) -> list[Block]:
    """Those of the baseline that count, with the yardstick in the place of the base."""
    return [block for block in blocks_of(gate.baseline, YARDSTICK, BASE) if not block.spoiled]


def conclude(gate: Gate, look: Look) -> Gate:
    """A copy with a decision on every metric, as a look at the blocks so far allows it, and with the verdict."""
    decisions = [decided for gated in GATED if (decided := _decided(gated, gate, look.alpha))]
    return judge(gate.model_copy(update={"decisions": decisions, "lost": _lost(gate, look.alpha)}))


def judge(gate: Gate) -> Gate:
    """A copy with the verdict that follows from the decisions it has, unless something makes it INVALID."""
    reasons = [*proof.faults(gate), *_never_looked(gate), *_too_much_spoiled(gate), *_doubts(gate)]
    invalid = any(reason.verdict == "INVALID" for reason in reasons)
    judged = gate.model_copy(update={"reasons": reasons, "verdict": "INVALID" if invalid else _verdict(gate)})
    return judged.model_copy(update={"headline": words.headline(judged)})


def is_settled(gate: Gate) -> bool:
    """Whether more blocks would change nothing."""
    return gate.verdict in ("PASS", "FAIL")


def _verdict(gate: Gate) -> Outcome:
    """What the user takes as it is does not count. A gate that could decide on nothing is no pass."""
    items: list[Decided | LostTurns] = [*gate.decisions, *([gate.lost] if gate.lost else [])]
    counted = [item.verdict for item in items if not item.accepted]
    if "FAIL" in counted:
        return "FAIL"
    return "INCONCLUSIVE" if "INCONCLUSIVE" in counted or not gate.decisions else "PASS"


def _decided(gated: Gated, gate: Gate, alpha: float) -> Decided | None:
    """None where a service that runs elsewhere has no such metric, then or now: nobody there watches its processes.

    What was measured in too few of the blocks is no pass, for those in which it was not may be the bad ones.
    """
    blocks, earlier = good_blocks(gate), earlier_blocks(gate)
    now = _pairs(gated, blocks)
    if gate.kind != "baseline":
        decision = decide(gated, now, alpha)
    elif any(gated.metric in block.head.metrics for block in [*blocks, *earlier]):
        decision = relative.decide(gated, _pairs(gated, earlier), now, alpha)
    else:
        return None
    if decision.verdict == "PASS" and len(now) < MEASURED_SHARE * len(blocks):
        decision = replace(decision, verdict="INCONCLUSIVE")
    return record_of(gated, decision, gate.accepted, len(blocks))


def _pairs(gated: Gated, blocks: Sequence[Block]) -> list[Pair]:
    return [pair for block in blocks if (pair := block.pair(gated))]


def record_of(gated: Gated, decision: Decision, accepted: Sequence[str], of_blocks: int) -> Decided:
    """A decision as it is stored, of so many blocks that count."""
    values = asdict(decision) | {
        "blocks": decision.pairs,
        "of_blocks": of_blocks,
        "ratio": _span(decision.ratio),
        "difference": _span(decision.difference),
    }
    return Decided(
        metric=gated.metric,
        statistic=gated.statistic,
        name=gated.name,
        title=gated.title,
        unit=gated.of.unit,
        margin=gated.margin,
        floor=gated.floor,
        accepted=gated.name in accepted or gated.metric in accepted,
        **values,
    )


def _span(shift: Shift | None) -> Span | None:
    return Span(center=shift.center, low=shift.low, high=shift.high) if shift else None


def _lost(gate: Gate, alpha: float) -> LostTurns:
    blocks = good_blocks(gate)
    counts = [block.lost for block in blocks]
    before = [block.lost.head for block in earlier_blocks(gate)]
    if gate.kind == "baseline":
        judged = relative.judge_losses(before, [count.head for count in counts], alpha)
        counts = [Lost(max(before, default=0), count.head) for count in counts]
    else:
        judged = losses.judge(counts, alpha)
    failures: Counter[str] = Counter()
    for block in blocks:
        failures.update(block.head.failures)
        failures.update({"unfinished": block.head.turns.unfinished} if block.head.turns.unfinished else {})
        failures.update({"never_served": unserved} if (unserved := unserved_people(block.head)) else {})
        failures.update(reason.check for reason in block.head.reasons if reason.check in SERVERS_OWN)
    return LostTurns(
        verdict=judged,
        accepted=words.LOST in gate.accepted,
        base=sum(before) if gate.kind == "baseline" else sum(count.base for count in counts),
        head=sum(count.head for count in counts),
        blocks_worse=sum(count.head > count.base for count in counts),
        failures=dict(sorted(failures.items())),
    )


def _never_looked(gate: Gate) -> list[Reason]:
    if gate.looks:
        return []
    message = f"it was ended before it had come to a decision; blocks that count: {len(good_blocks(gate))}"
    return [Reason(check="decision", verdict="INVALID", message=message)]


def _too_much_spoiled(gate: Gate) -> list[Reason]:
    spoiled = [block for block in blocks_of(gate.trials, *gate.arms) if block.spoiled]
    if len(spoiled) <= SPOILED_SHARE * max(gate.blocks_planned, LEAST_BLOCKS):
        return []
    why: Mapping[str, str] = {
        reason.check: reason.message
        for block in spoiled
        for trial in (block.base, block.head)
        for reason in trial.reasons
        if reason.verdict == "INVALID"
    }
    message = f"{len(spoiled)} blocks were spoiled and only {len(good_blocks(gate))} count: {'; '.join(why.values())}"
    return [Reason(check=SPOILED, verdict="INVALID", message=message)]


def _doubts(gate: Gate) -> list[Reason]:
    """What checks said of trials that count, once each: doubts do not decide, but are told."""
    found: dict[str, tuple[int, Reason]] = {}
    for block in good_blocks(gate):
        for reason in (*block.base.reasons, *block.head.reasons):
            number, kept = found.get(reason.check, (0, reason))
            found[reason.check] = number + 1, max(kept, reason, key=lambda one: SEVERITY[one.verdict])
    return [
        reason.model_copy(
            update={"verdict": "SUSPECT", "message": f"{reason.message} (in {words.counted(number, 'trial')})"}
        )
        for number, reason in found.values()
    ]
