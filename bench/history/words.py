"""What was found, in sentences: for the terminal, for `history.md` and for the charts' titles. Pure."""

from collections.abc import Iterator, Sequence

from bench import units
from bench.book import names_of
from bench.history.gather import gated
from bench.history.record import Change, Drifted, Followed, History, Line, Looked
from bench.history.series import FOLLOWED
from bench.metrics import METRICS

COMMIT_LETTERS = 7


def commit(run: Looked) -> str:
    """Seven letters, with a star where there were changes on top of it."""
    if run.commit is None:
        return "no commit"
    return f"{run.commit[:COMMIT_LETTERS]}{'*' if run.dirty else ''}"


def name_of(history: History, series: Followed) -> str:
    return names_of(history.targets)[series.target]


def place_of(series: Followed) -> str:
    return f"{series.scenario}, {units.people(series.sessions)}"


def headline(history: History) -> str:
    """In one line."""
    runs = "1 run" if len(history.runs) == 1 else f"{len(history.runs)} runs"
    if not history.series:
        return f"{runs}, and in none of them a number to follow"
    looked = sum(line.looked for _, line in lines(history))
    if not looked:
        return f"{runs}: too few to tell a change, which takes {history.minimum_runs} alike"
    worse, better = (sum(each is way for each in _ways(history)) for way in (False, True))
    if not worse and not better:
        return f"No change found in {runs}"
    told = [f"{count} for the {way}" for count, way in ((worse, "worse"), (better, "better")) if count]
    changes = "1 change" if worse + better == 1 else f"{worse + better} changes"
    return f"{changes} found in {runs}: {', '.join(told)}"


def _ways(history: History) -> Iterator[bool]:
    for _, line in lines(history):
        yield from (change.better for change in line.changes)
        if line.drift:
            yield line.drift.better


def lines(history: History) -> Iterator[tuple[Followed, Line]]:
    for series in history.series:
        for line in series.lines:
            yield series, line


def findings(history: History) -> list[str]:
    """One sentence for each change, the larger first within what is worse and what is better; then what drifts."""
    changes = [(series, line, change) for series, line in lines(history) for change in line.changes]
    changes.sort(key=lambda each: (each[2].better, -max(each[2].ratio, 1 / each[2].ratio)))
    drifts = [(series, line, line.drift) for series, line in lines(history) if line.drift]
    return [change_told(history, *each) for each in changes] + [_drift_told(history, *each) for each in drifts]


def change_told(history: History, series: Followed, line: Line, change: Change) -> str:
    before, after = (history.runs[run] for run in (change.last_run_before, change.first_run_after))
    return (
        f"{'better' if change.better else 'WORSE'}: {_subject(history, series)}: {size(series, change)} between "
        f"{commit(before)} and {commit(after)} ({after.started_at[:10]}{_setting(history, series, line)}; "
        f"p {chance(change.p_value)})"
    )


def _drift_told(history: History, series: Followed, line: Line, drift: Drifted) -> str:
    first, last = (history.runs[line.points[place].run] for place in (0, -1))
    return (
        f"{'better' if drift.better else 'WORSE'}: {_subject(history, series)}: drifts by {units.ratio(drift.ratio)} "
        f"from {commit(first)} to {commit(last)}, with no step in it{_setting(history, series, line)} "
        f"(p {chance(drift.p_value)})"
    )


def _subject(history: History, series: Followed) -> str:
    return f"{gated(series).title}, {name_of(history, series)} ({place_of(series)})"


def size(series: Followed, change: Change) -> str:
    """'\N{MULTIPLICATION SIGN}1.12, from 7.3 ms to 8.2 ms'; no ratio to what is as good as nothing."""
    unit = METRICS[series.metric].unit
    levels = f"from {units.show(change.before, unit)} to {units.show(change.after, unit)}"
    return f"{ratio(change.ratio)}, {levels}" if has_ratio(series, change) else levels


def has_ratio(series: Followed, change: Change) -> bool:
    """Whether both levels are above the floor."""
    return min(change.before, change.after) >= series.floor


def ratio(value: float) -> str:
    """Three digits: at 5 % of a difference two are too few."""
    return f"\N{MULTIPLICATION SIGN}{value:.2f}" if value < 10 else units.ratio(value)


def chance(p_value: float) -> str:
    return "under 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def _setting(history: History, series: Followed, line: Line) -> str:
    """Which line it is of, where the series has several."""
    return "".join(f", {part}" for part in setting(history, series, line))


def setting(history: History, series: Followed, line: Line) -> list[str]:
    """Of a series' line, what tells it from the others in the history."""
    parts = []
    if len(history.machines) > 1:
        parts.append(f"machine {line.machine}")
    if sum(each.scenario == series.scenario for each in history.workloads) > 1:
        parts.append(f"workload {line.workload}")
    return parts


def remarks(history: History) -> list[str]:
    """What a reader has to know before believing the findings."""
    return [
        *_too_few(history),
        *_apart(history),
        *_doubtful(history.runs),
        *_missing(history),
        *_others(history),
    ]


def _too_few(history: History) -> list[str]:
    every = [line for _, line in lines(history)]
    few = [line for line in every if not line.looked]
    if not few:
        return []
    most = max(len(line.points) for line in few)
    return [
        f"In {len(few)} of {len(every)} lines there are too few runs to tell a change from chance (the longest has "
        f"{most}; it takes {history.minimum_runs} that are not INVALID): they are drawn, and nothing is said of them."
    ]


def _apart(history: History) -> list[str]:
    told = []
    if len(history.machines) > 1:
        told.append(
            "Runs of different machines are never compared: "
            + "; ".join(f"machine {each.name}: {machine_told(each.cpu_model, each.cpu_count, each.system)}"
                        for each in history.machines)
            + "."
        )  # fmt: skip
    several = sorted({each.scenario for each in history.workloads if each.number > 1})
    for scenario in several:
        loads = "; ".join(f"workload {each.number}: {each.told}" for each in history.workloads
                          if each.scenario == scenario)  # fmt: skip
        told.append(f"Runs with different workloads are never compared. {scenario}: {loads}.")
    return told


def machine_told(cpu_model: str, cpu_count: int, system: str) -> str:
    return f"{cpu_model}, {cpu_count} {'core' if cpu_count == 1 else 'cores'}, {system}"


def _doubtful(runs: Sequence[Looked]) -> list[str]:
    invalid = [run.id for run in runs if not run.is_used]
    doubtful = [run.id for run in runs if run.is_doubtful]
    told = []
    if invalid:
        told.append(f"INVALID, shown hollow and left out of the search: {', '.join(invalid)}.")
    if doubtful:
        told.append(f"SUSPECT or incomplete, used and marked: {_some(doubtful)}.")
    return told


def _some(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:5])} and {len(names) - 5} more"


def _missing(history: History) -> list[str]:
    there = {(series.metric, series.statistic) for series in history.series}
    missing = [each.title for each in FOLLOWED if (each.metric, each.statistic) not in there]
    return [f"No run has a number for: {'; '.join(missing)}."] if missing else []


def _others(history: History) -> list[str]:
    if not history.other_folders:
        return []
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(history.other_folders.items()))
    return [f"Folders that hold no run, passed over: {kinds}."]
