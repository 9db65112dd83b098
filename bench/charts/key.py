"""The few numbers that tell most of a run: which metrics, and where.

The table of the summary, the head of the page and the forest plot all show these.
"""

from collections.abc import Sequence

from bench.book import Place, telling_place
from bench.charts.data import ChartData

Key = tuple[str, str]
"""Metric, statistic."""

INTERRUPTED: Sequence[Key] = (
    ("stop_seconds", "p50"),
    ("stop_seconds", "p90"),
    ("stale_chunks", "p50"),
    ("resume_seconds", "p50"),
    ("resume_added_seconds", "p50"),
)
QUIET: Sequence[Key] = (
    ("ttft_seconds", "p50"),
    ("ttft_from_plan_seconds", "p50"),
    ("ttft_from_plan_seconds", "p90"),
    ("ttft_added_seconds", "p50"),
    ("turn_seconds", "p50"),
    ("relay_seconds", "p50"),
    ("cpu_seconds_per_chunk", "value"),
    ("memory_bytes_per_session", "value"),
)
CROWDED: Sequence[Key] = (
    ("goodput_ratio", "value"),
    ("ttft_seconds", "p50"),
    ("ttft_from_plan_seconds", "p50"),
    ("connect_seconds", "max"),
)


def key_places(data: ChartData) -> list[tuple[Place, Sequence[Key]]]:
    """Each kind of load at the place where it tells most, with the metrics it is there for."""
    crowd = data.crowd_places
    found: list[tuple[Place | None, Sequence[Key]]] = [
        (data.interruption_place, INTERRUPTED),
        (data.quiet_place, QUIET),
        ((telling_place(data.book) or crowd[-1]) if crowd else None, CROWDED),
    ]
    return [(place, chosen) for place, chosen in found if place]
