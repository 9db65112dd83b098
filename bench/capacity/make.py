"""A whole search for capacities: every target searched again and again, stored probe by probe, whatever comes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench import caps, store
from bench.backend import speaks_to_fake
from bench.capacity import folder as results
from bench.capacity.conclude import conclude
from bench.capacity.display import Display
from bench.capacity.pace import Pace, patience_seconds
from bench.capacity.probing import Prober, UsedUp
from bench.capacity.reach import check_first_session, check_objective
from bench.capacity.record import Capacity
from bench.capacity.rounds import carry_out
from bench.capacity.search import Bounds
from bench.caps import NO_CAPS, TurnsLeft
from bench.cores import Cores, held_to, share_out_machine
from bench.crew import Here, check_processes
from bench.elsewhere import Caps
from bench.environment import read_environment
from bench.errors import BenchError
from bench.fake import FakeGemini
from bench.health import NOBODY
from bench.limits import allow_sessions
from bench.moments import iso
from bench.objective import Objective
from bench.results import Target
from bench.trial import Bench
from loadtests.support.identity import Auth

NAME = "capacity"


@dataclass(frozen=True)
class Order:
    """What the user asked for."""

    targets: Sequence[Target]
    objective: Objective
    bounds: Bounds
    repeats: int
    pace: Pace
    seed: int
    processes: int
    fake_profile: str
    results: Path
    command: str
    """The command line, for the reader."""
    allow_real_model: bool = False
    auth: Auth = NOBODY
    """As `bench.run.Order.auth`."""
    caps: Caps = NO_CAPS


def make(order: Order, display: Display) -> tuple[Path, Capacity]:
    """Measures, stores and draws; gives the folder and what it holds.

    At Ctrl-C what was measured before is kept and marked incomplete. Raises BenchError where a target cannot be
    measured at all, or the fake has gone; what was before is kept then too.
    """
    check_processes(order.processes)
    allow_sessions(order.bounds.most)
    # every address is asked
    fakes = [speaks_to_fake(target, order.allow_real_model, order.auth) for target in order.targets]
    tags = all(fakes)
    caps.check_search(order.caps, order.bounds.most, real_model=not tags, workers=Here(order.processes).workers)
    check_objective(order.objective, order.targets, tags)
    cores = share_out_machine()
    now = datetime.now(UTC)
    folder = store.create(order.results, NAME, now)
    capacity = _begin(order, folder.name, now, cores, tags)
    with held_to(cores.load):  # so that looking on takes nothing from the server
        return folder, _with_fake(order, capacity, folder, cores, display)


def _with_fake(order: Order, capacity: Capacity, folder: Path, cores: Cores, display: Display) -> Capacity:
    """Starts the fake where a target of the table needs it, and measures."""
    bench = Bench(
        fake=None,
        cores=cores,
        logs=folder / "logs",
        objective_seconds=patience_seconds(order.objective),
        tags=capacity.attribution == "tags",
        crew=Here(order.processes),
        auth=order.auth,
    )
    if all(target.url for target in order.targets):
        return _measure(order, capacity, folder, bench, display)
    with FakeGemini(order.fake_profile, order.seed, bench.logs, cores.load) as fake:
        model = {"profile": order.fake_profile, "seed": order.seed}
        capacity = capacity.model_copy(update={"fake_gemini": model})
        return _measure(order, capacity, folder, replace(bench, fake=fake), display)


def _measure(order: Order, capacity: Capacity, folder: Path, bench: Bench, display: Display) -> Capacity:
    results.write(folder, capacity)
    for target in order.targets:
        check_first_session(target, bench)
    left = TurnsLeft(order.caps)
    prober = Prober(bench, folder, order.objective, order.pace, order.seed, display.watch, left)
    display.begin(capacity, order.pace, order.objective)
    try:
        for grown in carry_out(capacity, prober):
            capacity = _counted(grown, left)
            results.write(folder, capacity)
            display.show(capacity)
        capacity = capacity.model_copy(update={"complete": True})
    except KeyboardInterrupt:
        display.say("ended by hand")
    except UsedUp:
        display.say(left.because)
        capacity = capacity.model_copy(update={"ended_because": left.because})
    except BenchError as error:
        _keep(folder, _counted(capacity, left))
        before = f"; {folder} holds what was measured before" if capacity.probes else ""
        raise BenchError(f"{error}{before}") from error
    return _keep(folder, _counted(capacity, left))


def _counted(capacity: Capacity, left: TurnsLeft) -> Capacity:
    """With the turns begun so far, where they are counted."""
    return capacity if left.caps == NO_CAPS else capacity.model_copy(update={"caps": left.caps})


def _keep(folder: Path, capacity: Capacity) -> Capacity:
    """Draws the conclusions from what there is, stores them and what people look at."""
    capacity = conclude(capacity.model_copy(update={"finished_at": iso(datetime.now(UTC))}))
    results.write(folder, capacity)
    results.draw(folder, capacity)
    return capacity


def _begin(order: Order, name: str, now: datetime, cores: Cores, tags: bool) -> Capacity:
    return Capacity(
        id=name,
        started_at=iso(now),
        complete=False,
        command=order.command,
        seed=order.seed,
        objective=order.objective.text,
        patience_seconds=patience_seconds(order.objective),
        start=order.bounds.start,
        most=order.bounds.most,
        precision=order.bounds.precision,
        repeats=order.repeats,
        think_seconds=order.pace.think_seconds,
        processes=order.processes,
        probe_seconds=order.pace.probe_seconds,
        confirm_seconds=order.pace.confirm_seconds,
        environment=read_environment(cores),
        attribution="tags" if tags else "protocol",
        targets=list(order.targets),
    )
