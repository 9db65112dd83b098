"""A whole self-test: base and every fault measured in blocks, and each fault judged as a gate would."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import servers
from bench import store
from bench.environment import read_environment
from bench.gate.blocks import WARM_UP, Blocks, orders
from bench.gate.make import check_cores, measuring
from bench.gate.record import BASE, HEAD, Arm
from bench.installation import Installation
from bench.limits import allow_sessions
from bench.moments import iso
from bench.profile import load_profile
from bench.results import Target, Trial
from bench.run import case_record
from bench.selftest import folder as results
from bench.selftest.display import Display
from bench.selftest.faults import BLIND, FAULTS
from bench.selftest.judge import judge, missing_blocks
from bench.selftest.record import SelfTest
from servers.injection import VARIABLE
from servers.settings import build_of

NAME, PROFILE = "selftest", "gate"
WINDOW_SECONDS = 3.0
"""Shorter than a gate's: there are three times as many servers to measure, and what is wrong with them is plain."""
SERVERS = Path(servers.__file__).parent
MOST_BLOCKS = 1.5
"""Times the blocks planned: so many are measured at most, where the machine spoils some."""
BLIND_TRIES = 3
"""How often the blind gate is measured at most, where a server does not start: one that never ran has no build."""
WARM_UPS = 3
"""Trials of the base, of which the median says what its faults are shares of."""
ANOTHER_BUILD = "\n# another build of the same code\n"


@dataclass(frozen=True)
class Order:
    """What the user asked for."""

    target: Target
    blocks: int
    seed: int
    results: Path
    command: str


def make(order: Order, display: Display) -> tuple[Path, SelfTest]:
    """Measures, stores and draws; gives the folder and what it holds.

    At Ctrl-C what was measured before is kept. Raises BenchError where a server does not start.
    """
    profile = load_profile(PROFILE)
    case = profile.case[0].model_copy(update={"window_seconds": WINDOW_SECONDS})
    cores = check_cores()
    allow_sessions(case.sessions)
    now = datetime.now(UTC)
    folder = store.create(order.results, NAME, now)
    with two_builds() as (base, head):
        test = SelfTest(
            id=folder.name,
            started_at=iso(now),
            command=order.command,
            target=order.target,
            base=Arm(ref=BASE, build=build_of(base / SERVERS.name)),
            head=Arm(ref=HEAD, build=build_of(head / SERVERS.name)),
            seed=order.seed,
            case=case_record(case),
            fake_profile=profile.fake_profile,
            environment=read_environment(cores),
            blocks_planned=order.blocks,
        )
        results.write(folder, test)
        with measuring(profile, order.seed, folder, cores, {BASE: Installation(base, Path(sys.executable))}) as bench:
            blocks = Blocks(bench, folder, case, {BASE: order.target}, order.seed, display.watch)
            return folder, _carry_out(test, blocks, base, head, display)


def _carry_out(test: SelfTest, blocks: Blocks, base: Path, head: Path, display: Display) -> SelfTest:
    try:
        for trials in _measure(test, blocks, base, head):
            test = test.model_copy(update={"trials": [*test.trials, *trials]})
            results.write(blocks.folder, test)
            display.show(test)
        test = test.model_copy(update={"complete": True})
    except KeyboardInterrupt:
        display.say("ended by hand")
    finally:
        test = judge(test.model_copy(update={"finished_at": iso(datetime.now(UTC))}))
        results.write(blocks.folder, test)
    results.draw(blocks.folder, test)
    return test


def _measure(test: SelfTest, blocks: Blocks, base: Path, head: Path) -> Iterator[Sequence[Trial]]:
    """Block by block, after a warm-up that says how large the faults have to be."""
    blocks = with_faults(blocks, blocks.measure(WARM_UP, [BASE] * WARM_UPS), base, head)
    order = orders([BASE, *(fault.name for fault in FAULTS)], test.seed)
    trials: list[Trial] = []
    number = 0
    while missing_blocks(trials, test.blocks_planned) and number < MOST_BLOCKS * test.blocks_planned:
        number += 1
        measured = blocks.measure(number, next(order))
        trials += measured
        yield measured
    for blind in range(number + 1, number + 1 + BLIND_TRIES):
        yield (measured := blocks.measure(blind, [BASE, BLIND]))
        if all(trial.window_seconds > 0 for trial in measured):
            return


def with_faults(blocks: Blocks, usual: Sequence[Trial], base: Path, head: Path) -> Blocks:
    """Every fault is put into the head's tree; the blind one is served from the base's, as a broken gate would."""
    python = Path(sys.executable)
    installations = {BASE: Installation(base, python), BLIND: Installation(base, python)}
    for fault in FAULTS:
        injected = fault.injected(usual)
        installations[fault.name] = Installation(head, python, {VARIABLE: injected} if injected else {})
    targets: Mapping[str, Target] = dict.fromkeys(installations, blocks.targets[BASE])
    return replace(blocks, bench=replace(blocks.bench, installations=installations), targets=targets)


@contextmanager
def two_builds() -> Iterator[tuple[Path, Path]]:
    """The servers that are running, copied twice: the same code, but one calls itself another build."""
    with tempfile.TemporaryDirectory(prefix="live-bench-selftest-") as folder:
        trees = Path(folder) / "base", Path(folder) / "head"
        for tree in trees:
            shutil.copytree(SERVERS, tree / SERVERS.name, ignore=shutil.ignore_patterns("__pycache__"))
        with (trees[1] / SERVERS.name / "packets.py").open("a", encoding="utf-8") as file:
            file.write(ANOTHER_BUILD)
        yield trees
