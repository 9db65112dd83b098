"""What a person sees while it runs: a live line in a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Protocol

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bench import elsewhere_words, units
from bench.certify.display import Display
from bench.elsewhere import Baseline
from bench.following import Followed
from bench.plan import Planned
from bench.results import Target, Trial

START_AND_DRAIN_SECONDS = 6.0
"""What an execution takes beside its load, at first; afterwards what the executions so far have shown."""


class Step(Protocol):
    """What the run tells of itself as it goes."""

    def begin(self, planned: Planned) -> None: ...
    def watch(self, followed: Followed) -> None: ...
    def end(self, trials: Sequence[Trial]) -> None: ...
    def tell(self, baseline: Baseline) -> None: ...
    def say(self, text: str) -> None: ...


class Progress:
    """Shows a run on a console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def of_certificate(self) -> Display:
        """Shows what is found out of the load generator before the first execution."""
        return Display(self._console)

    @contextmanager
    def over(self, executions: Sequence[Planned], targets: Mapping[str, Target]) -> Iterator[Step]:
        """Shows these executions until it is left; more may be added to them meanwhile."""
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            yield _Lines(self._console, executions)
            return
        display = _Display(executions, targets)
        with Live(display, console=self._console, refresh_per_second=5, transient=True):
            yield _OnTerminal(self._console, executions, display)


class _Clock:
    """How long the rest will take, learning from what has passed."""

    def __init__(self, executions: Sequence[Planned]) -> None:
        self._executions = executions
        self._overheads: list[float] = []
        self._began_at = time.monotonic()

    def begin(self) -> None:
        self._began_at = time.monotonic()

    def end(self) -> None:
        done = self._executions[len(self._overheads)]
        self._overheads.append(time.monotonic() - self._began_at - done.case.run_seconds)
        self._began_at = time.monotonic()

    @property
    def seconds_left(self) -> float:
        overhead = median(self._overheads) if self._overheads else START_AND_DRAIN_SECONDS
        planned = sum(planned.case.run_seconds + overhead for planned in self._executions[len(self._overheads) :])
        return max(0.0, planned - (time.monotonic() - self._began_at))


class _Lines:
    """One plain line for each execution, when it has ended."""

    def __init__(self, console: Console, executions: Sequence[Planned]) -> None:
        self._console, self._executions = console, executions
        self._clock = _Clock(executions)
        self._planned: Planned

    def begin(self, planned: Planned) -> None:
        self._planned = planned
        self._clock.begin()

    def watch(self, followed: Followed) -> None:
        """Nothing: a log wants no moving parts."""

    def end(self, trials: Sequence[Trial]) -> None:
        self._clock.end()
        self._console.print(
            f"[{self._planned.order}/{len(self._executions)}] {summary(self._planned, trials)}; "
            f"{minutes(self._clock.seconds_left)} left",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    def tell(self, baseline: Baseline) -> None:
        self.say(elsewhere_words.alone(baseline))

    def say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class _OnTerminal(_Lines):
    """As plain lines, with what is going on right now below them."""

    def __init__(self, console: Console, executions: Sequence[Planned], display: "_Display") -> None:
        super().__init__(console, executions)
        self._display = display
        display.clock = self._clock

    def begin(self, planned: Planned) -> None:
        super().begin(planned)
        self._display.planned, self._display.followed = planned, Followed()

    def watch(self, followed: Followed) -> None:
        self._display.followed = followed


class _Display:
    """The live part; rich draws it anew several times a second."""

    def __init__(self, executions: Sequence[Planned], targets: Mapping[str, Target]) -> None:
        self._executions, self._targets = executions, targets
        self.clock = _Clock(executions)
        self.planned = executions[0]
        self.followed = Followed()

    def __rich__(self) -> RenderableType:
        planned, followed = self.planned, self.followed
        ttft = units.seconds(median(followed.recent_ttft_seconds)) if followed.recent_ttft_seconds else "-"
        target = self._targets[planned.target]
        place = f"{planned.order}/{len(self._executions)}  {planned.case.name}, trial {planned.trial}: "
        what = Text(place if planned.order > 0 else f"one person alone, {planned.case.name}: ")
        what.append(target.label, style=f"bold {target.colour}")
        what.append(f"  {minutes(self.clock.seconds_left)} left", style="dim")
        now = Text(f"{followed.sessions} sessions" if followed.sessions else "starting")
        now.append(f"  first words after {ttft} (median)  {followed.ok} turns")
        now.append(f"  {followed.failed} failed", style="bold red" if followed.failed else "dim")
        rows = Table.grid()
        rows.add_row(ProgressBar(total=len(self._executions), completed=max(0, planned.order - 1), width=60))
        rows.add_row(what)
        rows.add_row(now)
        return rows


def summary(planned: Planned, trials: Sequence[Trial]) -> str:
    """What one execution found, in a line."""
    ok, failed = sum(trial.turns.ok for trial in trials), sum(trial.turns.failed for trial in trials)
    waits = [trial.metrics["ttft_seconds"].values.get("p50") for trial in trials if "ttft_seconds" in trial.metrics]
    ttft = ", ".join(units.show(wait, "s") for wait in waits)
    way = elsewhere_words.way(trials[0]) if trials else ""
    reasons = dict.fromkeys(f"; {reason.verdict}: {reason.message}" for trial in trials for reason in trial.reasons)
    return (
        f"{planned.case.name} {planned.target} trial {planned.trial}: {ok} turns ok, {failed} failed, "
        f"first words after {ttft or '-'} (median){f', {way}' if way else ''}{''.join(reasons)}"
    )


def minutes(seconds: float) -> str:
    """'4 min', '35 s'."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
