"""What watched processes used over a window."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np

from bench.monitor import Sample
from bench.windows import Window


def resources(server: Sequence[Sample], idle_memory_bytes: float | None, window: Window) -> dict[str, float]:
    """Of the server's whole process tree, as `Trial.resources`; what could not be watched is left out."""
    found: dict[str, float] = {}
    share = cpu_share(server, window)
    if share is not None:
        found["cpu_share"] = share
        found["cpu_seconds"] = share * window.seconds
    inside = [sample for sample in server if window.opened_at <= sample.at <= window.closed_at]
    if inside:
        found["memory_bytes"] = median(sample.memory_bytes for sample in inside)
        found["threads"] = float(max(sample.threads for sample in inside))
        found["descriptors"] = float(max(sample.descriptors for sample in inside))
        found["processes"] = float(max(sample.processes for sample in inside))
    if inside and idle_memory_bytes is not None:
        grown_bytes = found["memory_bytes"] - idle_memory_bytes
        found["idle_memory_bytes"] = idle_memory_bytes
        found["memory_bytes_per_session"] = grown_bytes / window.sessions
    return found


def cpu_share(samples: Sequence[Sample], window: Window) -> float | None:
    """Cores in use on average over the window, by interpolation.

    None where the samples miss more than a tenth of the window, or a process among those watched ended in it.
    """
    if not samples:
        return None
    begin, end = max(samples[0].at, window.opened_at), min(samples[-1].at, window.closed_at)
    if end - begin < 0.9 * window.seconds:
        return None
    moments = [sample.at for sample in samples]
    used = [sample.cpu_seconds for sample in samples]
    inside = [seconds for moment, seconds in zip(moments, used, strict=True) if begin <= moment <= end]
    if any(later < earlier for earlier, later in pairwise(inside)):
        return None
    return float(np.interp(end, moments, used) - np.interp(begin, moments, used)) / (end - begin)
