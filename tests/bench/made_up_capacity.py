"""Made-up searches for capacities: servers of which it is known how many people they hold."""

from collections.abc import Callable, Mapping

from made_up import FLASK, QUART, trial
from made_up_certificate import ENVIRONMENT

from bench.capacity.answer import answer
from bench.capacity.conclude import conclude
from bench.capacity.record import Capacity, Probed
from bench.capacity.rounds import Attempt, carry_out
from bench.objective import parse
from bench.results import Reason, Trial, Turns

OBJECTIVE = parse("ttft_added p95 <= 100ms, failures <= 1%")
LATE = Reason(check="schedule", verdict="INVALID", message="the load set about turns later than planned (p99): 0.3 s")
WAITED_SECONDS = 3.2
"""What people behind full threads waited to be let in."""
Server = Callable[[Attempt], Trial]
"""What a probe of it comes to."""


def well(attempt: Attempt, **fields) -> Trial:
    numbers = {
        "ttft_added_seconds p95": 0.012, "failures_ratio value": 0.0, "unserved_ratio value": 0.0,
        "goodput_ratio value": 0.99, "cpu_share value": 0.5,
    }  # fmt: skip
    return trial(
        attempt.target.name, "latency", attempt.probe.sessions, attempt.search, order=attempt.order,
        numbers=numbers | fields.pop("numbers", {}), **fields,
    )  # fmt: skip


def full_core(attempt: Attempt) -> Trial:
    return well(attempt, numbers={"ttft_added_seconds p95": 0.4, "cpu_share value": 0.98, "goodput_ratio value": 0.7})


def full_threads(attempt: Attempt) -> Trial:
    return well(
        attempt,
        numbers={"failures_ratio value": 0.1, "goodput_ratio value": 0.8},
        turns=Turns(ok=45, failed=5),
    )


def spoiled(attempt: Attempt) -> Trial:
    return well(attempt, reasons=[LATE])


def holding(capacity: int, beyond: Server = full_core, **exceptions: Server) -> Server:
    """`exceptions`: `at_N` to what comes of that load, `in_N` to what comes of that search."""

    def server(attempt: Attempt) -> Trial:
        for name in (f"at_{attempt.probe.sessions}", f"in_{attempt.search}"):
            if name in exceptions:
                return exceptions[name](attempt)
        return (well if attempt.probe.sessions <= capacity else beyond)(attempt)

    return server


FLASK_SERVER, QUART_SERVER = holding(100, full_threads), holding(640)


def begun(targets=(FLASK, QUART), **fields) -> Capacity:
    """The record before its first probe."""
    usual = {
        "id": "made-up", "started_at": "2026-01-02T03:04:05Z", "complete": False, "command": "live-bench capacity",
        "seed": 1, "objective": OBJECTIVE.text, "patience_seconds": 5.0, "start": 50,
        "most": 2000, "precision": 0.05, "repeats": 6, "think_seconds": 0.3, "processes": 1, "probe_seconds": 5.0,
        "confirm_seconds": 12.0, "environment": ENVIRONMENT.model_copy(update={"memory_bytes": 8_000_000_000}),
        "attribution": "tags", "targets": list(targets), "fake_gemini": {"profile": "live-text", "seed": 1},
    }  # fmt: skip
    return Capacity(**{**usual, **fields})


def measuring(servers: Mapping[str, Server]) -> Callable[[Attempt], Probed]:
    """Stands in for what takes time."""

    def measure(attempt: Attempt) -> Probed:
        measured = servers[attempt.target.name](attempt)
        judged = answer(measured, OBJECTIVE)
        return Probed(
            order=attempt.order, target=attempt.target.name, search=attempt.search, sessions=attempt.probe.sessions,
            confirms=attempt.probe.confirms, answer=judged.answer, because=judged.because, checked=judged.checked,
            trial=measured, well_answered_ratio=measured.metrics["goodput_ratio"].values["value"],
            longest_connect_seconds=WAITED_SECONDS if measured.turns.failed else 0.01,
        )  # fmt: skip

    return measure


def made(flask: Server = FLASK_SERVER, quart: Server = QUART_SERVER, **fields) -> Capacity:
    """The whole record."""
    capacity = begun(**fields)
    for grown in carry_out(capacity, measuring({"flask": flask, "quart": quart})):
        capacity = grown
    return conclude(capacity.model_copy(update={"complete": True}))


def only(quart: Server, **fields) -> Capacity:
    """The whole record of one target."""
    return made(quart=quart, targets=[QUART], **fields)
