"""Made-up runs of many days, of which it is known where a number changed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from random import Random

from made_up import FLASK, QUART, run

from bench import store
from bench.history.folders import Seen
from bench.history.gather import gather
from bench.history.make import Order, look_back
from bench.results import Case, Estimate, Validity

CPU, MEMORY, STOP = "cpu_seconds_per_turn", "memory_bytes_per_session", "stop_seconds"
CASE = Case(
    scenario="talk", title="Talk", sessions=[2], trials=6, warm_up_seconds=1.0, window_seconds=3.0,
    options={"think-seconds": "0.1"},
)  # fmt: skip
MODEL = {"profile": "live-text", "seed": 1}
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
Values = Callable[[int], float | None]


def commit_of(day: int) -> str:
    return sha1(str(day).encode()).hexdigest()


def noisy(level: float, noise=0.04, seed=1, **steps: float) -> Values:
    """Lognormal around a level; `at_N` to the factor from that day on."""
    random = Random(seed)
    drawn = [level * 2.718281828 ** random.gauss(0, noise) for _ in range(300)]

    def value(day: int) -> float:
        number = drawn[day]
        for name, factor in steps.items():
            number *= factor if day >= int(name.removeprefix("at_")) else 1.0
        return number

    return value


def estimate(value: float | None, target="quart", metric=CPU, statistic="value", sessions=2) -> Estimate:
    return Estimate(
        target=target, scenario="talk", sessions=sessions, metric=metric, statistic=statistic, center=value,
        low=None if value is None else 0.95 * value, high=None if value is None else 1.05 * value, trials=6, count=6,
    )  # fmt: skip


def a_run(day: int, *estimates: Estimate, verdict="VALID", machine=None, dirty=False, case=CASE, **fields):
    """The run of one day."""
    moment = FIRST_DAY + timedelta(days=day)
    usual = run(id=f"{moment:%Y-%m-%dT%H-%M-%SZ}-default", started_at=f"{moment:%Y-%m-%dT%H:%M:%SZ}")
    environment = usual.environment.model_copy(update={"commit": commit_of(day), "dirty": dirty, **(machine or {})})
    changes = {
        "environment": environment, "estimates": list(estimates), "cases": [case], "fake_gemini": MODEL,
        "targets": [FLASK, QUART], "validity": Validity(verdict=verdict), **fields,
    }  # fmt: skip
    return usual.model_copy(update=changes)


def days(count: int, value: Values, metric=CPU, statistic="value", **fields):
    """A run a day with one number each."""
    return [a_run(day, estimate(value(day), metric=metric, statistic=statistic), **fields) for day in range(count)]


def gathered(runs, only=()):
    return gather([(Path(each.id), each) for each in runs], only)


def history_of(runs, **changes):
    """The record of looking back at them, without a folder."""
    seen = Seen(runs=[(Path("results") / each.id, each) for each in runs])
    order = Order((Path("results"),), (), Path("results"), "live-bench history results")
    record = look_back(order, seen, datetime(2026, 5, 1, tzinfo=UTC))
    return record.model_copy(update={"id": "made-up", **changes})


def kept(root: Path, runs) -> Path:
    """Each in a folder of its own."""
    for each in runs:
        (root / each.id).mkdir(parents=True)
        store.write_run(root / each.id, each)
    return root
