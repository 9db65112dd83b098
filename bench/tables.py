"""The numbers of a run as rows and cells of text: what the page and the summary print, and nothing about how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench import elsewhere_words, instances, units
from bench.book import Place
from bench.charts.data import ChartData
from bench.charts.key import Key, key_places
from bench.metrics import METRICS, Unit, floor_of
from bench.pairs import FEW, bases
from bench.results import Comparison, Estimate, Judgement, Run, Target, Trial
from bench.round_trips import between, less_round_trip, of_way


@dataclass(frozen=True)
class Cell:
    """One number: what it is, its interval, what it rests on, and what is to be said against it."""

    text: str
    interval: str = ""
    basis: str = ""
    warnings: Sequence[str] = ()
    note: str = ""
    """The warnings in a word or two, for where there is no room for them."""
    order: float | None = None
    """To sort by."""
    beside: str = ""
    """Of a latency at an address: the round trip, the number without it, and the same with one person alone."""


@dataclass(frozen=True)
class RatioCell(Cell):
    base: str = ""
    """The target that it is a ratio to."""
    other: str = ""
    """The target that it is the ratio of."""
    verdict: Judgement | None = None


@dataclass(frozen=True)
class Row:
    """One statistic of one metric, with every target beside the others."""

    title: str
    statistic: str
    better: str
    estimates: Sequence[Cell]
    """One per target of the run."""
    ratios: Sequence[RatioCell]
    """One per target that is held against another."""


@dataclass(frozen=True)
class Table:
    """All that was measured at one place."""

    scenario: str
    sessions: int
    rows: Sequence[Row]


def key_tables(data: ChartData) -> list[Table]:
    """The numbers that tell most."""
    tables = [_table(data, place, chosen) for place, chosen in key_places(data)]
    return [table for table in tables if table.rows]


def all_tables(data: ChartData) -> list[Table]:
    """Everything that was estimated, in the order of the metrics, place after place."""
    places = list(dict.fromkeys((e.scenario, e.sessions) for e in data.run.estimates))
    return [_table(data, place, _keys_at(data.run, place)) for place in sorted(places)]


def _keys_at(run: Run, place: Place) -> list[Key]:
    here = [(e.metric, e.statistic) for e in run.estimates if (e.scenario, e.sessions) == place]
    return [key for key in dict.fromkeys(here) if key[0] in METRICS]


def _table(data: ChartData, place: Place, keys: Sequence[Key]) -> Table:
    rows = [row for wanted in keys if (row := _row(data, place, wanted))]
    return Table(place[0], place[1], rows)


def _row(data: ChartData, place: Place, key: Key) -> Row | None:
    metric = METRICS[key[0]]
    entries = [data.book.entry(target.name, place, *key) for target in data.run.targets]
    if not any(entries):
        return None
    return Row(
        title=metric.title,
        statistic="" if key[1] == "value" else key[1],
        better=metric.better or "",
        estimates=[
            replace(
                _estimate(entry), beside=_beside(data, target, place, key) if entry and entry.center is not None else ""
            )
            for target, entry in zip(data.run.targets, entries, strict=True)
        ],
        ratios=[replace(_ratio(data.run, place, key, o), base=b, other=o) for o, b in bases(data.run).items()],
    )


def _estimate(entry: Estimate | None) -> Cell:
    if entry is None:
        return Cell("-")
    basis = f"{_count(entry.trials, 'trial')}, {entry.count} values"
    if entry.center is None:
        return Cell(f"needs {floor_of(entry.statistic)}", warnings=entry.warnings)
    unit = METRICS[entry.metric].unit
    known = entry.low is not None and entry.high is not None
    interval = f"[{units.show(entry.low, unit)}, {units.show(entry.high, unit)}]" if known else ""
    note = _count(entry.trials, "trial") if entry.warnings else ""
    return Cell(units.show(entry.center, unit), interval, basis, entry.warnings, note, entry.center)


def _beside(data: ChartData, target: Target, place: Place, key: Key) -> str:
    less = data.book.center(target.name, place, less_round_trip(key[0]), key[1])
    return elsewhere_words.beside(data.run, target, key[0], less)


def _ratio(run: Run, place: Place, key: Key, other: str) -> RatioCell:
    found = next((c for c in run.comparisons if _is_of(c, place, key) and c.other == other), None)
    if found is None:
        return RatioCell("-")
    interval = f"[{bound(found.low)}, {bound(found.high)}]" if found.low is not None or found.high is not None else ""
    infinite = found.ratio is None and any("the base is 0" in warning for warning in found.warnings)
    pairs = _count(found.trials, "pair") if found.trials else ""
    return RatioCell(
        units.factor(float("inf") if infinite else found.ratio),
        interval,
        pairs,
        found.warnings,
        pairs if found.warnings else "",
        float("inf") if infinite else found.ratio,
        verdict=found.verdict if found.trials else None,
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def bound(ratio: float | None) -> str:
    """One end of a ratio's interval; an end that JSON could not hold is infinite."""
    return "\N{INFINITY}" if ratio is None else units.factor(ratio)[1:]


def _is_of(comparison: Comparison, place: Place, key: Key) -> bool:
    return (comparison.scenario, comparison.sessions) == place and (comparison.metric, comparison.statistic) == key


def has_room(run: Run) -> bool:
    """Whether each comparison can have a column of its own; else it stands under the number of its target."""
    return len(run.targets) <= FEW


def beside_estimates(row: Row, run: Run) -> list[tuple[Cell, RatioCell | None]]:
    """The number of each target, with its ratio to another where it is held against one."""
    ratios = {ratio.other: ratio for ratio in row.ratios}
    return [(cell, ratios.get(target.name)) for target, cell in zip(run.targets, row.estimates, strict=True)]


def told_targets(run: Run) -> list[Target]:
    """Those that say what they are."""
    return [target for target in run.targets if target.about]


def twin_of(run: Run, target: Target) -> Target | None:
    """The target of the run that its lines are counted beside."""
    return next((t for t in run.targets if target.twin and (t.deployment or t.name) == target.twin), None)


def lines(target: Target) -> str:
    """How many lines of code it took to write."""
    return f"{target.written.lines}" if target.written else "-"


def lines_beside_twin(target: Target) -> str:
    """How many of them its twin has not, and of the twin's it has not."""
    what = target.written
    return f"+{what.added} \N{MINUS SIGN}{what.removed}" if what and what.added is not None else "-"


def failed_trials(run: Run) -> list[Trial]:
    """Those in which some turn failed or was cut by the end."""
    return [trial for trial in run.trials if trial.turns.failed or trial.turns.unfinished]


INSTRUMENT: Mapping[str, tuple[str, Unit]] = {
    "generator_cpu_share": ("load's processor", "cores"),
    "greenlet_lag_seconds_p99": ("woke late p99", "s"),
    "generator_lag_seconds_p99": ("read late p99", "s"),
    "schedule_delay_seconds_p99": ("asked late p99", "s"),
    "fake_cpu_share": ("fake's processor", "cores"),
    "fake_lag_seconds_p99": ("fake late p99", "s"),
    "steal_share": ("stolen", "ratio"),
    "warm_up_cut_seconds": ("cut as warm-up", "s"),
}
"""Number of `Trial.instrument` to its heading and unit."""


def instrument(trial: Trial) -> list[Cell]:
    """How the instrument did in the trial, in the order of `INSTRUMENT`."""
    numbers = [(trial.instrument.get(name), unit) for name, (_, unit) in INSTRUMENT.items()]
    return [Cell(units.show(value, unit), order=value) for value, unit in numbers]


def rates(trial: Trial) -> list[Cell]:
    """Turns that were asked and sessions that were opened, each as a share of the rate that was requested."""
    return [_rate(trial, "turns"), _rate(trial, "sessions")]


def _rate(trial: Trial, what: str) -> Cell:
    """A dash where none was requested, and in records that do not tell."""
    names = f"achieved_{what}_per_second", f"requested_{what}_per_second"
    achieved, requested = (trial.metrics[name].values["value"] if name in trial.metrics else None for name in names)
    if achieved is None or not requested:
        return Cell("-")
    share = achieved / requested
    return Cell(f"{units.percent(share)} of {units.show(requested, 'per second')}", order=share)


def approach(trial: Trial) -> list[Cell]:
    """Of a target elsewhere: the round trip right before the trial, and the instances that served it."""
    trip = trial.approach.round_trip if trial.approach else None
    there = trial.instances
    far = [f"{units.seconds(trip.min_seconds)} to p95 {units.seconds(trip.p95_seconds)}"] if trip else []
    if apart := between([seconds for way in trial.approaches if (seconds := of_way(way)) is not None]):
        far.append(f"from the shards {units.seconds(apart[0])} to {units.seconds(apart[2])}")
    return [
        Cell(units.seconds(trip.p50_seconds), "; ".join(far), order=trip.p50_seconds) if trip else Cell("-"),
        Cell(instances.spread(there.sessions), basis=instances.course(there)) if there else Cell("-"),
    ]


def is_elsewhere(run: Run) -> bool:
    """Whether any target is an address."""
    return any(target.url is not None for target in run.targets)


def ledgers(trial: Trial) -> str:
    """Locust's count of turns against the recorder's."""
    counted, recorded = trial.instrument.get("locust_turns"), trial.instrument.get("recorded_turns")
    if counted is None or recorded is None:
        return "-"
    return (
        f"{counted:.0f} = {recorded:.0f}" if counted == recorded else f"{counted:.0f} \N{NOT EQUAL TO} {recorded:.0f}"
    )
