"""What the emulator itself can be asked and told, on the metadata server's address.

GET  /emulator/services                     what runs, and how each instance that ran has ended
POST /emulator/services                     starts or replaces the service that the body, a manifest, describes
POST /emulator/instances/ID/shutdown        SIGTERM to an instance, whatever it is doing
"""

import asyncio
import os
from dataclasses import asdict
from typing import Any

from servers.cloudrun.emulator.containers import StartFailed
from servers.cloudrun.emulator.emulation import Emulation
from servers.cloudrun.emulator.front import Front
from servers.cloudrun.emulator.manifest import read_manifests
from servers.cloudrun.emulator.plain_http import Answer, Request, Route, as_json
from servers.errors import SettingsError

BELOW = "/emulator/"


class Desk:
    """Passes on to the metadata server what is not for itself."""

    def __init__(self, emulation: Emulation, metadata: Route) -> None:
        self._emulation, self._metadata = emulation, metadata
        self._shutdowns: set[asyncio.Task[None]] = set()

    async def answer(self, request: Request) -> Answer:
        if not request.path.startswith(BELOW):
            return await self._metadata(request)
        match (request.head.method, request.path.removeprefix(BELOW).split("/")):
            case ("GET", ["services"]):
                return as_json([_told(name, front) for name, front in self._emulation.fronts.items()])
            case ("POST", ["services"]):
                return await self._deploy(request.body.decode(errors="replace"))
            case ("POST", ["instances", name, "shutdown"]):
                return self._shut_down(name)
        return as_json({"error": f"there is nothing to {request.head.method} at {request.path}"}, 404)

    async def _deploy(self, text: str) -> Answer:
        try:
            for service in read_manifests(text, "the manifest", os.environ):
                await self._emulation.deploy(service)
        except (SettingsError, StartFailed) as error:
            return as_json({"error": str(error)}, 400)
        return as_json([_told(name, front) for name, front in self._emulation.fronts.items()])

    def _shut_down(self, name: str) -> Answer:
        for front in self._emulation.fronts.values():
            if found := front.service.instance(name):
                revision, instance = found
                task = asyncio.ensure_future(revision.let_go(instance, "the platform shut it down"))
                self._shutdowns.add(task)
                task.add_done_callback(self._shutdowns.discard)
                return as_json({"instance": name}, 202)
        return as_json({"error": f"there is no instance {name}, or it is leaving already"}, 404)


def _told(name: str, front: Front) -> dict[str, Any]:
    service = front.service
    return {
        "name": name,
        "url": front.url,
        "revision": service.served.name,
        "waiting": service.waiting,
        "instances": [
            {
                "id": instance.id,
                "revision": revision.name,
                "ready": instance.ready,
                "requests": instance.requests,
                "served": instance.served,
                "start_up_seconds": instance.start_up_seconds,
                "pids": instance.pids,
            }
            for revision in service.revisions
            for instance in revision.instances.values()
        ],
        "ended": [asdict(ending) for revision in service.revisions for ending in revision.endings],
    }
