"""Made-up gates: servers of which it is known how much worse the head is."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp
from pathlib import Path

from made_up import QUART, trial
from made_up_certificate import ENVIRONMENT

from bench.gate.blocks import WARM_UP
from bench.gate.conclude import conclude
from bench.gate.record import BASE, HEAD, Arm, Gate, Looked
from bench.gate.rule import ALPHA, Look
from bench.profile import load_profile
from bench.results import Reason, Trial, Turns
from bench.run import case_record

CPU, MEMORY = "cpu_seconds_per_turn value", "memory_bytes_per_session value"
TTFT, LATE_TTFT, STOP = "ttft_added_seconds p50", "ttft_added_seconds p95", "stop_seconds p50"
USUAL: Mapping[str, float] = {CPU: 0.005, MEMORY: 150_000.0, TTFT: 0.02, LATE_TTFT: 0.05, STOP: 0.4}
"""Large enough that the margins count and not the floors."""
BUILDS = {BASE: "aaaa1111", HEAD: "bbbb2222"}
NOISY = Reason(check="CPU steal", verdict="INVALID", message="the hypervisor gave others what the cores in use wanted")
DOUBT = Reason(check="schedule", verdict="SUSPECT", message="turns were set about late")
DIED = Reason(check="server died", verdict="INVALID", message="head died under load: exit code 1; see its log")
CROSS_TALK = Reason(check="cross-talk", verdict="INVALID", message="head sent 3 chunks to people they were not for")

Change = Callable[[Trial], Trial]
"""What befalls a trial; most give it back as it is."""


def as_it_is(measured: Trial) -> Trial:
    return measured


def to(arm: str, blocks: Sequence[int] | range, **update: object) -> Change:
    """One that sets fields of the trials of an arm in some blocks."""

    def change(measured: Trial) -> Trial:
        hit = measured.target == arm and measured.trial in blocks
        return measured.model_copy(update=update) if hit else measured

    return change


def losing(count: int, arm: str = HEAD, blocks: Sequence[int] | range = range(1, 99)) -> Change:
    return to(arm, blocks, turns=Turns(ok=50 - count, failed=count), failures={"lost_chunk": count})


def spoiled(blocks: Sequence[int] | range, arm: str = HEAD) -> Change:
    return to(arm, blocks, reasons=[NOISY])


def without(name: str, blocks: Sequence[int] | range = range(1, 99), arms: Sequence[str] = (BASE, HEAD)) -> Change:
    """A metric that the trials have no value of."""
    metric = name.split()[0]

    def change(measured: Trial) -> Trial:
        if measured.target not in arms or measured.trial not in blocks:
            return measured
        kept = {key: value for key, value in measured.metrics.items() if key != metric}
        return measured.model_copy(update={"metrics": kept})

    return change


def arm_trial(arm: str, block: int, ratios: Mapping[str, float], noise: float = 0.03, order: int = 1) -> Trial:
    """`ratios` maps 'metric statistic' to head / base. `noise` is what a block is off by, as a logarithm.

    The next block is off by as much the other way: over an even number of them the ratios come out as they are given.
    """
    dice = random.Random((block + 1) // 2)
    way = (1 if block % 2 else -1) * (0.5 if arm == HEAD else -0.5)
    numbers = {
        name: value * exp(way * dice.gauss(0, noise)) * (ratios.get(name, 1.0) if arm == HEAD else 1.0)
        for name, value in USUAL.items()
    }
    return trial(arm, "interruption", 40, block, numbers=numbers, order=order, build=BUILDS[arm])


def begun(**fields) -> Gate:
    """The record before its first block."""
    profile = load_profile("gate")
    usual = {
        "id": "made-up", "started_at": "2026-01-02T03:04:05Z", "command": "live-bench gate --base main", "seed": 1,
        "kind": "revisions", "target": QUART, "case": case_record(profile.case[0]), "fake_profile": "brisk",
        "base": Arm(ref="main", commit="0123456789" * 4, build=BUILDS[BASE]),
        "head": Arm(ref="HEAD", commit="9876543210" * 4, build=BUILDS[HEAD]),
        "environment": ENVIRONMENT, "blocks_planned": 20,
    }  # fmt: skip
    return Gate(**{**usual, **fields})


def made(
    ratios: Mapping[str, float] | None = None,
    blocks: int = 20,
    noise: float = 0.03,
    change: Change = as_it_is,
    **fields,
) -> Gate:
    """The whole record, looked at once."""
    trials = [
        change(arm_trial(arm, block, ratios or {}, noise, 2 * block + place))
        for block in range(1, blocks + 1)
        for place, arm in enumerate((BASE, HEAD))
    ]
    looks = [Looked(blocks=blocks, alpha=ALPHA)]
    whole = begun(**{"trials": trials, "looks": looks, "complete": True, **fields})
    return conclude(whole, Look(blocks, ALPHA))


@dataclass
class MadeUpBlocks:
    """Stands in for what takes time."""

    folder: Path = Path()
    ratios: Mapping[str, float] = field(default_factory=dict)
    noise: float = 0.03
    change: Change = as_it_is
    ends: Mapping[int, BaseException] = field(default_factory=dict)
    """What is raised instead of measuring, by the number of the block."""
    orders: list[tuple[int, list[str]]] = field(default_factory=list)
    """Of the blocks so far."""

    def measure(self, block: int, order: Sequence[str]) -> list[Trial]:
        self.orders.append((block, list(order)))
        if block in self.ends:
            raise self.ends[block]
        return [self.change(arm_trial(arm, block, self.ratios, self.noise)) for arm in order]

    @property
    def measured(self) -> list[int]:
        return [block for block, _ in self.orders if block != WARM_UP]


def verdicts(gate: Gate) -> dict[str, str]:
    """Of each metric by its name on the command line."""
    return {decided.name: decided.verdict for decided in gate.decisions}


def last(gates: Iterator[Gate]) -> Gate:
    """What a gate that grows comes to."""
    *_, gate = gates
    return gate
