"""How the instrument itself did over a window: what the checks of `validity` look at, as `Trial.instrument`."""

from collections.abc import Callable, Sequence
from statistics import median

from bench import clocks, usage
from bench.certify.judgement import certified_range
from bench.execution import Execution
from bench.lateness import MODEL_SECONDS
from bench.monitor import Sample
from bench.readings import is_attributed, is_missed, lags, schedule_delays
from bench.stats import percentile
from bench.windows import Ledger, Process, Window, read_ledger
from loadtests.support.turn import End


def read_instrument(execution: Execution, window: Window, ledger: Ledger) -> dict[str, float]:
    """What is unknown is left out."""
    certified = certified_range(execution.certificate) if execution.certificate else None
    numbers: dict[str, float | None] = {
        "generator_cpu_share": _of_the_worst(execution, lambda part: _busiest_share(part, window)),
        "greenlet_lag_seconds_p99": ledger.lag_seconds_p99,
        "generator_lag_seconds_p99": _p99(lags(window.turns)),
        "kernel_stamps_share": _kernel_stamps_share(window),
        "schedule_delay_seconds_p99": _p99(schedule_delays(window.turns)),
        "missed_share": _missed_share(window),
        MODEL_SECONDS: _model_seconds(window),
        "with_fake": _has_fake(execution),
        "elsewhere": execution.elsewhere,
        "fake_cpu_share": usage.cpu_share(execution.fake, window),
        "fake_lag_seconds_p99": (execution.fake_ledger or {}).get("lateness_seconds", {}).get("p99"),
        "load_core_share": _of_the_worst(execution, lambda part: _load_core_share(part, window)),
        "steal_share": _of_the_worst(execution, lambda part: usage.cpu_share(part.stolen, window)),
        "frames_per_second": window.chunks_inside / window.seconds,
        "certified_frames_per_second": certified.frames_per_second if certified else None,
        "certified_sessions": certified.sessions if certified else None,
        "locust_turns": execution.locust_turns,
        "recorded_turns": ledger.recorded,
        "lost_turns": ledger.lost,
        "unended_files": ledger.unended,
        "lost_records": ledger.lost_records,
        "foreign_chunks": sum(turn.foreign_chunks for turn in window.execution),
    }
    of_clocks = clocks.read_clocks(execution.processes) if execution.elsewhere else {}
    return {name: float(number) for name, number in numbers.items() if number is not None} | of_clocks


def _of_the_worst(execution: Execution, read: Callable[[Execution], float | None]) -> float | None:
    """The largest over the machines that made the load; None where one of them does not know."""
    shares = [read(part) for part in execution.parts or [execution]]
    known = [share for share in shares if share is not None]
    return max(known) if len(known) == len(shares) else None


def _busiest_share(execution: Execution, window: Window) -> float | None:
    """Cores in use by the busiest load process, none of which can use more than one.

    Their tree is watched as a whole. How it was divided is told by what each says that it spent from start to end.
    Where they are on other machines, what each says that it spent second by second is all that is known.
    """
    if execution.elsewhere:
        shares = [usage.cpu_share(_own_samples(process), window) for process in execution.processes]
        return max((share for share in shares if share is not None), default=None)
    whole = usage.cpu_share(execution.generator, window)
    if whole is None:
        return None
    return whole / len(execution.processes) * read_ledger(execution.processes, execution.workers).imbalance


def _own_samples(process: Process) -> list[Sample]:
    """A load process as it watched itself; none where it did not come to its end."""
    end = next((line for line in process if isinstance(line, End)), None)
    return [Sample(at, spent) for at, spent in zip(end.cpu_at, end.cpu_seconds_by, strict=True)] if end else []


def _load_core_share(execution: Execution, window: Window) -> float | None:
    """What the load and the fake Gemini, where there is one, used of the cores they share."""
    generator = usage.cpu_share(execution.generator, window)
    fake = usage.cpu_share(execution.fake, window) if _has_fake(execution) else 0.0
    return None if generator is None or fake is None else (generator + fake) / execution.load_cores


def _has_fake(execution: Execution) -> bool:
    return bool(execution.fake) or execution.fake_ledger is not None


def _p99(values: Sequence[float]) -> float | None:
    return percentile(values, 99) if values else None


def _missed_share(window: Window) -> float | None:
    return sum(map(is_missed, window.turns)) / len(window.turns) if window.turns else None


def _kernel_stamps_share(window: Window) -> float | None:
    """Of the turns of which something arrived."""
    stamped = [turn.clock == "kernel" for turn in window.turns if turn.chunks_at]
    return sum(stamped) / len(stamped) if stamped else None


def _model_seconds(window: Window) -> float | None:
    """What the fake Gemini itself takes to the first words, in the median."""
    spent = [turn.chunks_spent_seconds[0] for turn in window.turns if is_attributed(turn)]
    return median(spent) if spent else None
