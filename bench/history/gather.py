"""From runs to lines of points, and what is found in each line. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.history.detection import Found, find
from bench.history.record import Change, Drifted, Followed, Level, Line, Looked, Machine, Point, Workload
from bench.history.series import FOLLOWED, Key, Tracked, estimates_of
from bench.history.settings import machine_of, machines_of, workload_of, workloads_of
from bench.metrics import METRICS
from bench.results import Run, Target


@dataclass(frozen=True)
class Gathered:
    """Everything that follows from the runs alone."""

    targets: list[Target]
    machines: list[Machine]
    workloads: list[Workload]
    runs: list[Looked]
    series: list[Followed]


Place = tuple[str, str]
"""Of a line in its series: machine and workload, the latter in full."""


def gather(found: Sequence[tuple[Path, Run]], only: Sequence[str]) -> Gathered:
    """`found` in the order of time; `only` names the targets to keep to, all where it is empty."""
    runs = [run for _, run in found]
    machines = machines_of(runs)
    looked = [_looked(folder, run, machines[machine_of(run)].name) for folder, run in found]
    points: dict[Key, dict[Place, list[Point]]] = defaultdict(lambda: defaultdict(list))
    for number, run in enumerate(runs):
        for key, estimate in estimates_of(run, only).items():
            assert estimate.center is not None
            place = looked[number].machine, workload_of(run, key.target, key.scenario)
            points[key][place].append(
                Point(run=number, value=estimate.center, low=estimate.low, high=estimate.high, trials=estimate.trials)
            )
    workloads = workloads_of(place[1] for lines in points.values() for place in lines)
    numbers = {text: workload.number for text, workload in workloads.items()}
    targets = _targets(runs, {key.target for key in points})
    keys = sorted(points, key=lambda key: _order(key, targets, runs))
    series = [_followed(key, points[key], numbers, looked) for key in keys]
    return Gathered(targets, list(machines.values()), list(workloads.values()), looked, series)


def _looked(folder: Path, run: Run, machine: str) -> Looked:
    return Looked(
        id=run.id,
        folder=str(folder),
        started_at=run.started_at,
        commit=run.environment.commit,
        dirty=run.environment.dirty,
        profile=run.profile,
        complete=run.complete,
        verdict=run.validity.verdict,
        machine=machine,
    )


def _targets(runs: Sequence[Run], named: Iterable[str]) -> list[Target]:
    """In the order of their first runs, as their last one tells of them."""
    last = {target.name: target for run in runs for target in run.targets}
    return [last[name] for name in last if name in set(named)]


def _order(key: Key, targets: Sequence[Target], runs: Sequence[Run]) -> tuple[int, int, int, int]:
    """As the table of metrics, then as the runs name targets and scenarios."""
    metric = next(index for index, each in enumerate(FOLLOWED) if (each.metric, each.statistic) == key_of(key))
    scenarios = list(dict.fromkeys(case.scenario for run in runs for case in run.cases))
    names = [target.name for target in targets]
    scenario = scenarios.index(key.scenario) if key.scenario in scenarios else len(scenarios)
    return metric, names.index(key.target), scenario, key.sessions


def key_of(key: Key | Followed) -> tuple[str, str]:
    return key.metric, key.statistic


def gated(of: Key | Followed) -> Tracked:
    return next(each for each in FOLLOWED if (each.metric, each.statistic) == key_of(of))


def _followed(
    key: Key, lines: Mapping[Place, list[Point]], numbers: Mapping[str, int], runs: Sequence[Looked]
) -> Followed:
    rule = gated(key)
    return Followed(
        target=key.target,
        scenario=key.scenario,
        sessions=key.sessions,
        metric=key.metric,
        statistic=key.statistic,
        margin=rule.margin,
        floor=rule.floor,
        lines=[_line(rule, place[0], numbers[place[1]], points, runs) for place, points in lines.items()],
    )


def _line(rule: Tracked, machine: str, workload: int, points: list[Point], runs: Sequence[Looked]) -> Line:
    used = [point for point in points if runs[point.run].is_used]
    found = find([point.value for point in used], rule.margin, rule.floor)
    return Line(
        machine=machine,
        workload=workload,
        points=points,
        looked=found.noise is not None,
        noise=found.noise,
        levels=[
            Level(
                first_run=used[each.first].run,
                last_run=used[each.end - 1].run,
                value=each.level,
                points=each.end - each.first,
            )
            for each in found.segments
        ],
        changes=_changes(rule, found, used),
        drift=_drifted(rule, found),
    )


def _changes(rule: Tracked, found: Found, used: Sequence[Point]) -> list[Change]:
    return [
        Change(
            last_run_before=used[step.at - 1].run,
            first_run_after=used[step.at].run,
            before=step.before,
            after=step.after,
            ratio=step.ratio,
            better=is_better(rule, step.ratio),
            p_value=step.p_value,
        )
        for step in found.steps
    ]


def _drifted(rule: Tracked, found: Found) -> Drifted | None:
    if found.drift is None:
        return None
    return Drifted(
        first=found.drift.first,
        last=found.drift.last,
        ratio=found.drift.ratio,
        better=is_better(rule, found.drift.ratio),
        p_value=found.drift.p_value,
    )


def is_better(rule: Tracked, ratio: float) -> bool:
    return ratio > 1 if METRICS[rule.metric].better == "higher" else ratio < 1
