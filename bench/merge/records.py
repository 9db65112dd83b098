"""Records of a stock Locust, which say who asked what and when, but not what the load was called or of what it was.

Folders of one run are merged: `--record` of its master, or of several that each were given their own `--shard`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench import evaluate
from bench.errors import BenchError
from bench.execution import Execution
from bench.load import check_scenario
from bench.merge.together import joined, repeated, with_overlap
from bench.moments import iso
from bench.plan import Planned
from bench.profile import CasePlan, Profile
from bench.results import Environment, Run, Target, Trial
from bench.run import case_record
from bench.shards.lines import Recorded, read_process
from bench.targets import OTHER_COLOURS
from bench.windows import Process, cut
from loadtests.support.arrivals import Mode
from loadtests.support.turn import Mark, Stream, Turn

UNKNOWN = "unknown"
WARM_UP_SECONDS = 2.0
"""Where nothing else is asked for."""
UNNAMED = Target(name="target", style="unknown", label="target, which its records do not name", colour=OTHER_COLOURS[0])
NO_TABLE = "no table of Locust's (--json-file) lies beside the records"


@dataclass(frozen=True)
class Given:
    """What the user says of records; None where the marks have to tell."""

    target: Target | None
    scenario: str | None
    sessions: int | None
    warm_up_seconds: float | None
    command: str

    @property
    def named(self) -> list[str]:
        """The options that were given."""
        options = {
            "--target": self.target,
            "--scenario": self.scenario,
            "--sessions": self.sessions,
            "--warm-up": self.warm_up_seconds,
        }
        return [name for name, value in options.items() if value is not None]


@dataclass(frozen=True)
class Records:
    folders: Mapping[Path, Sequence[Recorded]]
    locust_turns: int | None
    """What the tables that lie beside them count; None where a folder has none."""

    @property
    def processes(self) -> list[Recorded]:
        return [recorded for files in self.folders.values() for recorded in files]

    @property
    def lines(self) -> list[Process]:
        return [recorded.lines for recorded in self.processes]


def read(files: Mapping[Path, Sequence[Path]]) -> Records:
    """Raises BenchError for what holds no records, and for the same people twice."""
    folders = {folder: [read_process(path) for path in paths] for folder, paths in files.items()}
    counts = [_locust_turns(folder) for folder in folders]
    known = [count for count in counts if count is not None]
    records = Records(folders, sum(known) if len(known) == len(counts) else None)
    if twice := repeated(records.lines):
        raise BenchError(
            f"turn {twice} is in two of the files: leave out what was given twice, or start each load with its own "
            "--shard I/N"
        )
    return records


def run_of(records: Records, given: Given) -> tuple[Run, Planned]:
    """The run, judged but for its conclusions, and the one execution it is of. Raises BenchError."""
    lines, warm_up_seconds = records.lines, given.warm_up_seconds or WARM_UP_SECONDS
    if given.scenario is None:
        raise BenchError("records do not say what people did: name it, as in --scenario latency")
    check_scenario(given.scenario)
    levels = _levels(lines, warm_up_seconds, given.sessions)
    case = _case(lines, levels, warm_up_seconds, given.scenario)
    target = given.target or UNNAMED
    planned = Planned(order=1, trial=1, case=case, target=target.name, seed=_seed(_turns(lines)))
    profile = Profile(name="merge", title="", targets=[], case=[case])
    trials = _trials(records, planned, levels, profile.objective_seconds)
    moments = [line.at for process in lines for line in process if isinstance(line, Mark)]
    run = Run(
        id="",
        started_at=_iso(min(moments)),
        finished_at=_iso(max(moments)),
        profile=profile.name,
        seed=planned.seed,
        complete=True,
        command=given.command,
        objective_seconds=profile.objective_seconds,
        environment=_elsewhere(),
        attribution="tags" if any(turn.chunks_sent_at for turn in _turns(lines)) else "protocol",
        targets=[target],
        cases=[case_record(case, len(lines)).model_copy(update={"sessions": levels})],
        trials=trials,
    )
    return run, planned


def _trials(records: Records, planned: Planned, levels: Sequence[int], objective_seconds: float) -> list[Trial]:
    """Each folder is a machine's share. What a stock Locust does not tell was not checked, and so not passed."""
    shares = [
        Execution(
            target=planned.target,
            scenario=planned.case.name,
            sessions=levels,
            trial=planned.trial,
            order=planned.order,
            warm_up_seconds=planned.case.warm_up_seconds,
            objective_seconds=objective_seconds,
            processes=[recorded.lines for recorded in files],
            workers=sum(isinstance(line, Stream) for recorded in files for line in recorded.lines),
            arrivals=planned.case.arrivals,
            local=False,
        )
        for files in records.folders.values()
    ]
    trials = evaluate.trials(replace(joined(shares, levels), locust_turns=records.locust_turns))
    if records.locust_turns is None:
        trials = [_without_table(trial) for trial in trials]
    return with_overlap(trials, shares) if len(shares) > 1 else trials


def _without_table(trial: Trial) -> Trial:
    """What nobody counted a second time is not wrong for that."""
    reasons = [reason for reason in trial.reasons if reason.check != "two ledgers"]
    return trial.model_copy(update={"reasons": reasons, "unchecked": {**trial.unchecked, "two ledgers": NO_TABLE}})


def _levels(lines: Sequence[Process], warm_up_seconds: float, sessions: int | None) -> list[int]:
    """What is to be looked for: as given, else every number of people that was reached and held beyond the warm-up."""
    windows = cut(lines, warm_up_seconds)
    if not windows:
        raise BenchError("the records tell of no load: all that was wanted was ended before anybody had started")
    if sessions is not None:
        return [sessions]
    held = [window.sessions for window in windows if window.seconds > 0 and not window.warnings]
    return list(dict.fromkeys(held)) or [max(window.sessions for window in windows)]


def _case(lines: Sequence[Process], levels: Sequence[int], warm_up_seconds: float, scenario: str) -> CasePlan:
    longest = max(window.seconds for window in cut(lines, warm_up_seconds))
    return CasePlan(
        scenario=scenario,
        sessions=max(levels),
        trials=1,
        warm_up_seconds=warm_up_seconds,
        window_seconds=max(longest, 0.001),
        arrivals=_arrivals(_turns(lines)),
    )


def _arrivals(turns: Sequence[Turn]) -> Mode:
    """Visitors are named after the source they came from and their number; those of an open load ask once."""
    if not any(":" in turn.session for turn in turns):
        return "closed"
    sessions = [turn.session for turn in turns]
    return "open" if len(set(sessions)) == len(sessions) else "partly-open"


def _turns(lines: Sequence[Process]) -> list[Turn]:
    return [line for process in lines for line in process if isinstance(line, Turn)]


def _seed(turns: Sequence[Turn]) -> int:
    """What every turn's id begins with."""
    seeds = {turn.id.partition(".")[0] for turn in turns}
    if len(seeds) > 1:
        raise BenchError(f"the records are of the seeds {', '.join(sorted(seeds))}: merge those of one run")
    return int(seeds.pop()) if seeds else 0


def _locust_turns(folder: Path) -> int | None:
    """As a table that `--json-file` left in the folder counts them."""
    for path in sorted(folder.glob("*.json")):
        try:
            rows = json.loads(path.read_bytes())
            return sum(int(row["num_requests"]) for row in rows if row["name"] == "turn")
        except (ValueError, TypeError, KeyError):
            continue
    return None


def _iso(at: float) -> str:
    return iso(datetime.fromtimestamp(at, UTC))


def _elsewhere() -> Environment:
    """Nothing is known of the machines that made the load."""
    return Environment(
        commit=None,
        dirty=False,
        cpu_model=UNKNOWN,
        cpu_count=0,
        memory_bytes=0,
        system=UNKNOWN,
        python=UNKNOWN,
        pinning={},
        packages={},
    )
