"""What a merge says of the shards it is of, in plain sentences. Pure."""

from bench import units
from bench.results import Run, Shard


def shards(run: Run) -> list[str]:
    """One line for each; none for a run that was made of none."""
    return [f"shard {shard.index} ({shard.source}): {shard_said(shard)}" for shard in run.shards]


def shard_said(shard: Shard) -> str:
    return "; ".join((_executions(shard), _start(shard), clock(shard)))


def _executions(shard: Shard) -> str:
    measured = f"{shard.executions} execution{'' if shard.executions == 1 else 's'} on {shard.host}"
    if shard.complete:
        return measured
    return f"{measured}, then {'ended early' if shard.finished_at else 'cut off'}"


def _start(shard: Shard) -> str:
    return f"began {units.seconds(shard.latest_start_seconds)} after the agreed moment at most"


def clock(shard: Shard) -> str:
    """How far its clock is from that of shard 0."""
    if shard.index == 0:
        return "its clock is the one that others are held against"
    low, high = shard.clock_low_seconds, shard.clock_high_seconds
    if low is None or high is None:
        return "how far its clock is from that of shard 0 is not known"
    return f"its clock minus that of shard 0 is between {_signed(low)} and {_signed(high)}"


def _signed(seconds: float) -> str:
    return f"{'+' if seconds >= 0 else '-'}{units.seconds(abs(seconds))}"


def conclusion(run: Run) -> list[str]:
    """The verdict, as a run has it."""
    reasons = [
        f"{'note' if reason.verdict == 'VALID' else reason.verdict}: {reason.message}"
        for reason in run.validity.reasons
    ]
    cut = [] if run.complete else ["This run is incomplete: some of its load was not measured, as is said above."]
    return [text for text in (*reasons, *cut, run.headline, run.cause) if text]
