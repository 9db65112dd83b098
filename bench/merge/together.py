"""Several machines' shares of one execution as one, and how far they were made at the same time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench import units
from bench.execution import Execution
from bench.merge import ways
from bench.results import Reason, Trial
from bench.windows import Process, last_moment
from loadtests.support.turn import Mark, Turn

APART = 0.10, 0.50
"""Suspect and invalid share of an execution in which not all shards made load. Only the time that they have in common
is measured, but who comes late finds a server that others have already loaded."""


@dataclass(frozen=True)
class Span:
    began_at: float
    ended_at: float


def joined(parts: Sequence[Execution], sessions: Sequence[int]) -> Execution:
    """The execution that these are shares of, of so many people at each level. There is one part at least."""
    counts = [part.locust_turns for part in parts]
    known = [count for count in counts if count is not None]
    return replace(
        parts[0],
        sessions=sessions,
        processes=[process for part in parts for process in part.processes],
        generator=(),
        stolen=(),
        load_cores=sum(part.load_cores for part in parts),
        workers=sum(part.workers for part in parts),
        locust_turns=sum(known) if len(known) == len(counts) else None,
        parts=parts,
        approach=ways.combined(parts),
    )


def span(processes: Sequence[Process]) -> Span | None:
    """From when all of a shard's processes made load until the first of them stopped; None where one never began."""
    begins = [next((line.at for line in process if isinstance(line, Mark)), None) for process in processes]
    known = [at for at in begins if at is not None]
    if not known or len(known) < len(begins):
        return None
    stops = [
        next((line.at for line in process if isinstance(line, Mark) and line.mark == "stop"), last_moment(process))
        for process in processes
    ]
    return Span(max(known), min(stops))


def overlap(spans: Sequence[Span]) -> float:
    """The share of the time in which any shard made load that all of them did."""
    together = min(one.ended_at for one in spans) - max(one.began_at for one in spans)
    whole = max(one.ended_at for one in spans) - min(one.began_at for one in spans)
    return max(0.0, together) / whole if whole > 0 else 1.0


def with_overlap(
    trials: Sequence[Trial], parts: Sequence[Execution], ahead_seconds: Sequence[float] = ()
) -> list[Trial]:
    """The trials, told how far their shards were made at the same time.

    `ahead_seconds` is by how much each one's clock is known to be ahead; nothing where none is.
    """
    spans = [span(part.processes) for part in parts]
    ahead = ahead_seconds or [0.0] * len(parts)
    known = [Span(one.began_at - by, one.ended_at - by) for one, by in zip(spans, ahead, strict=True) if one]
    share = overlap(known) if known and len(known) == len(spans) else 0.0
    numbers = {"shards": float(len(parts)), "shards_overlap_share": share}
    reasons = _apart(share)
    return [
        trial.model_copy(update={"instrument": {**trial.instrument, **numbers}, "reasons": [*trial.reasons, *reasons]})
        for trial in trials
    ]


def _apart(share: float) -> list[Reason]:
    suspect, invalid = APART
    if 1 - share <= suspect:
        return []
    worse = 1 - share > invalid
    message = (
        f"the shards made load at the same time for {units.percent(share)} of the execution only, below "
        f"{units.percent(1 - (invalid if worse else suspect))}; see which began late, and give them a longer "
        "--barrier-lead, or longer windows"
    )
    return [Reason(check="shards apart", verdict="INVALID" if worse else "SUSPECT", message=message)]


def with_findings(trials: Sequence[Trial], findings: Sequence[tuple[int, Reason]]) -> list[Trial]:
    """The trials, told what single shards have against their own load generators, as gravely as those said it.

    What all together look no better in is not said again.
    """
    told: list[Trial] = []
    for trial in trials:
        known = {(reason.check, reason.verdict) for reason in trial.reasons}
        further = [
            Reason(check=reason.check, verdict=reason.verdict, message=f"shard {index}: {reason.message}")
            for index, reason in findings
            if not known & {(reason.check, reason.verdict), (reason.check, "INVALID")}
        ]
        told.append(trial.model_copy(update={"reasons": [*trial.reasons, *further]}))
    return told


def repeated(processes: Sequence[Process]) -> str | None:
    """The id of a turn that two of the files have; None where each is in one alone."""
    seen: set[str] = set()
    for process in processes:
        mine = {line.id for line in process if isinstance(line, Turn)}
        if both := seen & mine:
            return min(both)
        seen |= mine
    return None
