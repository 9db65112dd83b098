"""From what one server holds to instances and money, every step written down. Pure.

What the platform does is that of Cloud Run: an instance is sent at most `concurrency` requests at a time, of which a
WebSocket is one for as long as it is open; 1,000 is the most that may be set, and 1 with less than one vCPU; the
autoscaler keeps 60 % of it in use.
Sources: its documentation of concurrency, of instance autoscaling, and of memory limits.
"""

from dataclasses import dataclass
from math import ceil

from bench import units
from bench.capacity.record import Capacity
from bench.objective import Objective
from bench.results import Target
from bench.size.holding import Holding, holding
from bench.size.prices import Prices
from bench.size.record import Sized
from bench.size.shape import CONCURRENCY_BELOW_ONE_VCPU, check_shape, comes_with_memory, least_memory_gib
from bench.size.words import tiny
from bench.validity import is_usable

SPARE_THREADS = 4
"""Of a server with a thread for each session: for the page, for health checks, and for whoever is just leaving."""
MOST_CONCURRENCY = 1000
MEMORY_HEADROOM = 1.5
MEMORY_STEP_GIB = 0.25
GIB = 2**30


@dataclass(frozen=True)
class Demand:
    """What is asked for."""

    users: int
    utilization: float
    objective: Objective
    vcpus: float | None = None
    """Of an instance; None for as many cores as the server was held to when it was measured, or 1."""
    memory_gib: float | None = None
    """None for what was measured."""
    prices: Prices | None = None


def size(capacity: Capacity, target: Target, demand: Demand) -> Sized:
    """Raises BenchError where nothing is known of what the target holds, or there is no such instance to hold it."""
    held = holding(capacity, target.name, demand.objective)
    reasoning = [f"one server: {held.how}{', and may hold more' if held.at_least else ''}"]
    measured_vcpus = _measured_vcpus(capacity, target)
    vcpus = _vcpus(capacity, measured_vcpus, demand, reasoning)
    concurrency = _concurrency(held, target, vcpus, measured_vcpus, reasoning)
    usual = max(1, int(concurrency * demand.utilization + 1e-9)) if concurrency else 0
    instances = ceil(demand.users / usual) if usual else None
    reasoning.append(_instances_said(demand, concurrency, usual, instances))
    memory_gib = _memory_gib(capacity, target, held, demand, vcpus, reasoning)
    check_shape(target.name, vcpus, memory_gib)
    cost = _cost_per_hour(demand, instances, vcpus, memory_gib, reasoning)
    return Sized(
        target=target.name,
        held=held.sessions,
        at_least=held.at_least,
        concurrency=concurrency,
        usual_sessions=usual,
        instances=instances,
        vcpus=vcpus,
        memory_gib=memory_gib,
        cost_per_hour=cost,
        cost_per_thousand_session_hours=None if cost is None else 1000 * cost / demand.users,
        reasoning=reasoning,
    )


def _concurrency(
    held: Holding, target: Target, vcpus: float, measured_vcpus: float | None, reasoning: list[str]
) -> int:
    limits = {held.sessions: "what it holds"}
    if measured_vcpus is not None and vcpus < measured_vcpus:
        share = int(held.sessions * vcpus / measured_vcpus + 1e-9)
        limits[share] = f"what it holds with {measured_vcpus:g} vCPU, in proportion"
    if target.threads is not None:
        limits[max(0, target.threads - SPARE_THREADS)] = f"its {target.threads} threads less {SPARE_THREADS} to spare"
    limits[MOST_CONCURRENCY] = "the most that may be set"
    if vcpus < 1:
        limits[CONCURRENCY_BELOW_ONE_VCPU] = "as the platform has it for less than 1 vCPU"
    concurrency = min(limits)
    reasoning.append(f"concurrency setting: {concurrency}, {limits[concurrency]}")
    return concurrency


def _instances_said(demand: Demand, concurrency: int, usual: int, instances: int | None) -> str:
    if instances is None:
        return "no number of instances would do"
    shared = "" if demand.utilization == 1 else f", {units.percent(demand.utilization)} of {concurrency},"
    return (
        f"{units.people(demand.users)} at {usual} for each instance{shared} "
        f"{'takes' if demand.users == 1 else 'take'} {units.instances(instances)}"
    )


def _measured_vcpus(capacity: Capacity, target: Target) -> float | None:
    """What it was held to; None where nobody here knows what it ran on."""
    cores = capacity.environment.pinning.get("server", [])
    return None if target.url is not None or not cores else float(len(cores))


def _vcpus(capacity: Capacity, measured_vcpus: float | None, demand: Demand, reasoning: list[str]) -> float:
    if demand.vcpus is not None:
        reasoning.append(f"processor: {demand.vcpus:g} vCPU, as asked for{_beside(demand.vcpus, measured_vcpus)}")
        return demand.vcpus
    if measured_vcpus is None:
        reasoning.append("processor: taken for 1 vCPU, as nobody here knows what it ran on; --vcpus says otherwise")
        return 1.0
    reasoning.append(
        f"processor: {measured_vcpus:g} vCPU, for it was held to so many cores of {capacity.environment.cpu_model}; "
        "one of the platform may be slower"
    )
    return measured_vcpus


def _beside(vcpus: float, measured_vcpus: float | None) -> str:
    """What an instance of another size than was measured may be counted on for, as the end of a sentence."""
    if measured_vcpus is None:
        return "; nobody here knows whether what it holds was measured on so many"
    if vcpus > measured_vcpus:
        return f"; what it holds was measured with {measured_vcpus:g}, and no more is counted on"
    if vcpus < measured_vcpus:
        return f"; what it holds was measured with {measured_vcpus:g}, and no more than a share of it is counted on"
    return ""


def _memory_gib(
    capacity: Capacity, target: Target, held: Holding, demand: Demand, vcpus: float, reasoning: list[str]
) -> float | None:
    if demand.memory_gib is not None:
        reasoning.append(f"memory: {demand.memory_gib:g} GiB, as asked for")
        return demand.memory_gib
    found = [
        probe.trial.resources["memory_bytes"]
        for probe in capacity.probes
        if probe.target == target.name and probe.sessions <= held.sessions and is_usable(probe.trial)
        if "memory_bytes" in probe.trial.resources
    ]
    if not found:
        reasoning.append("memory: not known, for nobody watched it; say it with --memory-gib")
        return None
    steps = ceil(max(found) * MEMORY_HEADROOM / GIB / MEMORY_STEP_GIB - 1e-9)
    least_gib = least_memory_gib(vcpus)
    memory_gib = max(least_gib, steps * MEMORY_STEP_GIB)
    least = f", and {vcpus:g} vCPU come with {least_gib:g} GiB at least" if comes_with_memory(vcpus) else ""
    reasoning.append(
        f"memory: {memory_gib:g} GiB, for it was {units.size(max(found))} at most, and half as much again is kept free"
        f"{least}"
    )
    return memory_gib


def _cost_per_hour(
    demand: Demand, instances: int | None, vcpus: float, memory_gib: float | None, reasoning: list[str]
) -> float | None:
    prices = demand.prices
    if prices is None or instances is None or memory_gib is None:
        return None
    hour = prices.instance_hour(vcpus, memory_gib)
    reasoning.append(
        f"money: an instance with an open WebSocket is billed all the time, {hour:.4f} {prices.currency} an hour "
        f"(3,600 s x ({vcpus:g} vCPU x {tiny(prices.vcpu_second)} + {memory_gib:g} GiB x "
        f"{tiny(prices.memory_gib_second)}))"
    )
    return instances * hour
