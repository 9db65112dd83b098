"""A service that runs: the revision that it serves, and the requests that wait for room in one of its instances."""

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass

from servers.cloudrun.emulator.instance import Instance, Surroundings
from servers.cloudrun.emulator.manifest import Service
from servers.cloudrun.emulator.platform import Platform
from servers.cloudrun.emulator.revision import Revision
from servers.cloudrun.emulator.scaling import chosen, pending_seconds


class NoRoom(Exception):
    """No instance had room for a request for as long as it may wait (429)."""


@dataclass(frozen=True, eq=False)
class Waiting:
    room: "asyncio.Future[Instance]"
    preferred: str | None


class RunningService:
    """Serves nothing until `deploy` has returned."""

    def __init__(self, platform: Platform, surroundings: Surroundings) -> None:
        self.platform = platform
        self.revisions: list[Revision] = []
        """The last is the one that is served."""
        self._surroundings = surroundings
        self._waiting: deque[Waiting] = deque()
        self._count = 0
        self._coming: Revision | None = None

    @property
    def served(self) -> Revision:
        return self.revisions[-1]

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def deploy(self, service: Service) -> None:
        """Serves this from now on. Raises StartFailed, and all is as before, where it does not come up."""
        self._count += 1
        name = f"{service.name}-{self._count:05d}-{secrets.token_hex(2)[:3]}"
        revision = Revision(service, name, self.platform, self._surroundings, self._settle)
        self._coming = revision
        await revision.start()
        self._coming = None
        for old in self.revisions:
            old.retire()
        self.revisions.append(revision)
        self._settle()

    async def room(self, preferred: str | None) -> Instance:
        """An instance with room for a request, kept for it until `leave`. Raises NoRoom."""
        waiting = Waiting(asyncio.get_running_loop().create_future(), preferred)
        self._waiting.append(waiting)
        self._settle()
        patience = pending_seconds(self.served.start_ups_seconds, self.platform.pending_seconds)
        try:
            async with asyncio.timeout(patience):
                return await waiting.room
        except TimeoutError:
            self._withdraw(waiting)
            raise NoRoom(f"no instance had room within {patience:.3g} s") from None
        except asyncio.CancelledError:
            self._withdraw(waiting)
            raise

    def _withdraw(self, waiting: Waiting) -> None:
        """Whoever goes away in the very moment in which room was found for it gives it back."""
        if waiting in self._waiting:
            self._waiting.remove(waiting)
        elif waiting.room.done() and not waiting.room.cancelled():
            self.leave(waiting.room.result())

    def leave(self, instance: Instance) -> None:
        """A request has ended."""
        instance.requests -= 1
        for revision in self.revisions:
            if instance.id in revision.instances:
                revision.rest(instance)
        self._settle()

    def _settle(self) -> None:
        """Gives room to those that have waited longest, and calls for instances where there is too little of it."""
        if not self.revisions:
            return
        instances = self.served.instances
        while self._waiting:
            found = chosen(self.served.loads, self.served.limits, self._waiting[0].preferred)
            if found is None:
                break
            waiting = self._waiting.popleft()
            if not waiting.room.done():
                instances[found].take()
                waiting.room.set_result(instances[found])
        self.served.call_for(self.served.requests + len(self._waiting))

    def instance(self, name: str) -> tuple[Revision, Instance] | None:
        """The instance of that name, whichever revision it is of."""
        for revision in self.revisions:
            if name in revision.instances:
                return revision, revision.instances[name]
        return None

    async def stop(self) -> None:
        revisions = [*self.revisions, *([self._coming] if self._coming else [])]
        await asyncio.gather(*(revision.stop("the emulator ends") for revision in revisions))
