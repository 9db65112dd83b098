"""Made-up self-tests: what each fault does to the numbers of a server is known."""

from collections.abc import Mapping, Sequence
from math import exp
from random import Random

from made_up import QUART, trial
from made_up_certificate import ENVIRONMENT
from made_up_gate import BUILDS, CPU, LATE_TTFT, MEMORY, TTFT, USUAL, Change, as_it_is, losing

from bench.gate.record import BASE, HEAD, Arm
from bench.profile import load_profile
from bench.results import Trial
from bench.run import case_record
from bench.selftest.faults import BLIND, FAULTS, SAME
from bench.selftest.judge import judge
from bench.selftest.record import SelfTest

CHUNK = "cpu_seconds_per_chunk value"
FOUND: Mapping[str, Mapping[str, float]] = {
    SAME: {}, "cpu": {CPU: 1.3, TTFT: 1.12}, "sleep": {TTFT: 1.8, LATE_TTFT: 1.6}, "memory": {MEMORY: 1.5}, "drop": {},
}  # fmt: skip
"""By what factor each fault shows in which metric."""
INJECTED = {"cpu": "cpu=150us", "sleep": "sleep=3ms", "memory": "memory=75kB", "drop": "drop=50"}
ARMS = (BASE, *(fault.name for fault in FAULTS))


def arm_trial(arm: str, block: int, ratios: Mapping[str, float], noise: float = 0.02) -> Trial:
    dice = Random(f"{arm} {block}")
    numbers = {name: value * exp(dice.gauss(0, noise)) * ratios.get(name, 1.0) for name, value in USUAL.items()}
    build = BUILDS[BASE if arm in (BASE, BLIND) else HEAD]
    measured = trial(
        arm, "interruption", 40, block, numbers={CHUNK: 0.0005, **numbers}, build=build, injected=INJECTED.get(arm, "")
    )
    return losing(2, arm="drop")(measured)


def block_of(block: int, arms: Sequence[str] = ARMS, change: Change = as_it_is, found=FOUND, noise=0.02) -> list[Trial]:
    return [change(arm_trial(arm, block, found.get(arm, {}), noise)) for arm in arms]


def begun(**fields) -> SelfTest:
    """The record before its first block."""
    profile = load_profile("gate")
    usual = {
        "id": "made-up", "started_at": "2026-01-02T03:04:05Z", "command": "live-bench selftest", "seed": 1,
        "target": QUART, "case": case_record(profile.case[0]), "fake_profile": "brisk",
        "base": Arm(ref=BASE, build=BUILDS[BASE]), "head": Arm(ref=HEAD, build=BUILDS[HEAD]),
        "environment": ENVIRONMENT, "blocks_planned": 10,
    }  # fmt: skip
    return SelfTest(**{**usual, **fields})


def made(blocks: int = 10, change: Change = as_it_is, found=FOUND, noise: float = 0.02, **fields) -> SelfTest:
    """The whole record; green, unless told otherwise."""
    trials = [trial for block in range(1, blocks + 1) for trial in block_of(block, ARMS, change, found, noise)]
    trials += block_of(blocks + 1, [BASE, BLIND], change)
    return judge(begun(**{"trials": trials, "complete": True, **fields}))


def without_fault(name: str) -> Mapping[str, Mapping[str, float]]:
    """As if a fault did nothing."""
    return {**FOUND, name: {}}


def wrong(test: SelfTest) -> list[str]:
    return [check.fault for check in test.checks if not check.proved]
