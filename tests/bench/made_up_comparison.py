"""Comparisons of load generators with made-up numbers."""

from typing import Any

from bench.generator.contenders import OURS, PLAIN
from bench.generator.make import STEADY
from bench.generator.reading import Reading
from bench.generator.record import Comparison
from bench.results import Environment

ENVIRONMENT = Environment(
    commit="0123456789abcdef", dirty=False, cpu_model="Made-up", cpu_count=2, memory_bytes=1, system="Linux",
    python="3.11", pinning={}, packages={},
)  # fmt: skip


def reading(contender: str = OURS, **changes: Any) -> Reading:
    """Of the first round, where all is well unless `changes` say otherwise."""
    usual: dict[str, Any] = {
        "contender": contender, "part": "round", "number": 1, "sessions": 2000, "sessions_connected": 2000,
        "window_seconds": 5.0, "turns": 4000, "frames": 50_000, "cpu_share": 0.5, "cpu_seconds_per_frame": 30e-6,
        "memory_bytes_per_session": 15_000.0, "error_seconds_p50": 0.0001, "error_seconds_p99": 0.001,
        "true_seconds_p99": 0.9, "schedule_delay_seconds_p99": 0.004, "server_cpu_share": 0.4,
        "server_lateness_seconds_p50": 0.0001, "server_lateness_seconds_p99": 0.002,
    }  # fmt: skip
    return Reading(**{**usual, **changes})


def made(*readings: Reading, **changes: Any) -> Comparison:
    usual: dict[str, Any] = {
        "id": "made-up", "started_at": "2026-01-01T00:00:00Z", "complete": True,
        "command": "python -m bench.generator", "seed": 1, "crowd_sessions": 5000, "pace": STEADY,
        "environment": ENVIRONMENT, "readings": list(readings),
    }  # fmt: skip
    return Comparison(**{**usual, **changes})


def whole(**ours: Any) -> Comparison:
    """Six rounds, both climbs and the crowd; `ours` changes this project's readings of the rounds."""
    rounds = [
        each
        for number in range(1, 7)
        for each in (
            reading(PLAIN, number=number, cpu_share=0.8, cpu_seconds_per_frame=60e-6, error_seconds_p99=-0.02),
            reading(OURS, number=number, **ours),
        )
    ]
    climbs = [
        reading(PLAIN, part="climb"),
        reading(PLAIN, part="climb", number=2, sessions=2600, schedule_delay_seconds_p99=0.05),
        reading(OURS, part="climb"),
        reading(OURS, part="climb", number=2, sessions=2600),
    ]
    crowd = [
        reading(name, part="crowd", sessions=5000, sessions_connected=5000, memory_bytes_per_session=size)
        for name, size in ((OURS, 16 * 1024.0), (PLAIN, 18 * 1024.0))
    ]
    return made(*rounds, *climbs, *crowd)
