"""What a person sees during a search: a line for each probe, and in a terminal what is going on below."""

from contextlib import AbstractContextManager, nullcontext
from statistics import median

from rich.console import Console
from rich.status import Status

from bench import units
from bench.capacity import trials, words
from bench.capacity.outlook import most_seconds
from bench.capacity.pace import Pace
from bench.capacity.record import Capacity, Probed
from bench.capacity.rounds import Attempt, bounds_of, is_worth_searching, standing
from bench.following import Followed
from bench.objective import Objective
from bench.progress import minutes


class Display(AbstractContextManager["Display"]):
    def __init__(self, console: Console) -> None:
        self._console = console
        moves = console.is_terminal and not console.is_dumb_terminal
        self._status = Status("starting", console=console) if moves else None
        self._probes = 0

    def begin(self, capacity: Capacity, pace: Pace, objective: Objective) -> None:
        """The first probe is about to be measured."""
        self._pace, self._objective = pace, objective
        self.say(words.search_range(capacity))
        self.say(f"This takes at most {minutes(self._seconds_left(capacity))}, if servers are the same each time.")

    def watch(self, attempt: Attempt, followed: Followed) -> None:
        """What goes on right now, in a terminal."""
        if self._status:
            recent = followed.recent_ttft_seconds
            words_after = f", first words after {units.seconds(median(recent))}" if recent else ""
            failed = f", {followed.failed} failed" if followed.failed else ""
            confirming = "confirming " if attempt.probe.confirms else ""
            self._status.update(
                f"{attempt.target.name}, search {attempt.search}: {confirming}{units.people(attempt.probe.sessions)}: "
                f"{followed.ok} turns{words_after}{failed}"
            )

    def show(self, capacity: Capacity) -> None:
        """The record has grown by a probe, or by the end of a search."""
        if len(capacity.probes) > self._probes:
            self._probes = len(capacity.probes)
            self.say(f"{_line(capacity, capacity.probes[-1])}; {minutes(self._seconds_left(capacity))} left at most")
        else:
            searched = capacity.searches[-1]
            name = capacity.names[searched.target]
            again = is_worth_searching(capacity, searched.target)
            ending = "nothing was found" if again else "not even the first load, so there is no further search"
            found = f"{units.people(searched.sessions)} held" if searched.sessions else ending
            self.say(f"{name}, search {searched.search} of {capacity.repeats}: {found}")

    def say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _seconds_left(self, capacity: Capacity) -> float:
        unfinished = [
            standing(capacity, target.name)
            for target in capacity.targets
            if len(capacity.searches_of(target.name)) < capacity.repeats and is_worth_searching(capacity, target.name)
        ]
        bounds = bounds_of(capacity)
        return sum(
            most_seconds(one, bounds, lambda probe: self._pace.seconds(probe, self._objective)) for one in unfinished
        )

    def __enter__(self) -> "Display":
        (self._status or nullcontext()).__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()


def _line(capacity: Capacity, probe: Probed) -> str:
    sustained = ", confirming" if probe.confirms else ""
    return (
        f"[{probe.order}] {capacity.names[probe.target]}, search {probe.search} of {capacity.repeats}: "
        f"{units.people(probe.sessions)}{sustained}: {trials.said(probe)}"
    )
