"""What watched processes used over a window."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from bench.monitor import Sample, Size
from bench.windows import Window


def resources(server: Sequence[Sample], idle: Size | None, window: Window) -> dict[str, float]:
    """Of the server's whole process tree, as `Trial.resources`; what could not be watched is left out."""
    found: dict[str, float] = {}
    share = cpu_share(server, window)
    if share is not None:
        found["cpu_share"] = share
        found["cpu_seconds"] = share * window.seconds
    sizes = [sample.size for sample in server if sample.size and window.opened_at <= sample.at <= window.closed_at]
    if sizes:
        found["memory_bytes"] = median(size.memory_bytes for size in sizes)
        found["own_memory_bytes"] = median(size.own_bytes for size in sizes)
        found["threads"] = float(max(size.threads for size in sizes))
        found["descriptors"] = float(max(size.descriptors for size in sizes))
        found["processes"] = float(max(size.processes for size in sizes))
    if sizes and idle is not None:
        grown_bytes = found["own_memory_bytes"] - idle.own_bytes
        found["idle_memory_bytes"] = float(idle.memory_bytes)
        found["idle_own_memory_bytes"] = float(idle.own_bytes)
        if window.is_everybody_in:  # else people wanted are not people connected
            found["memory_bytes_per_session"] = grown_bytes / window.sessions
    return found


def cpu_share(samples: Sequence[Sample], window: Window) -> float | None:
    """Cores in use on average over the window, by interpolation.

    None where the samples miss more than a tenth of the window, or a process among those watched ended in it. Where one
    ended right after it, as workers of the load do when nobody is left, the last look inside is where it stops.
    """
    if not samples:
        return None
    begin, end = max(samples[0].at, window.opened_at), min(samples[-1].at, window.closed_at)
    if end - begin < 0.9 * window.seconds:
        return None
    import numpy as np  # takes a tenth of a second to import, which no other command needs

    moments = [sample.at for sample in samples]
    used = [sample.cpu_seconds for sample in samples]
    inside = [sample for sample in samples if begin <= sample.at <= end]
    if any(later.cpu_seconds < earlier.cpu_seconds for earlier, later in pairwise(inside)):
        return None
    if inside and np.interp(end, moments, used) < inside[-1].cpu_seconds:
        end = inside[-1].at
        if end - begin < 0.5 * window.seconds:
            return None
    return float(np.interp(end, moments, used) - np.interp(begin, moments, used)) / (end - begin)
