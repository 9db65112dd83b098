"""What the charts are of: a metric's series shared out to sheets, and what stands around them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench import units
from bench.history import words
from bench.history.record import Followed, History
from bench.history.series import Tracked

PANELS = 6
"""On one sheet at most."""
SEPARATOR = " \N{MIDDLE DOT} "
Setting = tuple[str, int]
"""Machine and workload."""


@dataclass(frozen=True)
class Sheet:
    """What one picture shows: up to `PANELS` series of one metric."""

    history: History
    rule: Tracked
    series: Sequence[Followed]

    @property
    def runs(self) -> list[int]:
        """The places, in the history, of those that any of its series has a point of."""
        return sorted({point.run for each in self.series for line in each.lines for point in line.points})

    @property
    def settings(self) -> list[Setting]:
        return sorted({(line.machine, line.workload) for each in self.series for line in each.lines})


def sheets_of(history: History, rule: Tracked) -> list[Sheet]:
    """Everything there is of a metric; where that is too much for one sheet, target by target."""
    every = [each for each in history.series if (each.metric, each.statistic) == (rule.metric, rule.statistic)]
    if len(every) <= PANELS:
        return [Sheet(history, rule, every)] if every else []
    by_target = [[each for each in every if each.target == target.name] for target in history.targets]
    return [
        Sheet(history, rule, some[first : first + PANELS])
        for some in by_target
        for first in range(0, len(some), PANELS)
    ]


def title(sheet: Sheet) -> str:
    changes = [(series, change) for series in sheet.series for line in series.lines for change in line.changes]
    if not changes:
        drifts = sum(line.drift is not None for series in sheet.series for line in series.lines)
        return f"{sheet.rule.title}: {_nothing(sheet, drifts)}"
    series, change = max(changes, key=lambda each: (not each[1].better, max(each[1].ratio, 1 / each[1].ratio)))
    told = f"{words.size(series, change)} at {words.commit(sheet.history.runs[change.first_run_after])}"
    what = f"{words.name_of(sheet.history, series)}, {words.place_of(series)}"
    if len(changes) == 1:
        return f"{sheet.rule.title}: {told} ({what})"
    which = "the largest" if change.better else "the worst"
    return f"{sheet.rule.title}: {len(changes)} changes, {which} {told} ({what})"


def _nothing(sheet: Sheet, drifts: int) -> str:
    if drifts:
        return f"no step, but {drifts} of {len(sheet.series)} drift"
    runs = len(sheet.runs)
    if any(line.looked for series in sheet.series for line in series.lines):
        return f"no change found in {runs} runs"
    if runs < sheet.history.minimum_runs:
        return f"{'1 run is' if runs == 1 else f'{runs} runs are'} too few to tell a change"
    return "too few runs alike to tell a change"


def subtitle(sheet: Sheet) -> str:
    margin = units.percent(sheet.rule.margin)
    return (
        f"Runs in the order of time; less is better. A change has to be larger than {margin} and clearer than chance."
    )


def caption(sheet: Sheet) -> tuple[str, str]:
    history = sheet.history
    shown = [history.runs[place] for place in sheet.runs]
    machines = {run.machine for run in shown}
    first, last = shown[0], shown[-1]
    basis = [
        f"{len(shown)} {'run' if len(shown) == 1 else 'runs'}, {first.started_at[:10]} to {last.started_at[:10]}",
        f"changes are looked for in {history.minimum_runs} runs alike or more",
        f"of lines without one some {units.percent(history.alpha)} show one",
        "* uncommitted changes",
        history.id,
    ]
    named = [
        f"machine {each.name}: {words.machine_told(each.cpu_model, each.cpu_count, each.system)}"
        for each in history.machines
        if each.name in machines
    ]
    return SEPARATOR.join(basis), SEPARATOR.join(named)
