"""Made-up gates against a baseline: a service and a yardstick, of which it is known how they were and how they are."""

from collections.abc import Mapping, Sequence
from math import exp
from random import Random

from made_up import FLASK, run, trial
from made_up_gate import USUAL, Change, as_it_is, begun

from bench.gate.conclude import conclude
from bench.gate.record import BASE, HEAD, YARDSTICK, Arm, Gate, Looked
from bench.gate.rule import ALPHA, Look
from bench.profile import load_profile
from bench.results import Run, Target, Trial
from bench.run import case_record

SERVICE = Target(
    name="chat", style="unknown", label="chat at example.com", colour="#009E73", url="wss://chat.example.com"
)
YARDSTICK_TIMES = 2.5
CASE = case_record(load_profile("gate").case[0])


def measured(
    target: str, block: int, ratios: Mapping[str, float], noise: float = 0.03, day: float = 1.0, seed: int = 0
) -> Trial:
    """`ratios` maps 'metric statistic' to how much larger it is than usual; `day` is how slow the machine is. A
    yardstick takes `YARDSTICK_TIMES` as much."""
    dice = Random(f"{target} {block} {seed}")
    times = YARDSTICK_TIMES if target in (YARDSTICK, FLASK.name) else 1.0
    numbers = {
        name: times
        * value
        * (1.0 if name.startswith("memory") else day)
        * exp(dice.gauss(0, noise))
        * ratios.get(name, 1.0)
        for name, value in USUAL.items()
    }
    return trial(target, "interruption", 40, block, numbers=numbers, order=block)


def made_against(
    ratios: Mapping[str, float] | None = None,
    blocks: int = 20,
    noise: float = 0.03,
    day: float = 1.0,
    change: Change = as_it_is,
    before: Sequence[Trial] | None = None,
    **fields,
) -> Gate:
    """The whole record, looked at once; `day` is how much slower the machine is now."""
    now = [
        change(measured(arm, block, (ratios or {}) if arm == HEAD else {}, noise, day, seed=1))
        for block in range(1, blocks + 1)
        for arm in (YARDSTICK, HEAD)
    ]
    then = [measured(arm, block, {}, noise) for block in range(1, 21) for arm in (YARDSTICK, BASE)]
    usual = {
        "kind": "baseline", "target": SERVICE, "yardstick": FLASK, "head": Arm(ref="now"),
        "base": Arm(ref="2026-01-01T00-00-00Z-gate", commit="0123456789" * 4), "complete": True,
        "looks": [Looked(blocks=blocks, alpha=ALPHA)], "trials": now,
        "baseline": then if before is None else list(before), "command": "live-bench gate --baseline then",
    }  # fmt: skip
    return conclude(begun(**{**usual, **fields}), Look(blocks, ALPHA))


def earlier_run(blocks: int = 20, change: Change = as_it_is, noise: float = 0.03, **fields) -> Run:
    """A run of the profile `gate` that measured both."""
    trials = [
        change(measured(name, block, {}, noise)) for block in range(1, blocks + 1) for name in ("flask", SERVICE.name)
    ]
    usual = {
        "id": "2026-01-01T00-00-00Z-gate", "profile": "gate", "targets": (FLASK, SERVICE), "cases": [CASE],
        "fake_gemini": {"profile": "brisk"},
    }  # fmt: skip
    return run(*trials, **{**usual, **fields})
