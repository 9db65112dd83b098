"""A made-up run against two addresses: Flask 40 ms away on one instance, Quart 30 ms away on two."""

from dataclasses import replace

from made_up_run import BLOCKING, QUART, made_up_run

from bench.charts.data import ChartData, gather
from bench.elsewhere import Approach, Baseline, Median, RoundTrip
from bench.execution import Execution
from bench.results import Target
from loadtests.support.turn import Turn

TRIPS = {"flask": 0.040, "quart": 0.030}
INSTANCES = {"flask": 1, "quart": 2}


def address(target: Target) -> Target:
    """The same server at an address of its own."""
    url = f"wss://{target.name}-abc-uc.a.run.app"
    return Target(
        name=target.name, style=target.style, label=f"{target.name}, at {url[6:]}", colour=target.colour, url=url,
        app=target.name, revision=f"{target.name}-00003",
    )  # fmt: skip


ADDRESSES = (address(BLOCKING), address(QUART))


def approach(target: str, seconds: float | None = None, **fields) -> Approach:
    trip = TRIPS[target] if seconds is None else seconds
    usual = {"app": target, "build": "0123456789ab", "revision": f"{target}-00003", "instance": "one"}
    return Approach(
        connect_seconds=3 * trip,
        round_trip=RoundTrip(pings=20, p50_seconds=trip, min_seconds=0.9 * trip, p95_seconds=1.2 * trip),
        **{**usual, **fields},
    )


def baseline(target: str, **fields) -> Baseline:
    trip = TRIPS[target]
    medians = {
        "connect_seconds": Median(count=5, p50=4 * trip),
        "ttft_seconds": Median(count=10, p50=0.46 + trip),
        "ttft_from_plan_seconds": Median(count=10, p50=0.461 + trip),
        "ttft_added_seconds": Median(count=10, p50=0.01 + trip),
        "turn_seconds": Median(count=10, p50=1.46 + trip),
    }
    order = -list(TRIPS).index(target)
    return Baseline(
        target=target, order=order, started_at=1.0, ok=15, medians=medians, approach=approach(target), **fields
    )


def barged_in(target, **fields) -> Baseline:
    """What one person alone got who barged in."""
    trip = TRIPS[target]
    medians = {
        "stop_seconds": Median(count=11, p50=0.003 + trip),
        "ack_seconds": Median(count=11, p50=0.004 + trip),
        "resume_seconds": Median(count=11, p50=0.47 + trip),
        "resume_added_seconds": Median(count=11, p50=0.02 + trip),
    }
    order = -len(TRIPS) - list(TRIPS).index(target)
    return Baseline(
        target=target, scenario="interruption", order=order, started_at=1.0, ok=25, medians=medians,
        approach=approach(target), **fields
    )  # fmt: skip


def baselines() -> list[Baseline]:
    return [made(name) for name in TRIPS for made in (baseline, barged_in)]


def as_seen_from_afar(execution: Execution) -> Execution:
    """All that the server does arrives a round trip later, and every session says on which instance it is."""
    trip = TRIPS[execution.target]
    number = INSTANCES[execution.target]
    lines = [
        _late(line, trip, f"instance-{index % number}") if isinstance(line, Turn) else line
        for index, line in enumerate(execution.processes[0])
    ]
    return replace(
        execution, processes=[lines], server=(), idle=None, local=False, approach=approach(execution.target)
    )  # fmt: skip


def _late(turn: Turn, trip: float, instance: str) -> Turn:
    later = {name: at + trip for name in ("ended_at", "acknowledged_at") if (at := getattr(turn, name)) is not None}
    return replace(
        turn, chunks_at=[at + trip for at in turn.chunks_at], instance=instance, instance_serving_seconds=500.0, **later
    )  # fmt: skip


def elsewhere_run(**choices):
    chosen = {"targets": ADDRESSES, "spoil": as_seen_from_afar, "baselines": baselines()}
    return made_up_run(**{**chosen, **choices})


def elsewhere_data(**choices) -> ChartData:
    return gather(*elsewhere_run(**choices))
