"""A machine on which everything is fine, and any part of it otherwise."""

from dataclasses import replace
from typing import Any

from bench.doctor.machine import Loads, Machine, Second

QUIET = Second(
    counts_processor_time=True,
    others_share=0.01,
    busiest=(),
    steal_share=0.0,
    swapped_bytes=0,
    clock_step_seconds=0.0,
)
FINE = Machine(
    system="Linux",
    loads=Loads(smallest=100, largest=400),
    descriptors_soft=1024,
    descriptors_hard=1_048_576,
    usable_cores=4,
    all_cores=4,
    physical_cores=2,
    quota_cores=None,
    governors=frozenset({"performance"}),
    turbo=False,
    load_average=0.1,
    second=QUIET,
    memory_available_bytes=16 * 10**9,
    swap_bytes=0,
    swap_used_bytes=0,
    swappiness=60,
    clock_source="tsc",
    clock_sources=("tsc", "hpet", "acpi_pm"),
    clock_read_seconds=50e-9,
    ports_taken=(),
    spare_port=54321,
    ephemeral_ports=28_232,
    ports_waiting=10,
    backlog=4096,
    kernel_stamps=True,
    leftovers=(),
)


def machine(**changes: Any) -> Machine:
    """Fields of `Second` may be given as if they were the machine's own."""
    of_second = {name: changes.pop(name) for name in tuple(changes) if hasattr(QUIET, name)}
    return replace(FINE, second=replace(QUIET, **of_second), **changes)
