"""Which instances the platform has, by processor and memory. Pure.

Those of Cloud Run: 1, 2, 4 or 8 vCPU, or a part of one, which is then sent one request at a time; and no fewer than
2 GiB from 4 vCPU on. Source: its API's description of resource limits and of concurrency.
"""

from bench.errors import BenchError

WHOLE_VCPUS = (1.0, 2.0, 4.0, 8.0)
MUCH_VCPUS, MUCH_MEMORY_GIB = 4.0, 2.0
"""From so many vCPU on, an instance has so much memory at least."""
CONCURRENCY_BELOW_ONE_VCPU = 1
LEAST_MEMORY_GIB = 0.5


def check_shape(vcpus: float | None, memory_gib: float | None) -> None:
    """Raises BenchError for an instance that there is none of; None is what nobody asked for."""
    if vcpus is None:
        return
    if vcpus > 1 and vcpus not in WHOLE_VCPUS:
        raise BenchError(f"--vcpus {vcpus:g}: the platform has no such instance: give 1, 2, 4 or 8, or a part of 1")
    if memory_gib is not None and vcpus >= MUCH_VCPUS and memory_gib < MUCH_MEMORY_GIB:
        raise BenchError(
            f"--memory-gib {memory_gib:g}: the platform has no instance of {vcpus:g} vCPU with less than "
            f"{MUCH_MEMORY_GIB:g} GiB: give more, or fewer --vcpus"
        )


def least_memory_gib(vcpus: float) -> float:
    """Of an instance with so many vCPU."""
    return MUCH_MEMORY_GIB if vcpus >= MUCH_VCPUS else LEAST_MEMORY_GIB
