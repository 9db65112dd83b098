"""One instance of a service: its containers, from the first probe to the last signal."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from servers.cloudrun.emulator.containers import RunningContainer, StartFailed, launch
from servers.cloudrun.emulator.journal import note
from servers.cloudrun.emulator.leftovers import EMULATOR, INSTANCE, kill_all
from servers.cloudrun.emulator.loopback import command_of, environment_of, ports_of
from servers.cloudrun.emulator.manifest import Container, Probe, Service
from servers.cloudrun.emulator.plain_http import port_of
from servers.cloudrun.emulator.probes import ProbeFailed, wait_until_started
from servers.ports import free_ports


@dataclass(frozen=True)
class Surroundings:
    """What all instances of an emulator share."""

    emulator: str
    """Marks whatever they start as this emulator's."""
    folder: Path
    """For volumes and logs."""
    metadata_of: Callable[[str], Awaitable[asyncio.Server]]
    """Opens a metadata server for the instance of that id."""


@dataclass(frozen=True)
class Ending:
    """How an instance ended. `killed` names the containers that SIGTERM did not end in time."""

    instance: str
    reason: str
    seconds: float
    exit_codes: Mapping[str, int]
    killed: tuple[str, ...]


class Instance:
    """Not started before `start`; `stop` may be called at any time, and more than once."""

    def __init__(
        self, service: Service, revision: str, surroundings: Surroundings, on_crash: Callable[["Instance"], None]
    ) -> None:
        self.id = secrets.token_hex(8)
        self.service, self.revision = service, revision
        self.requests = self.served = 0
        """Those that it has, and all that it was ever given."""
        self.ready = False
        self.start_up_seconds: float | None = None
        self.ending: Ending | None = None
        self._surroundings = surroundings
        self._folder = surroundings.folder / f"{service.name}-{self.id}"
        self._ports = dict(zip(fixed := ports_of(service), free_ports(len(fixed)), strict=True))
        self._on_crash = on_crash
        self._containers: dict[str, RunningContainer] = {}
        self._started = {container.name: asyncio.Event() for container in service.containers}
        self._stopping: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._metadata: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it takes requests."""
        return self._ports[self.service.port]

    @property
    def leaving(self) -> bool:
        return self._stopping is not None

    @property
    def pids(self) -> dict[str, int]:
        return {name: container.process.pid for name, container in self._containers.items()}

    def take(self) -> None:
        """A request comes to it."""
        self.requests += 1
        self.served += 1

    async def start(self) -> None:
        """Starts the containers, each after those it depends on; returns when all have started. Raises StartFailed."""
        began = time.monotonic()
        self._metadata = await self._surroundings.metadata_of(self.id)
        try:
            async with asyncio.TaskGroup() as starts:
                for container in self.service.containers:
                    starts.create_task(self._start(container))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        self.start_up_seconds = time.monotonic() - began
        self.ready = not self.leaving
        self._watching = asyncio.create_task(self._watch())
        note("instance_started", **self._names, seconds=round(self.start_up_seconds, 3))

    async def _start(self, container: Container) -> None:
        for name in container.after:
            await self._started[name].wait()
        folders = {path: str(self._volume(name)) for path, name in container.mounts.items()}
        running = await launch(
            container.name,
            command_of(container, self._ports, folders),
            self._environment_of(container, folders),
            self._folder / f"{container.name}.log",
        )
        self._containers[container.name] = running
        if container.probe:
            await _probed(running, container.probe, self._ports[container.probe.port])
        self._started[container.name].set()

    def _environment_of(self, container: Container, folders: Mapping[str, str]) -> dict[str, str]:
        assert self._metadata is not None
        metadata = f"127.0.0.1:{port_of(self._metadata)}"
        return {
            **environment_of(container, self._ports, folders),
            **({"PORT": str(self.port)} if container.port else {}),
            "K_SERVICE": self.service.name,
            "K_REVISION": self.revision,
            "K_CONFIGURATION": self.service.name,
            "GCE_METADATA_HOST": metadata,
            "GCE_METADATA_IP": metadata,
            INSTANCE: self.id,
            EMULATOR: self._surroundings.emulator,
        }

    def _volume(self, name: str) -> Path:
        folder = self._folder / "volumes" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    async def _watch(self) -> None:
        """A container that ends by itself takes its instance along."""
        endings = {asyncio.create_task(container.ended()) for container in self._containers.values()}
        _, running = await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            task.cancel()
        if not self.leaving:
            self._on_crash(self)

    async def stop(self, reason: str, grace_seconds: float) -> None:
        """SIGTERM, and SIGKILL after the grace; returns when nothing of it is left."""
        if self._stopping is None:
            self.ready = False
            self._stopping = asyncio.create_task(self._stop(reason, grace_seconds))
        await asyncio.shield(self._stopping)

    async def _stop(self, reason: str, grace_seconds: float) -> None:
        note("instance_stopping", **self._names, reason=reason, requests=self.requests)
        began = time.monotonic()
        try:
            async with asyncio.timeout(grace_seconds):
                for container in self._from_last_to_first():
                    container.ask_to_leave()
                    await container.ended()
        except TimeoutError:
            pass
        seconds = time.monotonic() - began
        killed = tuple(name for name, container in self._containers.items() if container.exit_code is None)
        await asyncio.to_thread(kill_all, INSTANCE, self.id)
        exit_codes = {name: await container.ended() for name, container in self._containers.items()}
        if self._metadata:
            self._metadata.close()
        self.ending = Ending(self.id, reason, round(seconds, 3), exit_codes, killed)
        note("instance_ended", **{**self._names, **asdict(self.ending)})

    def _from_last_to_first(self) -> list[RunningContainer]:
        """The containers in the reverse of the order in which they were started."""
        return list(reversed(self._containers.values()))

    @property
    def _names(self) -> dict[str, str]:
        return {"service": self.service.name, "revision": self.revision, "instance": self.id}


async def _probed(running: RunningContainer, probe: Probe, port: int) -> None:
    """Returns when the probe has succeeded. Raises StartFailed when it fails, or the container ends before."""
    probing = asyncio.create_task(wait_until_started(probe, port))
    ending = asyncio.create_task(running.ended())
    try:
        await asyncio.wait((probing, ending), return_when=asyncio.FIRST_COMPLETED)
        if not probing.done():
            failure = f"ended with code {ending.result()} before its startup probe succeeded"
            raise StartFailed(f"container {running.name} {failure}; {running.last_word()}")
        probing.result()
    except ProbeFailed as failed:
        raise StartFailed(f"container {running.name}: {failed}; {running.last_word()}") from failed
    finally:
        probing.cancel()
        ending.cancel()
