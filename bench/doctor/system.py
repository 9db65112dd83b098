"""Limits, memory and clocks. Pure."""

from collections.abc import Sequence

from bench import units
from bench.doctor.judgement import MOST_PEOPLE, Judgement, fine, for_people, spoils_all, spoils_some
from bench.doctor.machine import Leftover, Machine
from bench.limits import DESCRIPTORS_BESIDES, DESCRIPTORS_PER_SESSION

PROCESSES_BYTES = 500 * 10**6
"""Server, load, fake Gemini and bench before anybody has come."""
PERSON_BYTES = 600 * 10**3
"""In the hungriest server."""
LARGEST_PROCESSES = "ps -eo pid,rss,args --sort=-rss | head  # then end what you can spare"
COARSE = frozenset({"jiffies", "refined-jiffies"})
SLOW = frozenset({"acpi_pm", "hpet", "pit"})
SLOW_READ_SECONDS = 1e-6
"""A packet takes several readings of the clock on its way."""
QUICK = ("tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "xen")
"""Those to choose, the best first."""
STEP_SECONDS = 0.001
"""A clock that is only steered moves by half of this in a second at most."""


def descriptors(machine: Machine) -> Judgement:
    """The hard limit: the soft one is raised as far as the load needs."""
    soft, hard = machine.descriptors_soft, machine.descriptors_hard
    if hard is None:
        return fine("no hard limit")
    most = MOST_PEOPLE * DESCRIPTORS_PER_SESSION + DESCRIPTORS_BESIDES
    return for_people(
        (hard - DESCRIPTORS_BESIDES) // DESCRIPTORS_PER_SESSION,
        machine,
        f"hard limit {hard:,}" + ("" if soft is None or soft == hard else f", soft {soft:,} (raised as needed)"),
        "a run is refused",
        f"sudo prlimit --pid $$ --nofile={most}:{most}" if machine.system == "Linux" else f"ulimit -Hn {most}",
    )


def memory(machine: Machine) -> Judgement:
    available = machine.memory_available_bytes
    return for_people(
        (available - PROCESSES_BYTES) // PERSON_BYTES,
        machine,
        f"{units.size(available)} available",
        "memory is swapped out, or a process is ended for it",
        LARGEST_PROCESSES,
    )


def swap(machine: Machine) -> Judgement:
    used, moved = machine.swap_used_bytes, machine.second.swapped_bytes
    if not used and not moved:
        return fine(f"{units.size(machine.swap_bytes)}, unused" if machine.swap_bytes else "none")
    found = f"{units.size(used)} in use"
    found += f", {units.size(moved)} moved within a second" if moved else ""
    found += "" if machine.swappiness is None else f", swappiness {machine.swappiness}"
    fits = machine.memory_available_bytes - PROCESSES_BYTES > used
    return spoils_some(
        found,
        "what was swapped out takes milliseconds to come back, in the middle of a turn",
        "sudo swapoff -a" if fits else LARGEST_PROCESSES,
    )


def clock_source(machine: Machine) -> Judgement:
    source, read_seconds = machine.clock_source, machine.clock_read_seconds
    taken = f"{read_seconds * 1e9:.0f} ns a reading"
    found = f"{source}, {taken}" if source else taken
    quick = next((name for name in QUICK if name in machine.clock_sources and name != source), None)
    path = "/sys/devices/system/clocksource/clocksource0/current_clocksource"
    mend = f"echo {quick} | sudo tee {path}" if quick else "measure on a machine that has a quicker clock"
    if source in COARSE:
        return spoils_all(found, "the clock moves in steps of milliseconds, and so do all latencies", mend)
    if source in SLOW or read_seconds > SLOW_READ_SECONDS:
        return spoils_some(found, "each reading of the clock costs a microsecond or more, of server and load", mend)
    return fine(found)


def clock_steps(machine: Machine) -> Judgement:
    step = machine.second.clock_step_seconds
    if abs(step) <= STEP_SECONDS:
        return fine("none within a second")
    return spoils_some(
        f"{units.seconds(step)} within a second",
        "what is timed across a step is wrong by as much",
        "sudo timedatectl set-ntp true  # then wait until the clock is set",
    )


def leftovers(machine: Machine) -> Judgement:
    """Of an earlier run, or of one that goes on."""
    found = machine.leftovers
    if not found:
        return fine("none")
    effect = "they take memory and processor time from what is measured"
    if orphans := [process for process in found if process.orphaned]:
        pids = " ".join(str(process.pid) for process in orphans)
        return spoils_some(f"left behind: {_names(orphans)}", effect, f"kill {pids}")
    pids = ",".join(str(process.pid) for process in found)
    wait = f"while ps -p {pids} >/dev/null; do sleep 1; done"
    return spoils_some(f"a run goes on: {_names(found)}", effect, wait)


def _names(found: Sequence[Leftover]) -> str:
    """Each name once, with all that bear it: 'quart 12 and 34, load 56'."""
    pids: dict[str, list[str]] = {}
    for process in found:
        pids.setdefault(process.name, []).append(str(process.pid))
    return ", ".join(f"{name} {' and '.join(those)}" for name, those in pids.items())
