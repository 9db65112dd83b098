"""One execution of one case against a freshly started server, from starting it to stopping it."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.certify.certificate import Certificate
from bench.chat_server import free_port, launch, open_first_session, wait_until_ready
from bench.cores import Cores
from bench.crew import ALONE, Crew
from bench.errors import BenchError
from bench.execution import Execution
from bench.fake import FakeGemini
from bench.faults.account import read_account
from bench.faults.afterwards import size_afterwards
from bench.following import Followed, follow
from bench.health import NOBODY, is_there
from bench.installation import Installation
from bench.load import SOME_TURNS_FAILED, WAIT_FOR_SERVER_SECONDS, Load
from bench.monitor import Monitor, look
from bench.pings import approach
from bench.plan import Planned
from bench.processes import Command
from bench.profile import CasePlan
from bench.results import Target
from loadtests.support.identity import Auth
from loadtests.support.shard import Shard
from loadtests.support.turn import Line
from servers.deployments import DEPLOYMENTS
from servers.fake_gemini.faults.script import load_script

POLL_SECONDS = 0.2
NOT_INHERITED = ("BENCH_", "LOCUST_")
"""Variables that would change the load without a word in the results."""
LOOK_SECONDS = 10.0
"""How long an address may take to say that it is still there, when its load has ended."""
SLACK_SECONDS = 15.0
"""What an execution may take beyond its plan before it is given up."""
CUT_SECONDS = 4.0
"""What the load may take to leave when it is cut short: its turns are on disk, and who ends us may give ten in all."""


@dataclass(frozen=True)
class Bench:
    """What all executions of a run share."""

    fake: FakeGemini | None
    """None where every target is an address."""
    cores: Cores
    logs: Path
    objective_seconds: float
    tags: bool
    """Whether prompts carry attribution tags: only where the fake is behind."""
    crew: Crew = ALONE
    auth: Auth = NOBODY
    """How who calls an address shows who it is."""
    certificate: Certificate | None = None
    """Of the load generator; None where there is none."""
    shard: Shard | None = None
    """Which share of the load is made here; None for all of it."""
    starts_at: float | None = None
    """When the load is to begin, Unix seconds; None for as soon as it can."""
    looks: bool = False
    """Whether the way to an address is looked at before each execution."""
    installations: Mapping[str, Installation] = field(default_factory=dict)
    """Target name to the code it is served from; the code that is running for those that are not here."""


class CutShort(Exception):
    """The user ended the run in mid-execution; what had been recorded by then comes along."""

    def __init__(self, processes: Sequence[Sequence[Line]]) -> None:
        super().__init__("the run was ended by hand")
        self.processes = processes


def execute(planned: Planned, target: Target, bench: Bench, watch: Callable[[Followed], None]) -> Execution:
    """Runs the load against the target and gives everything raw that it left behind.

    `watch` is called several times a second with what the load has recorded so far. Raises BenchError where the server
    or the load does not even start, and CutShort at Ctrl-C.
    """
    number = f"{planned.order:03}" if planned.order > 0 else "alone"
    logs = bench.logs / f"{number}-{planned.case.name}-{target.name}"
    if target.url is not None:
        way = approach(target.url, bench.auth) if bench.looks else None  # before the load takes the cores to start
        execution = _under_load(planned, target, target.url, bench, logs, None, watch)
        if way and bench.crew.away:  # known for sure once all who made it have come
            way = way.model_copy(update={"round_trip": None, "from_elsewhere": True})
        execution = execution.over(way)
        answers = is_there(target.url, LOOK_SECONDS, bench.auth)
        return execution if answers else replace(execution, died="it no longer answers at its address")
    port = free_port()
    url = f"ws://127.0.0.1:{port}"
    with _launch(target, port, bench, logs / "server.log") as server:
        return _under_load(planned, target, url, bench, logs, server, watch)


def _launch(target: Target, port: int, bench: Bench, log: Path) -> Command:
    environment = bench.fake.server_environment if bench.fake else {}
    deployment = target.deployment or target.name
    if installation := bench.installations.get(target.name):
        return installation.launch(deployment, port, environment, log, bench.cores.server)
    return launch(DEPLOYMENTS[deployment], port, environment, log, bench.cores.server)


def _under_load(
    planned: Planned,
    target: Target,
    url: str,
    bench: Bench,
    logs: Path,
    server: Command | None,
    watch: Callable[[Followed], None],
) -> Execution:
    fake = bench.fake if server else None  # behind an address stands another Gemini
    with tempfile.TemporaryDirectory(prefix="live-bench-") as folder:
        load = Load(Path(folder), bench.crew, NOBODY if server else bench.auth, bench.shard)
        # Locust takes as long to import as a server does to start, on another core. It begins when it is told to.
        command = load.command(planned, url, tags=bench.tags)
        workers = bench.crew.workers
        with (
            Command(command, logs / "load.log", without=NOT_INHERITED, cores=bench.cores.load) as locust,
            bench.crew.at_work(planned.case.scenario, logs.name),
        ):
            health = None
            try:
                if server:
                    installation = bench.installations.get(target.name)
                    health = wait_until_ready(server, url, installation.injected if installation else "")
                    open_first_session(server, url)
                idle = look(server.pid) if server else None
                if fake:
                    fake.ledger(reset=True)
                    if planned.case.faults:
                        fake.arm(planned.case.faults)
                roots = {"generator": locust.pid}
                roots |= {"server": server.pid} if server else {}
                roots |= {"fake": fake.pid} if fake else {}
                with Monitor(roots, sized={"server"}, cores=bench.cores.in_use(server is not None)) as monitor:
                    if bench.starts_at is not None:
                        time.sleep(max(0.0, bench.starts_at - time.time()))
                    load.start()
                    died = _wait_for_end(planned, locust, server, Path(folder), watch, bench.crew)
                if server and died is None and monitor.lost_some("server"):
                    died = "one of its processes ended"
                _check(locust)
                struck = fake.disarm() if fake and planned.case.faults else None
                after = size_afterwards(server.pid, idle.size if idle else None) if server and struck else None
            except KeyboardInterrupt:
                locust.stop(CUT_SECONDS)
                raise CutShort(load.processes()) from None
            except BenchError:
                locust.stop()  # else workers elsewhere would be waited for, who go when it has gone
                raise
        return Execution(
            target=target.name,
            scenario=planned.case.name,
            arrivals=planned.case.arrivals,
            sessions=planned.case.levels,
            trial=planned.trial,
            order=planned.order,
            warm_up_seconds=planned.case.warm_up_seconds,
            window_seconds=planned.case.window_seconds,
            objective_seconds=bench.objective_seconds,
            processes=load.processes(),
            server=monitor.samples.get("server", ()),
            idle=idle.size if idle else None,
            generator=monitor.samples["generator"],
            fake=monitor.samples.get("fake", ()),
            stolen=monitor.stolen,
            fake_ledger=fake.ledger() if fake else None,
            load_cores=max(1, len(bench.cores.load)),
            workers=workers,
            elsewhere=bench.crew.elsewhere,
            certificate=bench.certificate,
            local=server is not None and not bench.crew.elsewhere,
            build=str(health["build"]) if health and "build" in health else None,
            injected=str(health.get("injected", "")) if health else "",
            locust_turns=load.locust_turns(),
            faults=read_account(struck, load_script(planned.case.faults)) if struck and planned.case.faults else None,
            after=after,
            died=died,
        )


def longest_seconds(case: CasePlan) -> float:
    """After how long its load is given up."""
    return WAIT_FOR_SERVER_SECONDS + case.run_seconds + case.drain_seconds + SLACK_SECONDS


def _wait_for_end(
    planned: Planned,
    locust: Command,
    server: Command | None,
    folder: Path,
    watch: Callable[[Followed], None],
    crew: Crew,
) -> str | None:
    """Waits until the load has ended; says how the server ended if it did so before.

    Raises BenchError when stuck, and where somebody of the crew is lost before anybody has come: without them Locust
    would not begin.
    """
    seconds = longest_seconds(planned.case)
    give_up_at = time.monotonic() + seconds
    died: str | None = None
    followed = Followed()
    while locust.exit_code is None:
        if time.monotonic() > give_up_at:
            raise BenchError(f"the load did not end within {seconds:.0f} s; see {locust.log}")
        if died is None and server is not None and server.exit_code is not None:
            died = f"exit code {server.exit_code}"
        followed = follow(folder, followed)
        watch(followed)
        if crew.lost and not followed.has_begun:
            raise BenchError(
                f"{crew.lost}; that was before the load had begun: look there for why, and start it again with "
                "live-bench run --worker --master-host HOST, and this run too if that has ended it"
            )
        time.sleep(POLL_SECONDS)
    if died is None and server is not None and server.exit_code is not None:
        died = f"exit code {server.exit_code}"
    return died


def _check(locust: Command) -> None:
    if locust.exit_code not in (0, SOME_TURNS_FAILED):
        raise BenchError(
            f"the load failed with exit code {locust.exit_code}; its log, {locust.log}, ends: {locust.last_word()}"
        )
