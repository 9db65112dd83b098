"""What the checks know of a machine. None stands for what this system does not tell, unless a field says otherwise."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """One that is not ours, and how much it computes, in cores."""

    pid: int
    name: str
    cpu_share: float


@dataclass(frozen=True)
class Second:
    """What happened while nothing was measured."""

    counts_processor_time: bool
    """Whether the system counted any processor time at all."""
    others_share: float | None
    """What others computed, as a share of what the usable cores could have done."""
    busiest: tuple[Process, ...]
    """The busiest first."""
    steal_share: float | None
    """What the hypervisor gave to others, as a share of the same."""
    swapped_bytes: int
    """Moved between memory and swap, either way."""
    clock_step_seconds: float
    """By how much the wall clock moved against the one that never steps; ahead is positive."""


@dataclass(frozen=True)
class TakenPort:
    """A port that somebody listens at, and who, where that is known: a name and a process id."""

    port: int
    owner: str | None


@dataclass(frozen=True)
class Leftover:
    """A process such as a run starts."""

    pid: int
    name: str
    orphaned: bool
    """Whether nobody is left who would end it."""


@dataclass(frozen=True)
class Loads:
    """How many people are at most in one case of the profiles: of the smallest profile, and of the largest."""

    smallest: int
    largest: int


@dataclass(frozen=True)
class Machine:
    """All readings."""

    system: str
    """As `platform.system` names it."""
    loads: Loads
    descriptors_soft: int | None
    """None where there is no limit; so for the hard one."""
    descriptors_hard: int | None
    usable_cores: int
    all_cores: int
    physical_cores: int | None
    """How many physical cores the usable ones belong to."""
    quota_cores: float | None
    """How many cores' time the processes of this container may use; None where they are not held to a quota."""
    governors: frozenset[str]
    """Of the usable cores; empty where the system does not tell."""
    turbo: bool | None
    load_average: float | None
    """How many processes ran or waited for a core, over the last minute."""
    second: Second
    memory_available_bytes: int
    swap_bytes: int
    swap_used_bytes: int
    swappiness: int | None
    clock_source: str | None
    clock_sources: tuple[str, ...]
    """Those that the system would let us choose."""
    clock_read_seconds: float
    """How long one reading of the clock takes."""
    ports_taken: tuple[TakenPort, ...]
    """Of those that `serve` and Locust's page use unless told otherwise."""
    spare_port: int
    """One that was free."""
    ephemeral_ports: int | None
    """How many ports connections to one address can go out from."""
    ports_waiting: int | None
    """Connections that have ended and still hold such a port."""
    backlog: int | None
    """How many connections may wait to be accepted at most, whatever a server asks for."""
    kernel_stamps: bool
    """Whether the kernel notes when bytes arrive; tried, not asked."""
    leftovers: tuple[Leftover, ...]
