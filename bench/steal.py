"""Processor time that a hypervisor gave to others while our cores wanted it. Only Linux tells."""

import psutil


def stolen_seconds(cores: frozenset[int]) -> float | None:
    """What each of the cores lost on average since the machine started; of all cores where the set is empty.

    None where the system does not say. A sandbox that counts no processor time at all does not say either.
    """
    times = psutil.cpu_times(percpu=True)
    if not all(hasattr(core, "steal") for core in times) or not any(sum(core) for core in times):
        return None
    ours = [times[core] for core in cores] if cores and max(cores) < len(times) else times
    return float(sum(core.steal for core in ours) / len(ours))
