"""The checks of a server that runs elsewhere: whether the way there, and who answers, were the same for all trials."""

from collections import defaultdict
from collections.abc import Sequence

from bench import units
from bench.findings import Finding
from bench.results import Reason, Trial
from bench.round_trips import span

MOVED_SECONDS, MOVED_SHARE = 0.005, 0.20
"""A way whose length differs between trials by more than the larger of the two is not one way: what is taken off is
then wrong by as much as servers differ by."""


def moved(usable: Sequence[Trial]) -> list[Finding]:
    """Which targets were further away in some trials than in others."""
    targets: dict[str, list[Trial]] = defaultdict(list)
    for trial in usable:
        targets[trial.target].append(trial)
    return [reason for name, trials in targets.items() if (reason := _moved(name, trials))]


def deployed(usable: Sequence[Trial]) -> list[Finding]:
    """Which targets were another server in some trials than in others: somebody deployed one meanwhile."""
    servers: dict[str, dict[str, None]] = defaultdict(dict)
    for trial in usable:
        way = trial.approach
        if way and (way.revision or way.build):
            servers[trial.target][f"revision {way.revision}" if way.revision else f"build {way.build}"] = None
    return [
        Reason(
            check="one server",
            verdict="SUSPECT",
            message=f"{name} was not the same server in all trials, but {', '.join(found)}: run it again, and deploy "
            "nothing meanwhile",
        )
        for name, found in servers.items()
        if len(found) > 1
    ]


def _moved(target: str, trials: Sequence[Trial]) -> Reason | None:
    found = span(trials)
    if found is None:
        return None
    least, middle, most = found
    if most - least <= max(MOVED_SECONDS, MOVED_SHARE * middle):
        return None
    message = (
        f"the round trip to {target} was {units.seconds(least)} before one trial and {units.seconds(most)} before "
        "another: the way there was not the same all the time, and latencies moved with it; measure from nearer by "
        "(in the same region), or over a line of your own"
    )
    return Reason(check="round trip", verdict="SUSPECT", message=message)
