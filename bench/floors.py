"""The checks of how many values there are: a percentile that too few stand behind is not printed, and this says so."""

from collections import defaultdict
from collections.abc import Sequence

from bench import units
from bench.metrics import METRICS, floor_of
from bench.results import Reason, Trial

MEDIANS = ("ttft_seconds", "stop_seconds")
"""Metrics that a scenario is measured for: if they are there at all, they must have a median."""
SPOKEN_FOR = "ttft_seconds"
"""Every turn has one, so this is where values are the most."""


def medians(trial: Trial) -> Reason | None:
    """Whether a median can be told. In a crowd those who got nothing are what the step was there to find.

    So they are where a server serves fewer than half of the people: it has no more values however long one looks.
    """
    if trial.instrument.get("crowded") or _most_are_unserved(trial):
        return None
    floor = floor_of("p50")
    few = {name: trial.metrics[name].count for name in MEDIANS if name in trial.metrics}
    short = [f"{METRICS[name].title} has {count}" for name, count in few.items() if count < floor]
    if not short:
        return None
    message = (
        f"too few values in the window even for a median, which needs {floor}: {', '.join(short)}; "
        "use a longer window (window_seconds), or more people"
    )
    return Reason(check="sample floor", verdict="SUSPECT", message=message)


def percentiles(usable: Sequence[Trial]) -> list[Reason]:
    """Which percentiles some window has too few turns for, and how long windows would have to be."""
    scenarios: dict[str, list[Trial]] = defaultdict(list)
    for trial in usable:
        if SPOKEN_FOR in trial.metrics and _missing(trial):
            scenarios[trial.scenario].append(trial)
    if not scenarios:
        return []
    message = (
        f"some windows have too few turns for some percentiles, which are not printed: "
        f"{'; '.join(_said(scenario, trials) for scenario, trials in scenarios.items())}; "
        "use longer windows (window_seconds in the profile), or PROFILE=full"
    )
    return [Reason(check="sample floor", verdict="VALID", message=message)]


def _most_are_unserved(trial: Trial) -> bool:
    unserved = trial.metrics.get("unserved_ratio")
    return unserved is not None and (unserved.values.get("value") or 0.0) > 0.5


def _missing(trial: Trial) -> list[str]:
    return [name for name, value in trial.metrics[SPOKEN_FOR].values.items() if value is None]


def _said(scenario: str, trials: Sequence[Trial]) -> str:
    fewest = min(trials, key=lambda trial: trial.metrics[SPOKEN_FOR].count)
    count = fewest.metrics[SPOKEN_FOR].count
    needs = [
        f"{name} needs {floor_of(name)} (about {units.seconds(fewest.window_seconds * floor_of(name) / count)})"
        for name in _missing(fewest)
    ]
    return f"{scenario} has {count} in {units.seconds(fewest.window_seconds)}, {', '.join(needs)}"
