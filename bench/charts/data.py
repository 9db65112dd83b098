"""What a chart draws from: the run, and its raw turns put back into the windows they were measured in.

No target and no scenario is known by name: what a scenario shows is told by the metrics it produced.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bench.book import Book, Place
from bench.metrics import METRICS
from bench.readings import Observed
from bench.results import Estimate, Run, Target, Trial
from bench.store import Stored
from bench.validity import is_usable
from bench.windows import Window, spanning
from loadtests.support.turn import Turn

NO_COLOUR = "#6B7280"
"""Of a target whose colour is not a plain hexadecimal one."""
_LEGIBLE = 3.0
"""What the WCAG ask of large letters."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class ChartData:
    """A run with its turns. INVALID trials are shown only where a target has no others, and then marked."""

    run: Run
    executions: Mapping[int, Mapping[str, Turn]]
    """The turns of each execution, by its order and their id."""
    _windows: dict[tuple[int, float], Window] = field(default_factory=dict, repr=False)

    @cached_property
    def book(self) -> Book:
        return Book(self.run)

    def trials(self, target: Target, place: Place) -> list[Trial]:
        """Those that count; where none does, the INVALID ones that were measured at all."""
        there = [
            trial
            for trial in self.run.trials
            if (trial.target, trial.scenario, trial.sessions) == (target.name, *place)
            and trial.window_seconds > 0
            and not trial.superseded
        ]
        return [trial for trial in there if is_usable(trial)] or there

    def window(self, trial: Trial) -> Window:
        """What was planned in the trial's window, as far as the raw turns are there."""
        key = trial.order, trial.started_at
        if key not in self._windows:
            self._windows[key] = _window(trial, self.executions.get(trial.order, {}))
        return self._windows[key]

    def values(self, trial: Trial, metric: str) -> list[float]:
        """Every single value of the metric in the trial, read off the raw turns."""
        observed = Observed(self.window(trial), trial.resources, self.run.objective_seconds)
        return METRICS[metric].values(observed)

    def estimate(self, target: Target, place: Place, metric: str, statistic: str) -> Estimate | None:
        """The number over the valid trials, where there is one."""
        entry = self.book.entry(target.name, place, metric, statistic)
        return entry if entry and entry.center is not None else None

    def centers(self, place: Place, metric: str, statistic: str) -> list[tuple[Target, float]]:
        """Each target that has the number, with it, from the smallest."""
        found = [(target, self.estimate(target, place, metric, statistic)) for target in self.run.targets]
        numbers = [(target, entry.center) for target, entry in found if entry and entry.center is not None]
        return sorted(numbers, key=lambda pair: pair[1])

    def measured_targets(self, place: Place, metric: str) -> list[Target]:
        """Those with a trial at the place that has the metric, in the order of the run."""
        return [
            target
            for target in self.run.targets
            if any(metric in trial.metrics for trial in self.trials(target, place))
        ]

    def doubtful_targets(self, places: Iterable[Place]) -> list[Target]:
        """Those of which only INVALID trials can be shown somewhere."""
        wanted = list(places)
        return [
            target
            for target in self.run.targets
            if any(any(not is_usable(trial) for trial in self.trials(target, place)) for place in wanted)
        ]

    @cached_property
    def quiet_place(self) -> Place | None:
        """Where people only ask and listen, always as many: no interruptions, no steps, and no faults behind it."""
        levels = self._levels("ttft_seconds")
        disturbed = {scenario for scenario, _ in self._places("stop_seconds")}
        disturbed |= {trial.scenario for trial in self.run.trials if trial.faults}
        calm = [scenario for scenario in levels if scenario not in disturbed and len(levels[scenario]) == 1]
        return (calm[0], levels[calm[0]][0]) if calm else None

    @cached_property
    def interruption_place(self) -> Place | None:
        """Where most targets were interrupted validly, and of those places the most crowded."""
        places = self._places("stop_seconds")
        return max(
            places,
            key=lambda place: (
                len(self.centers(place, "stop_seconds", "p50")),
                len(self.measured_targets(place, "stop_seconds")),
                place[1],
            ),
            default=None,
        )

    @cached_property
    def crowd_places(self) -> list[Place]:
        """The steps of the scenario with the most steps, from few people to many; none without at least two."""
        levels = self._levels(None)
        scenario = max(levels, key=lambda name: len(levels[name]), default=None)
        if scenario is None or len(levels[scenario]) < 2:
            return []
        return [(scenario, sessions) for sessions in sorted(levels[scenario])]

    def _places(self, metric: str | None) -> list[Place]:
        there = [
            (trial.scenario, trial.sessions)
            for trial in self.run.trials
            if trial.window_seconds > 0 and (metric is None or metric in trial.metrics)
        ]
        return list(dict.fromkeys(there))

    def _levels(self, metric: str | None) -> dict[str, list[int]]:
        levels: dict[str, list[int]] = defaultdict(list)
        for scenario, sessions in self._places(metric):
            levels[scenario].append(sessions)
        return levels


def gather(run: Run, stored: Iterable[Stored]) -> ChartData:
    """Sorts the raw turns of a folder by the execution they belong to."""
    executions: dict[int, dict[str, Turn]] = defaultdict(dict)
    for line in stored:
        executions[line.order][line.turn.id] = line.turn
    return ChartData(run, executions)


def colour_of(target: Target) -> str:
    """A colour that cannot be anything else, wherever it is written into."""
    return target.colour if _COLOUR.fullmatch(target.colour) else NO_COLOUR


def ink_of(target: Target) -> str:
    """Its colour, darkened as far as letters on white need it."""
    channels = [int(colour_of(target)[at : at + 2], 16) for at in (1, 3, 5)]
    while _contrast(channels) < _LEGIBLE:
        channels = [int(channel * 0.96) for channel in channels]
    return "#" + "".join(f"{channel:02X}" for channel in channels)


def _contrast(channels: Sequence[int]) -> float:
    """Of a colour with white, as the WCAG define it."""
    shares = [channel / 255 for channel in channels]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 1.05 / (sum(weight * light for weight, light in zip((0.2126, 0.7152, 0.0722), linear, strict=True)) + 0.05)


def pooled(lists: Iterable[Sequence[float]]) -> list[float]:
    return [value for values in lists for value in values]


def _window(trial: Trial, turns: Mapping[str, Turn]) -> Window:
    closed_at = trial.started_at + trial.window_seconds
    return spanning(list(turns.values()), turns, trial.sessions, closed_at).narrowed(trial.started_at, closed_at)
