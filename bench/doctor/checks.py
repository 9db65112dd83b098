"""The table of what is looked at, and what comes of it. To add a check, add an entry to `CHECKS`. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.doctor import network, processor, system
from bench.doctor.judgement import WORST_FIRST, Judgement, Verdict
from bench.doctor.machine import Machine

CHECKS: Mapping[str, Callable[[Machine], Judgement]] = {
    "cores": processor.cores,
    "physical cores": processor.physical_cores,
    "CPU quota": processor.quota,
    "other processes": processor.others,
    "load average": processor.load_average,
    "CPU steal": processor.steal,
    "processes of a run": system.leftovers,
    "descriptor limit": system.descriptors,
    "memory": system.memory,
    "swap": system.swap,
    "kernel stamps": network.kernel_stamps,
    "clock source": system.clock_source,
    "clock steps": system.clock_steps,
    "CPU governor": processor.governor,
    "turbo": processor.turbo,
    "CPU accounting": processor.accounting,
    "outgoing ports": network.ephemeral_ports,
    "listen backlog": network.backlog,
    "ports": network.ports,
}


@dataclass(frozen=True)
class Looked:
    """What one check says."""

    check: str
    judgement: Judgement

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict


def examine(machine: Machine) -> list[Looked]:
    """What each check says, worst first, and otherwise in the order of the table."""
    looked = [Looked(check, judge(machine)) for check, judge in CHECKS.items()]
    return sorted(looked, key=lambda one: WORST_FIRST.index(one.verdict))


def will_do(looked: Sequence[Looked]) -> bool:
    """Whether nothing spoils all measurements."""
    return not _with("spoils all", looked)


def sentence(looked: Sequence[Looked]) -> str:
    """The verdict over all checks."""
    worst, some, unknown = (_with(verdict, looked) for verdict in ("spoils all", "spoils some", "not known"))
    if worst:
        said = f"This machine will not do: {_things(worst)} {_spoil(worst)} all measurements ({', '.join(worst)})"
    elif some:
        said = "This machine will do: nothing that would spoil all measurements was found"
    else:
        said = "This machine will do: nothing that would spoil a measurement was found"
    if some:
        said += f"; {_things(some)} {_spoil(some)} some or {'makes' if len(some) == 1 else 'make'} them noisier"
        said += f" ({', '.join(some)})"
    if unknown:
        said += f"; {_things(unknown)} {'is' if len(unknown) == 1 else 'are'} not known here ({', '.join(unknown)})"
    return f"{said}."


def _with(verdict: Verdict, looked: Sequence[Looked]) -> list[str]:
    return [one.check for one in looked if one.verdict == verdict]


def _things(names: Sequence[str]) -> str:
    return "1 thing" if len(names) == 1 else f"{len(names)} things"


def _spoil(names: Sequence[str]) -> str:
    return "spoils" if len(names) == 1 else "spoil"
