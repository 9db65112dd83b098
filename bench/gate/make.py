"""A whole gate: two revisions, each checked out with its own packages, measured block by block and judged."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import store
from bench.cores import Cores, held_to, share_out_machine
from bench.environment import read_environment
from bench.errors import BenchError
from bench.fake import FakeGemini
from bench.gate import folder as results
from bench.gate.blocks import Blocks
from bench.gate.conclude import judge
from bench.gate.display import Display
from bench.gate.environments import environment_for, packages_of
from bench.gate.git import running_project
from bench.gate.measure import Until, grow
from bench.gate.record import BASE, HEAD, Arm, Gate
from bench.gate.revisions import Revision, checked_out
from bench.installation import Installation
from bench.limits import allow_sessions
from bench.moments import iso
from bench.profile import Profile, load_profile
from bench.results import Target
from bench.run import case_record
from bench.signals import undisturbed
from bench.trial import Bench

NAME = "gate"

CORES = 2
"""With fewer the server and what measures it rob each other, and nothing can be told of either."""

Packages = dict[str, tuple[str | None, str | None]]
"""Name to both versions, base and head, of packages in which two environments differ; None where it is missing."""


@dataclass(frozen=True)
class Wanted:
    """What the user asked for of any gate."""

    blocks: int
    max_seconds: float | None
    accepted: Sequence[str]
    seed: int
    results: Path
    command: str
    """The command line, for the reader."""

    def until(self, began_at: float) -> Until:
        """When to end, of a gate that began at a moment of the monotonic clock."""
        return Until(self.blocks, None if self.max_seconds is None else began_at + self.max_seconds)


@dataclass(frozen=True)
class Order:
    """Two revisions to compare."""

    base: str
    head: str
    same: bool
    """Whether a revision is to be compared with itself."""
    target: Target
    wanted: Wanted


def make(order: Order, display: Display) -> tuple[Path, Gate]:
    """Measures, stores and draws; gives the folder and what it holds.

    At Ctrl-C what was measured before is kept. Raises BenchError where a revision is not to be had, or not to be
    measured.
    """
    began_at, wanted = time.monotonic(), order.wanted
    profile = load_profile(NAME)
    (case,) = profile.case
    cores = check_cores()
    allow_sessions(case.sessions)
    with _arms(order, display) as (arms, installations, packages):
        now = datetime.now(UTC)
        folder = store.create(wanted.results, NAME, now)
        gate = Gate(
            id=folder.name,
            started_at=iso(now),
            command=wanted.command,
            kind="same" if order.same else "revisions",
            target=order.target,
            base=arms[BASE],
            head=arms[HEAD],
            packages=packages,
            seed=wanted.seed,
            case=case_record(case),
            fake_profile=profile.fake_profile,
            environment=read_environment(cores),
            blocks_planned=wanted.blocks,
            accepted=list(wanted.accepted),
        )
        results.write(folder, gate)
        store.point_latest_at(folder)
        with measuring(profile, wanted.seed, folder, cores, installations) as bench:
            targets = dict.fromkeys((BASE, HEAD), order.target)
            blocks = Blocks(bench, folder, case, targets, wanted.seed, display.watch)
            return folder, carry_out(gate, blocks, wanted.until(began_at), display)


def carry_out(gate: Gate, blocks: Blocks, until: Until, display: Display) -> Gate:
    """Measures and stores, and at the end, whatever that is, draws."""
    display.begin()
    try:
        for grown in grow(gate, blocks, until):
            gate = grown
            results.write(blocks.folder, gate)
            display.show(gate)
    except KeyboardInterrupt:
        display.say("ended by hand")
    finally:
        with undisturbed():  # what was measured to the end is not to lack its page for a Ctrl-C
            gate = judge(gate.model_copy(update={"finished_at": iso(datetime.now(UTC))}))
            results.write(blocks.folder, gate)
            results.draw(blocks.folder, gate)
    return gate


def check_cores() -> Cores:
    """The machine's, shared out. Raises BenchError where it has too few."""
    cores = share_out_machine()
    if not cores.pinned:
        raise BenchError(f"a gate takes {CORES} cores, one for the server alone: use a machine that has them")
    return cores


@contextmanager
def measuring(
    profile: Profile, seed: int, folder: Path, cores: Cores, installations: Mapping[str, Installation]
) -> Iterator[Bench]:
    """What all trials share, the fake Gemini included."""
    logs = folder / "logs"
    with held_to(cores.load), FakeGemini(profile.fake_profile, seed, logs, cores.load) as fake:
        yield Bench(fake, cores, logs, profile.objective_seconds, tags=True, installations=installations)


@contextmanager
def _arms(order: Order, display: Display) -> Iterator[tuple[dict[str, Arm], dict[str, Installation], Packages]]:
    folder = Path(tempfile.gettempdir())
    with checked_out(order.base, order.head, running_project(), folder, same=order.same) as (base, head):
        revisions = {BASE: base, HEAD: head}
        pythons = {arm: environment_for(revision.lock, display.say) for arm, revision in revisions.items()}
        yield (
            {arm: _arm(revision) for arm, revision in revisions.items()},
            {arm: Installation(revision.tree, pythons[arm]) for arm, revision in revisions.items()},
            differing(*(packages_of(pythons[arm]) for arm in (BASE, HEAD))),
        )


def _arm(revision: Revision) -> Arm:
    return Arm(ref=revision.ref, commit=revision.commit, dirty=revision.dirty, build=revision.build)


def differing(base: Mapping[str, str], head: Mapping[str, str]) -> Packages:
    """Of two environments, each a name to a version."""
    names = sorted(base.keys() | head.keys())
    return {name: (base.get(name), head.get(name)) for name in names if base.get(name) != head.get(name)}
