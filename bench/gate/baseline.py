"""A gate for services that cannot be built here: against an earlier run, by the ratio to a yardstick in both."""

import time
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import store
from bench.backend import speaks_to_fake
from bench.compare import settings
from bench.compare.read import read
from bench.cores import held_to
from bench.environment import read_environment
from bench.errors import BenchError
from bench.fake import FakeGemini
from bench.gate import folder as results
from bench.gate.blocks import Blocks
from bench.gate.display import Display
from bench.gate.make import NAME, Wanted, carry_out, check_cores
from bench.gate.pairs import blocks_of
from bench.gate.record import BASE, HEAD, YARDSTICK, Arm, Gate
from bench.health import NOBODY
from bench.limits import allow_sessions
from bench.moments import iso
from bench.profile import load_profile
from bench.results import Case, Run, Target, Trial
from bench.run import case_record
from bench.trial import Bench
from loadtests.support.identity import Auth

LEAST_BLOCKS = 6
"""Of a baseline: with fewer its own scatter is not known."""
HOW = "make one with `live-bench run --profile gate --target {yardstick} --target {target}`"


@dataclass(frozen=True)
class Order:
    """A service to hold against what it was."""

    baseline: Path
    target: Target
    yardstick: Target
    wanted: Wanted
    auth: Auth = NOBODY
    """As `bench.run.Order.auth`."""


def make(order: Order, display: Display) -> tuple[Path, Gate]:
    """Measures, stores and draws; gives the folder and what it holds.

    At Ctrl-C what was measured before is kept. Raises BenchError where the baseline is none for this, or a service is
    not to be had.
    """
    began_at, wanted = time.monotonic(), order.wanted
    profile = load_profile(NAME)
    (case,) = profile.case
    before = read(order.baseline)
    trials = earlier_trials(before, order, case_record(case))
    cores = check_cores()
    allow_sessions(case.sessions)
    targets = {YARDSTICK: order.yardstick, HEAD: order.target}
    check_models(targets.values(), order.auth)
    now = datetime.now(UTC)
    folder = store.create(wanted.results, NAME, now)
    gate = Gate(
        id=folder.name,
        started_at=iso(now),
        command=wanted.command,
        kind="baseline",
        target=order.target,
        yardstick=order.yardstick,
        base=Arm(ref=before.id, commit=before.environment.commit, dirty=before.environment.dirty),
        head=Arm(ref="now"),
        seed=wanted.seed,
        case=case_record(case),
        fake_profile=profile.fake_profile,
        environment=read_environment(cores),
        blocks_planned=wanted.blocks,
        accepted=list(wanted.accepted),
        baseline=trials,
    )
    results.write(folder, gate)
    store.point_latest_at(folder)
    logs = folder / "logs"
    elsewhere = all(target.url for target in targets.values())
    with (
        held_to(cores.load),
        nullcontext() if elsewhere else FakeGemini(profile.fake_profile, wanted.seed, logs, cores.load) as fake,
    ):
        bench = Bench(fake, cores, logs, profile.objective_seconds, tags=True, auth=order.auth)
        blocks = Blocks(bench, folder, case, targets, wanted.seed, display.watch)
        return folder, carry_out(gate, blocks, wanted.until(began_at), display)


def check_models(targets: Iterable[Target], auth: Auth) -> None:
    """Raises BenchError for an address that nobody answers at, or that does not say that a fake is behind it.

    How many turns a gate takes is known only when it has come to a decision, so that no cap could be kept.
    """
    for target in targets:
        if not speaks_to_fake(target, allow_real_model=True, auth=auth):
            raise BenchError(
                f"target {target.name!r} does not say that a fake Gemini is behind it, and a gate does not load a real "
                "one: it takes turns until it is sure, and what the model itself does from day to day would be taken "
                "for the server; put a fake behind the service that is gated"
            )


def earlier_trials(before: Run, order: Order, case: Case) -> list[Trial]:
    """The trials of service and yardstick in the baseline, named as arms. Raises BenchError where it is of no use."""
    names = {order.yardstick.name: YARDSTICK, order.target.name: BASE}
    how = HOW.format(yardstick=_as_given(order.yardstick), target=_as_given(order.target))
    if missing := sorted(names.keys() - {target.name for target in before.targets}):
        there = ", ".join(target.name for target in before.targets)
        raise BenchError(f"{order.baseline} has no target {missing[0]!r}, only {there}; {how}")
    _check_workload(before, order, case, how)
    trials = [
        trial.model_copy(update={"target": names[trial.target]})
        for trial in before.trials
        if trial.target in names and trial.scenario == case.scenario and not trial.superseded
    ]
    good = [block for block in blocks_of(trials, YARDSTICK, BASE) if not block.spoiled]
    if len(good) < LEAST_BLOCKS:
        raise BenchError(
            f"{order.baseline} has {len(good)} trials of both {order.target.name} and {order.yardstick.name}, too few "
            f"for a baseline, which takes {LEAST_BLOCKS}; {how}"
        )
    return trials


def _as_given(target: Target) -> str:
    """As `--target` takes it."""
    other = target.url or target.deployment
    return target.name if other in (None, target.name) else f"{target.name}={other}"


def _check_workload(before: Run, order: Order, case: Case, how: str) -> None:
    model = load_profile(NAME).fake_profile
    told = {"cases": [case], "attribution": "tags", "fake_gemini": {**before.fake_gemini, "profile": model}}
    wanted = before.model_copy(update=told)
    if not before.fake_gemini:  # both are addresses, and nobody knows what answers there
        wanted = wanted.model_copy(update={"fake_gemini": {}})
    if differences := settings.workload(before, wanted):
        named = "; ".join(f"{found.setting} {found.base}, here {found.other}" for found in differences)
        raise BenchError(f"{order.baseline} is of another workload ({named}); {how}")
