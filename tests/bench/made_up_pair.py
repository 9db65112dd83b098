"""Two made-up runs to compare, and a comparison of them."""

from datetime import UTC, datetime
from pathlib import Path

from made_up_run import made_up_run

from bench import estimates
from bench.compare.make import Order, conclude
from bench.results import Run

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def one(**choices) -> Run:
    """A run in which all trials of a case came out the same but for a hundredth of a second each."""
    return made_up_run(**choices)[0]


def scaled(run: Run, factor: float, metric: str, target: str) -> Run:
    """The same, but for one metric of one target, which is so many times as large in every trial."""
    trials = [trial.model_copy(deep=True) for trial in run.trials]
    for trial in trials:
        if trial.target == target and metric in trial.metrics:
            values = trial.metrics[metric].values
            values.update({name: None if value is None else value * factor for name, value in values.items()})
    changed = run.model_copy(update={"id": "other", "trials": trials})
    return changed.model_copy(update={"estimates": estimates.estimate(changed)})


def on(run: Run, **environment) -> Run:
    """The same, measured on something else."""
    return run.model_copy(update={"environment": run.environment.model_copy(update=environment)})


def compared(a: Run, b: Run, across_machines=False):
    order = Order(Path("a"), Path("b"), across_machines, Path("results"), "live-bench compare a b")
    return conclude(order, a, b, NOW)


def row_of(comparison, target, metric, statistic="p50", sessions=2, scenario=None):
    (row,) = [
        row
        for row in comparison.compared
        if (row.target, row.metric, row.statistic, row.sessions) == (target, metric, statistic, sessions)
        and scenario in (None, row.scenario)
    ]
    return row
