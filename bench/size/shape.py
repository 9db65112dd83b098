"""Which instances the platform has, by processor and memory. Pure.

Those of Cloud Run: 1, 2, 4, 6 or 8 vCPU, or a part of one, which is then sent one request at a time; with each comes a
most of memory, and from 4 vCPU on a least. Source: its documentation of limits of CPU and memory, and of concurrency.
"""

from bench.errors import BenchError

_MOST_MEMORY_GIB = {1.0: 4.0, 2.0: 8.0, 4.0: 16.0, 6.0: 24.0, 8.0: 32.0}
"""Whole vCPU to what an instance of so many can have."""
_LEAST_MEMORY_GIB = {4.0: 2.0, 6.0: 4.0, 8.0: 4.0}
"""Whole vCPU to what an instance of so many has to have."""
CONCURRENCY_BELOW_ONE_VCPU = 1
_USUAL_MEMORY_GIB = 0.5
"""No less is proposed, though a small instance may be given less."""


def check_shape(name: str, vcpus: float, memory_gib: float | None) -> None:
    """Raises BenchError where the platform has no instance like that for the target of that name.

    Memory is None where it is not known.
    """
    if vcpus >= 1 and vcpus not in _MOST_MEMORY_GIB:
        raise BenchError(
            f"{name}: the platform has no instance of {vcpus:g} vCPU: give --vcpus 1, 2, 4, 6 or 8, or a part of 1"
        )
    least, most = _LEAST_MEMORY_GIB.get(vcpus, 0.0), _most_memory_gib(vcpus)
    if memory_gib is not None and not least <= memory_gib <= most:
        room = f"{least:g} to {most:g}" if least else f"up to {most:g}"
        raise BenchError(
            f"{name}: the platform has no instance of {vcpus:g} vCPU with {memory_gib:g} GiB, but with {room} GiB: "
            "give another --memory-gib, or other --vcpus"
        )


def comes_with_memory(vcpus: float) -> bool:
    """Whether the platform has no instance of so many vCPU with little memory."""
    return vcpus in _LEAST_MEMORY_GIB


def least_memory_gib(vcpus: float) -> float:
    """That is proposed for an instance with so many vCPU."""
    return _LEAST_MEMORY_GIB.get(vcpus, _USUAL_MEMORY_GIB)


def _most_memory_gib(vcpus: float) -> float:
    if vcpus < 1:
        return 0.5 if vcpus < 0.5 else 1.0
    return _MOST_MEMORY_GIB[vcpus]
