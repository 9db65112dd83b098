"""One server under load for as long as was asked for, looked at before, meanwhile and after."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.chat_server import free_port, launch, open_first_session, wait_until_ready
from bench.errors import BenchError
from bench.fake import FakeGemini
from bench.following import Followed, follow
from bench.load import SOME_TURNS_FAILED, Load
from bench.plan import Planned
from bench.processes import Command
from bench.profile import CasePlan
from bench.soak.looking import look_at
from bench.soak.record import Look, Soaked
from servers.deployments import DEPLOYMENTS

SCENARIO = "soak"
LOOK_SECONDS = 10.0
LOOKS = 180
"""A short soak is looked at as often as one of half an hour, within reason."""
SHORTEST_LOOK_SECONDS = 0.25
REST_SECONDS = 20.0
"""How long a server may take to give back what those had who have just left."""
POLL_SECONDS = 0.2
SPAWN_PER_SECOND = 10
DRAIN_SECONDS = 20
NOT_INHERITED = ("BENCH_", "LOCUST_")
NO_CORES: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Plan:
    """What is done to one server."""

    target: str
    deployment: str
    people: int
    seconds: float
    think_seconds: float
    seed: int

    @property
    def look_seconds(self) -> float:
        """How long from one look to the next."""
        return min(LOOK_SECONDS, max(SHORTEST_LOOK_SECONDS, self.seconds / LOOKS))

    @property
    def planned(self) -> Planned:
        """As Locust is told."""
        case = CasePlan(
            scenario=SCENARIO,
            sessions=self.people,
            trials=1,
            warm_up_seconds=self.seconds / 6,
            window_seconds=self.seconds * 5 / 6,
            drain_seconds=DRAIN_SECONDS,
            spawn_per_second=SPAWN_PER_SECOND,
            options={"think-seconds": self.think_seconds},
        )
        return Planned(1, 1, case, self.target, self.seed)


@dataclass
class Progress:
    """What is known so far; whoever ends it by hand loses nothing of it."""

    plan: Plan
    rest_before: Look | None = None
    looks: list[Look] = field(default_factory=list)
    rest_after: Look | None = None
    followed: Followed = field(default_factory=Followed)
    died: str | None = None

    @property
    def soaked(self) -> Soaked:
        """As it is kept, not judged yet."""
        return Soaked(
            target=self.plan.target,
            people=self.plan.people,
            seconds=self.plan.seconds,
            load_seconds=self.looks[-1].at_seconds if self.looks else 0.0,
            rest_before=self.rest_before,
            looks=self.looks,
            rest_after=self.rest_after,
            turns_ok=self.followed.ok,
            turns_failed=self.followed.failed,
            died=self.died,
        )


@dataclass(frozen=True)
class Server:
    process: Command
    url: str

    def look(self, at_seconds: float, people: int) -> Look | None:
        return look_at(self.process.pid, self.url, at_seconds, people)


def soak(progress: Progress, fake: FakeGemini, logs: Path, watch: Callable[[Progress], None]) -> None:
    """Fills `progress`, and calls `watch` after each look.

    Raises BenchError where the server or the load does not start, or the load fails; KeyboardInterrupt goes through.
    """
    with _served(progress.plan, fake, logs) as server:
        progress.rest_before = _at_rest(server, None, -1.0)
        watch(progress)
        with tempfile.TemporaryDirectory(prefix="live-bench-") as folder:
            _under_load(progress, server, Load(Path(folder)), logs, watch)
        if progress.died is None:
            progress.rest_after = _at_rest(server, progress.rest_before, progress.soaked.load_seconds)
            progress.died = None if progress.rest_after else _how_it_ended(server.process)
        watch(progress)


@contextmanager
def _served(plan: Plan, fake: FakeGemini, logs: Path) -> Iterator[Server]:
    """The server, ready, with its first session behind it."""
    port = free_port()
    url = f"ws://127.0.0.1:{port}"
    log = logs / f"{plan.target}-server.log"
    with launch(DEPLOYMENTS[plan.deployment], port, fake.server_environment, log, NO_CORES) as process:
        wait_until_ready(process, url)
        open_first_session(process, url)
        yield Server(process, url)


def _under_load(progress: Progress, server: Server, load: Load, logs: Path, watch: Callable[[Progress], None]) -> None:
    plan = progress.plan
    command = load.command(plan.planned, server.url, tags=True)
    with Command(command, logs / f"{plan.target}-load.log", without=NOT_INHERITED) as locust:
        load.start()
        started_at: float | None = None
        due_at = 0.0
        while locust.exit_code is None and progress.died is None:
            time.sleep(POLL_SECONDS)
            progress.followed = follow(load.folder, progress.followed)
            if not progress.followed.has_begun:
                continue
            now = time.monotonic()
            started_at = now if started_at is None else started_at
            if now >= due_at:
                due_at = now + plan.look_seconds
                _look_on(progress, server, now - started_at)
                watch(progress)
        progress.followed = follow(load.folder, progress.followed)
        if progress.died is None and locust.exit_code not in (0, SOME_TURNS_FAILED):
            raise BenchError(
                f"the load failed with exit code {locust.exit_code}; its log, {locust.log}, ends: {locust.last_word()}"
            )


def _look_on(progress: Progress, server: Server, at_seconds: float) -> None:
    seen = server.look(at_seconds, progress.followed.sessions)
    if server.process.exit_code is not None or seen is None:
        progress.died = _how_it_ended(server.process)
    elif at_seconds < progress.plan.planned.case.run_seconds:  # after which people leave
        progress.looks.append(seen)


def _how_it_ended(process: Command) -> str:
    code = process.exit_code
    return "it has gone" if code is None else f"exit code {code}"


def _at_rest(server: Server, before: Look | None, at_seconds: float) -> Look | None:
    """With nobody there: as soon as it holds no more than `before`, and else what it holds after long enough."""
    began_at = time.monotonic()
    give_up_at = began_at + REST_SECONDS
    time.sleep(POLL_SECONDS)
    while True:
        seen = server.look(at_seconds + time.monotonic() - began_at, 0)
        if seen is None or time.monotonic() > give_up_at or _is_at_rest(seen, before):
            return seen
        time.sleep(POLL_SECONDS)


def _is_at_rest(seen: Look, before: Look | None) -> bool:
    if before is None:
        return not seen.sessions
    return (seen.tasks or 0) <= (before.tasks or 0) and seen.descriptors <= before.descriptors
