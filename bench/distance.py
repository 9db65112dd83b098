"""The checks of a server that runs elsewhere: whether the way there, and who answers, were the same for all trials."""

from collections import defaultdict
from collections.abc import Sequence

from bench import units
from bench.findings import Finding
from bench.results import Reason, Trial
from bench.round_trips import between, of_way

MOVED_SECONDS, MOVED_SHARE = 0.005, 0.20
"""A way whose length differs between trials by more than the larger of the two is not one way: what is taken off is
then wrong by as much as servers differ by."""


def moved(usable: Sequence[Trial]) -> list[Finding]:
    """Which targets were further away in some trials than in others."""
    targets: dict[str, list[Trial]] = defaultdict(list)
    for trial in usable:
        targets[trial.target].append(trial)
    return [reason for name, trials in targets.items() if (reason := _moved(name, trials))]


def differ(seconds: Sequence[float]) -> bool:
    """Whether these are not the round trips of one way. No round trips do not differ."""
    least, middle, most = between(seconds) or (0.0, 0.0, 0.0)
    return most - least > max(MOVED_SECONDS, MOVED_SHARE * middle)


def deployed(usable: Sequence[Trial]) -> list[Finding]:
    """Which targets were another server in some trials than in others: somebody deployed one meanwhile."""
    targets: dict[str, list[Trial]] = defaultdict(list)
    for trial in usable:
        targets[trial.target].append(trial)
    return [
        Reason(
            check="one server",
            verdict="SUSPECT",
            message=f"{name} was not the same server in all trials, but {', '.join(found)}: run it again, and deploy "
            "nothing meanwhile",
        )
        for name, trials in targets.items()
        if len(found := _servers(trials)) > 1
    ]


def _servers(trials: Sequence[Trial]) -> list[str]:
    """What it was, by what it said to who looked and to the people themselves.

    A revision is known by its name. Of servers that have none, and of those of one name, builds tell.
    """
    ways = [way for trial in trials for way in (trial.approach, *trial.approaches) if way]
    met = [trial.instances for trial in trials if trial.instances]
    revisions = dict.fromkeys([*(way.revision for way in ways), *(name for there in met for name in there.revisions)])
    builds = dict.fromkeys([*(way.build for way in ways), *(name for there in met for name in there.builds)])
    named = [f"revision {name}" for name in revisions if name]
    return named if len(named) > 1 else [f"build {name}" for name in builds if name]


def _moved(target: str, trials: Sequence[Trial]) -> Reason | None:
    for whence, trips in _trips(trials).items():
        if differ(trips):
            return _way_moved(f"{target}{whence}", trips)
    return None


def _trips(trials: Sequence[Trial]) -> dict[str, list[float]]:
    """The round trips that are known, by whence they were made: each shard has a way of its own."""
    trips: dict[str, list[float]] = defaultdict(list)
    for trial in trials:
        ways = enumerate(trial.approaches) if trial.approaches else [(None, trial.approach)]
        for shard, way in ways:
            if (seconds := of_way(way)) is not None:
                trips["" if shard is None else f" from shard {shard}"].append(seconds)
    return trips


def _way_moved(way: str, trips: Sequence[float]) -> Reason:
    message = (
        f"the round trip to {way} was {units.seconds(min(trips))} before one trial and {units.seconds(max(trips))} "
        "before another: the way there was not the same all the time, and latencies moved with it; measure from nearer "
        "by (in the same region), or over a line of your own"
    )
    return Reason(check="round trip", verdict="SUSPECT", message=message)
