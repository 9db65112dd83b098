"""How the instrument itself did over a window: what the checks of `validity` look at, as `Trial.instrument`."""

from collections.abc import Sequence
from statistics import median

from bench import usage
from bench.execution import Execution
from bench.readings import lags, schedule_delays, ttft_from_plan
from bench.stats import percentile
from bench.windows import Ledger, Window

DRIFT_TURNS = 20
"""Each half of a window needs as many: the medians of fewer replies differ by a factor of two by chance alone."""


def read_instrument(execution: Execution, window: Window, ledger: Ledger, crowded: bool) -> dict[str, float]:
    """What is unknown is left out. `crowded` marks the later steps of a climbing load."""
    numbers: dict[str, float | None] = {
        "generator_cpu_share": _busiest_share(execution, window, ledger),
        "greenlet_lag_seconds_p99": ledger.lag_seconds_p99,
        "generator_lag_seconds_p99": _p99(lags(window.turns)),
        "schedule_delay_seconds_p99": _p99(schedule_delays(window.turns)),
        "fake_cpu_share": usage.cpu_share(execution.fake, window),
        "fake_lag_seconds_p99": (execution.fake_ledger or {}).get("lateness_seconds", {}).get("p99"),
        "load_core_share": _load_core_share(execution, window),
        "steal_share": usage.cpu_share(execution.stolen, window),
        "frames_per_second": window.chunks_inside / window.seconds,
        "drift_ratio": None if crowded else _drift(window),
        "locust_turns": execution.locust_turns,
        "recorded_turns": ledger.recorded,
        "lost_turns": ledger.lost,
        "unended_files": ledger.unended,
        "lost_records": ledger.lost_records,
        "foreign_chunks": sum(turn.foreign_chunks for turn in window.execution),
        "crowded": crowded,
    }
    return {name: float(number) for name, number in numbers.items() if number is not None}


def _busiest_share(execution: Execution, window: Window, ledger: Ledger) -> float | None:
    """Cores in use by the busiest load process, none of which can use more than one.

    Their tree is watched as a whole. How it was divided is told by what each says that it spent from start to end.
    """
    whole = usage.cpu_share(execution.generator, window)
    return None if whole is None else whole / len(execution.processes) * ledger.imbalance


def _load_core_share(execution: Execution, window: Window) -> float | None:
    """What the load and the fake Gemini, where there is one, used of the cores they share."""
    generator = usage.cpu_share(execution.generator, window)
    fake = usage.cpu_share(execution.fake, window) if execution.fake else 0.0
    return None if generator is None or fake is None else (generator + fake) / execution.load_cores


def _p99(values: Sequence[float]) -> float | None:
    return percentile(values, 99) if values else None


def _drift(window: Window) -> float | None:
    """How many times slower the slower half of the window was; None where a half has too few turns to tell.

    At the later steps of a climbing load nothing is steady by design, so there it is not asked.
    """
    middle = (window.opened_at + window.closed_at) / 2
    words = [(turn.planned_at, ttft_from_plan(turn)) for turn in window.turns if turn.outcome == "ok"]
    halves = [
        [seconds for planned_at, seconds in words if seconds is not None and (planned_at < middle) is early]
        for early in (True, False)
    ]
    if any(len(half) < DRIFT_TURNS for half in halves):
        return None
    slower, quicker = sorted((median(half) for half in halves), reverse=True)
    return slower / quicker if quicker > 0 else None
