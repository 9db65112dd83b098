"""Whether the cores are ours, and run evenly. Pure."""

from bench import units
from bench.checks import STOLEN
from bench.doctor.judgement import Judgement, fine, not_known, spoils_all, spoils_some
from bench.doctor.machine import Machine

SYSFS = "/sys/devices/system/cpu"
STEADY = frozenset({"performance"})
TAKEN = 0.10, 0.50
"""Of what the usable cores can do: beyond the first, server or load now and then waits for a core; beyond the second,
what is measured is that wait."""
NAMED = 3
"""How many of the busiest processes are named."""


def cores(machine: Machine) -> Judgement:
    """One core for the server and one for the load are the least."""
    if machine.usable_cores >= 2:
        return fine(f"{machine.usable_cores} usable")
    more = machine.all_cores - 1
    return spoils_all(
        f"1 usable of {machine.all_cores}",
        "server and load share it, so the time of one stands in the latencies of the other",
        f"taskset -pc 0-{more} $$" if more else "measure on a machine with two cores or more",
    )


def physical_cores(machine: Machine) -> Judgement:
    if machine.physical_cores is None:
        return not_known("this system does not tell which cores are hardware threads of one")
    if machine.physical_cores >= 2 or machine.usable_cores < 2:
        return fine(f"{machine.physical_cores} under {machine.usable_cores} usable")
    return spoils_some(
        f"1 under {machine.usable_cores} usable",
        "the hardware threads of server and load slow each other down",
        "measure on a machine with two physical cores or more",
    )


def quota(machine: Machine) -> Judgement:
    """A container may see more cores than it may use."""
    if machine.quota_cores is None or machine.quota_cores >= machine.usable_cores:
        return fine("none below the cores there are")
    found = f"time of {_cores(machine.quota_cores)}, with {machine.usable_cores} usable"
    effect = "once it is used up, server and load stand still for the rest of each tenth of a second"
    mend = f"docker update --cpus={machine.usable_cores} CONTAINER  # on the host"
    return (spoils_all if machine.quota_cores <= 1 else spoils_some)(found, effect, mend)


def governor(machine: Machine) -> Judgement:
    if not machine.governors:
        return not_known("this system does not tell; few virtual machines do")
    found = ", ".join(sorted(machine.governors))
    if machine.governors <= STEADY:
        return fine(found)
    return spoils_some(
        found,
        "a core that was idle computes slowly at first, so that small loads look slower than larger ones",
        f"echo performance | sudo tee {SYSFS}/cpu*/cpufreq/scaling_governor",
    )


def turbo(machine: Machine) -> Judgement:
    if machine.turbo is None:
        return not_known("this system does not tell; few virtual machines do")
    if not machine.turbo:
        return fine("off")
    return spoils_some(
        "on",
        "cores slow down as they grow warm and as others wake, so that later trials look slower",
        f"echo 1 | sudo tee {SYSFS}/intel_pstate/no_turbo || echo 0 | sudo tee {SYSFS}/cpufreq/boost",
    )


def others(machine: Machine) -> Judgement:
    """Whoever else computes now."""
    share = machine.second.others_share
    if share is None:
        return not_known("this system counts no processor time")
    busiest = machine.second.busiest[:NAMED]
    names = ", ".join(f"{process.name} {process.pid} ({process.cpu_share:.2f} cores)" for process in busiest)
    found = f"{units.percent(share)} of the cores" + (f": {names}" if names else "")
    suspect, invalid = TAKEN
    if share <= suspect:
        return fine(found)
    pids = ",".join(str(process.pid) for process in busiest)
    shown = f"ps -fp {pids}" if pids else "ps -eo pid,pcpu,args --sort=-pcpu | head"
    mend = f"{shown}  # then wait for them, or end those that are yours"
    effect = "they take the cores from server and load, now from one target and now from another"
    return (spoils_all if share > invalid else spoils_some)(found, effect, mend)


def load_average(machine: Machine) -> Judgement:
    """The same over the last minute, which tells of work that comes and goes."""
    if machine.load_average is None:
        return not_known("this system does not tell")
    found = f"{machine.load_average:.2f} over a minute, with {_cores(machine.usable_cores)} usable"
    if machine.load_average <= machine.usable_cores / 2:
        return fine(found)
    return spoils_some(
        found,
        "work that comes and goes takes the cores in some trials and not in others",
        "sleep 60; uptime  # until the first number is below half the cores",
    )


def steal(machine: Machine) -> Judgement:
    share = machine.second.steal_share
    if share is None:
        return not_known("this system does not tell what a hypervisor gives to others")
    found = f"{units.percent(share)} of the cores"
    suspect, invalid = STOLEN
    if share <= suspect:
        return fine(found)
    return (spoils_all if share > invalid else spoils_some)(
        found, "the hypervisor gives others what we want", "run on a quieter host, or on one of your own"
    )


def accounting(machine: Machine) -> Judgement:
    """A sandboxed kernel, such as gVisor, may leave its counters at nothing."""
    if machine.second.counts_processor_time:
        return fine("counted")
    return spoils_some(
        "not counted, as in a sandboxed kernel",
        "all figures of processor use are unknown, and so is whether load or fake were too busy",
        "docker run --runtime=runc ...  # or a virtual machine, instead of gVisor",
    )


def _cores(number: float) -> str:
    return f"{units.significant(number)} core{'' if number == 1 else 's'}"
