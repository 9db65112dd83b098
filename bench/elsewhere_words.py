"""What is said of a target that runs elsewhere: how far away it is, what it is like alone, who answers there."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from bench import instances, units
from bench.book import names_of
from bench.elsewhere import Approach, Baseline
from bench.metrics import METRICS
from bench.results import Run, Target, Trial
from bench.round_trips import of_trial, span
from bench.validity import is_usable

TOLD = {
    "connect_seconds": "connects in",
    "ttft_seconds": "first words after",
    "ttft_added_seconds": "of that the server and the way added",
    "turn_seconds": "whole reply after",
    "stop_seconds": "interrupted, silence after",
    "resume_seconds": "the new reply after",
}
"""What is told of one person alone, in this order: metric to words."""


ANOTHER_WAY = (
    "workers on other machines made the load, and how far they are from it is not known: no latency is told without a "
    "round trip"
)
NOBODY_ALONE = ", and none of one person alone"
"""What follows that where nobody was alone there."""


def way(trial: Trial) -> str:
    """Of one trial; empty where nobody looked."""
    seconds = of_trial(trial)
    return "" if seconds is None else f"round trip {units.seconds(seconds)}"


def remarks(found: Approach | None) -> list[str]:
    """What is to be said of a trial because of what was found right before it."""
    if found is None:
        return []
    said = []
    if found.cold:
        said.append(
            "right before the trial no instance was ready: the session that looked at the way waited "
            f"{units.seconds(found.connect_seconds)} for one to start, so that people had not"
        )
    if found.from_elsewhere:
        said.append(ANOTHER_WAY)
    elif found.round_trip is None:
        said.append("the server answered too few pings for a round trip: no latency is told without it")
    return said


def alone(baseline: Baseline) -> str:
    """One person alone at an address, in a line."""
    medians = [
        f"{words} {units.seconds(median.p50)}"
        for name, words in TOLD.items()
        if (median := baseline.medians.get(name)) and median.p50 is not None
    ]
    found = baseline.approach.round_trip if baseline.approach else None
    trip = [f"round trip {units.seconds(found.p50_seconds)}"] if found else []
    failed = [f"{baseline.failed} failed"] if baseline.failed else []
    few = "too few turns" if baseline.scenario == "latency" else "too few interruptions"
    told = [*trip, *(medians or [f"{few} for a median"]), f"{baseline.ok} turns ok", *failed]
    return f"{baseline.target}, one person alone: {', '.join(told)}"


def lines(run: Run) -> list[str]:
    """What stands under the results in a terminal: one line for each address."""
    names = names_of(run.targets)
    return [
        f"{names[target.name]}: {'; '.join(said)}."
        for target in run.targets
        if (said := [part for part in (way_to(run, target), alone_at(run, target), answering(run, target)) if part])
    ]


def trip_to(run: Run, target: Target) -> str:
    """'31 ms', of the trial in the middle; empty where it is not known."""
    found = span(_trials(run, target))
    return units.seconds(found[1]) if found else ""


def way_to(run: Run, target: Target) -> str:
    """'round trip 31 ms (30 to 33 ms between trials)', or why it cannot be known; empty where nothing was found.

    It was found before the load began: what spoiled a trial did not spoil it.
    """
    trials = [trial for trial in run.trials if trial.target == target.name]
    if any(trial.approach and trial.approach.from_elsewhere for trial in trials):
        return ANOTHER_WAY + ("" if alone_at(run, target) else NOBODY_ALONE)
    found = span(trials)
    if found is None:
        return ""
    least, middle, most = (units.seconds(seconds) for seconds in found)
    return f"round trip {middle}{'' if least == most else f' ({least} to {most} from trial to trial)'}"


def alone_at(run: Run, target: Target) -> str:
    """'one person alone connects in 98 ms, first words after 0.55 s'; empty where nobody was."""
    told = [
        f"{words} {units.seconds(median)}"
        for name, words in TOLD.items()
        if (median := median_alone(run, target, name)) is not None
    ]
    return f"one person alone: {', '.join(told)}" if told else ""


def median_alone(run: Run, target: Target, metric: str) -> float | None:
    """Of one person alone; None where nobody was, or too seldom."""
    here = [baseline.medians for baseline in run.baselines if baseline.target == target.name]
    return next((medians[metric].p50 for medians in here if metric in medians), None)


def answering(run: Run, target: Target) -> str:
    """How many instances there were; 'unknown' where the server does not introduce itself. Empty for one of here, and
    where nothing was measured."""
    trials = _trials(run, target)
    if target.url is None or not trials:
        return ""
    known = [trial.instances.sessions for trial in trials if trial.instances and trial.instances.sessions]
    if not known:
        return "instances unknown, as the server does not introduce itself"
    numbers = sorted({len(sessions) for sessions in known})
    if len(numbers) == 1 and len(known) == 1:
        return instances.spread(known[0])
    return f"{_from_to(numbers)} in {len(known)} trials"


def labelled(target: Target, trials: Sequence[Trial]) -> Target:
    """With a label that says who answers at an address, as far as that is known; others as they are.

    What stands before its first comma is what people call it.
    """
    if target.url is None:
        return target
    counts = {len(trial.instances.sessions) for trial in trials if trial.instances and trial.target == target.name}
    parts = [
        f"{target.name}, at {urlsplit(target.url).netloc}",
        f"app {target.app}" if target.app not in (None, target.name) else "",
        f"revision {target.revision}" if target.revision else "",
        _from_to(sorted(counts - {0})) if counts - {0} else "",
    ]
    return target.model_copy(update={"label": ", ".join(part for part in parts if part)})


def beside(run: Run, target: Target, metric: str, less: float | None) -> str:
    """What belongs beside a latency of a target elsewhere: the round trip, the number without it, and the same alone.

    `less` is that number, where there is one. Empty for other metrics and for targets of this machine.
    """
    if target.url is None or METRICS[metric].unit != "s" or METRICS[metric].round_trips == 0:
        return ""
    trip, single = trip_to(run, target), median_alone(run, target, metric)
    parts = [
        f"round trip {trip}" if trip else "",
        f"without it {units.seconds(less)}" if trip and less is not None else "",
        f"alone {units.seconds(single)}" if single is not None else "",
    ]
    return "; ".join(part for part in parts if part)


def _from_to(numbers: Sequence[int]) -> str:
    if numbers[0] == numbers[-1]:
        return f"{numbers[0]} instance{'' if numbers[0] == 1 else 's'}"
    return f"{numbers[0]} to {numbers[-1]} instances"


def _trials(run: Run, target: Target) -> list[Trial]:
    return [trial for trial in run.trials if trial.target == target.name and is_usable(trial)]
