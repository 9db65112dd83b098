"""All that runs: the services, each behind its front, and the metadata server of each instance."""

import asyncio
import ssl
from pathlib import Path

from servers.cloudrun.emulator.front import HOST, Front
from servers.cloudrun.emulator.identities import RUNTIME_ACCOUNT
from servers.cloudrun.emulator.instance import Surroundings
from servers.cloudrun.emulator.manifest import Service
from servers.cloudrun.emulator.metadata import Metadata
from servers.cloudrun.emulator.plain_http import serve
from servers.cloudrun.emulator.platform import Platform
from servers.cloudrun.emulator.service import RunningService
from servers.cloudrun.emulator.tokens import Authority


class Emulation:
    """Services come by `deploy`, and go by `stop`."""

    def __init__(self, platform: Platform, authority: Authority, tls: ssl.SSLContext, folder: Path, name: str) -> None:
        self.platform, self.authority = platform, authority
        self.fronts: dict[str, Front] = {}
        self._tls = tls
        self._surroundings = Surroundings(name, folder, self._metadata_of)
        self._deploying = asyncio.Lock()
        self._unfinished: list[RunningService] = []

    async def _metadata_of(self, instance: str) -> asyncio.Server:
        """Each instance has one of its own: that is how it can be told who it is."""
        return await serve(Metadata(self.authority, RUNTIME_ACCOUNT, instance).answer, HOST)

    async def deploy(self, service: Service, port: int = 0) -> Front:
        """Starts a service, or replaces the one of that name, which keeps its address. Raises StartFailed, and OSError
        for a port that is taken."""
        async with self._deploying:
            if front := self.fronts.get(service.name):
                await front.service.deploy(service)
                return front
            running = RunningService(self.platform, self._surroundings)
            front = Front(running, self.authority)
            self._unfinished.append(running)
            await running.deploy(service)
            await front.listen(self._tls, port)
            self.fronts[service.name] = front
            return front

    async def stop(self) -> None:
        """SIGTERM to all containers; a front keeps passing on what they still have to say."""
        for front in self.fronts.values():
            front.refuse_connections()
        await asyncio.gather(*(running.stop() for running in self._unfinished))
        for front in self.fronts.values():
            front.end_conversations()
