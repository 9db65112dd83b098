"""What a merge says of the shards it is of, in plain sentences. Pure."""

from bench import units
from bench.results import Run, Shard


def shards(run: Run) -> list[str]:
    """One line for each; none for a run that was made of none."""
    return [f"shard {shard.index} ({shard.source}): {_said(shard)}" for shard in run.shards]


def _said(shard: Shard) -> str:
    measured = f"{shard.executions} execution{'' if shard.executions == 1 else 's'} on {shard.host}"
    parts = [measured, f"began {units.seconds(shard.latest_start_seconds)} after the agreed moment at most"]
    parts += [f"its clock minus that of shard 0: {clock_range(shard)}"] if shard.index else []
    parts += [f"unlike shard 0 it had {', '.join(shard.differences)}"] if shard.differences else []
    parts += [] if shard.complete else [end(shard)]
    return "; ".join(parts)


def end(shard: Shard) -> str:
    if shard.complete:
        return "when all was done"
    return "before all was done" if shard.finished_at else "cut off"


def clock_range(shard: Shard) -> str:
    """How far its clock is from that of shard 0."""
    low, high = shard.clock_low_seconds, shard.clock_high_seconds
    if shard.index == 0:
        return "-"
    return "not known" if low is None or high is None else f"between {_signed(low)} and {_signed(high)}"


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
