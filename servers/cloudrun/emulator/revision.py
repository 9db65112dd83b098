"""The instances of one revision: started when they are called for, stopped when they are idle, replaced or told to."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from servers.cloudrun.emulator.containers import StartFailed
from servers.cloudrun.emulator.instance import Ending, Instance, Surroundings
from servers.cloudrun.emulator.journal import note
from servers.cloudrun.emulator.manifest import Service
from servers.cloudrun.emulator.platform import Platform
from servers.cloudrun.emulator.scaling import Limits, Load

AGAIN_SECONDS_MAX = 30.0
"""Longest pause before another attempt where instances do not start."""


class Revision:
    """`on_change` is called when an instance has come up or gone."""

    def __init__(
        self, service: Service, name: str, platform: Platform, surroundings: Surroundings, on_change: Callable[[], None]
    ) -> None:
        self.service, self.name = service, name
        self.limits = Limits(service.concurrency, service.instances_min, service.instances_max)
        self.instances: dict[str, Instance] = {}
        """Those that are starting or take requests."""
        self.leaving: dict[str, Instance] = {}
        """Those that take no more requests."""
        self.endings: list[Ending] = []
        self.start_ups_seconds: list[float] = []
        self.retired = False
        self._platform, self._surroundings, self._on_change = platform, surroundings, on_change
        self._failures = 0
        self._pausing = False
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def requests(self) -> int:
        return sum(instance.requests for instance in self.instances.values())

    @property
    def loads(self) -> list[Load]:
        ready = (instance for instance in self.instances.values() if instance.ready)
        return [Load(instance.id, instance.requests, instance.served) for instance in ready]

    async def start(self) -> None:
        """Starts as many instances as are to be kept, and one to see whether it starts. Raises StartFailed."""
        starts = [self._start(self._new()) for _ in range(max(self.limits.instances_min, 1))]
        outcomes = await asyncio.gather(*starts, return_exceptions=True)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures:
            await self.stop("it did not start")
            raise failures[0]

    def call_for(self, requests: int) -> None:
        """Begins to start what is missing for so many requests, those included that it has."""
        if self.retired or self._pausing:
            return
        for _ in range(self.limits.wanted(requests) - len(self.instances)):
            self._spawn(self._start_or_pause(self._new()))

    def _new(self) -> Instance:
        instance = Instance(self.service, self.name, self._surroundings, self._crashed)
        self.instances[instance.id] = instance
        return instance

    async def _start(self, instance: Instance) -> None:
        await instance.start()
        self.start_ups_seconds.append(instance.start_up_seconds or 0.0)
        self._failures = 0
        self.rest(instance)
        self._on_change()

    async def _start_or_pause(self, instance: Instance) -> None:
        try:
            await self._start(instance)
        except StartFailed as failed:
            note("instance_failed", service=self.service.name, instance=instance.id, reason=str(failed))
            self._failures += 1
            self._pausing = True
            await self.let_go(instance, "it did not start")
            await asyncio.sleep(min(2.0**self._failures, AGAIN_SECONDS_MAX))
            self._pausing = False
            self._on_change()

    def rest(self, instance: Instance) -> None:
        """Whoever has no request is stopped in a while, unless one comes; at once where its revision is replaced."""
        if instance.requests or instance.leaving:
            return
        if self.retired:
            self._spawn(self.let_go(instance, "its revision was replaced"))
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(self._platform.idle_seconds, self._stop_idle, instance, instance.served)

    def _stop_idle(self, instance: Instance, served: int) -> None:
        """Nothing, if it has served since or is among those that are to be kept."""
        untouched = instance.served == served and not instance.requests and not instance.leaving
        if untouched and not self.retired and len(self.instances) > self.limits.wanted(self.requests):
            self._spawn(self.let_go(instance, "it was idle"))

    def _crashed(self, instance: Instance) -> None:
        self._spawn(self.let_go(instance, "one of its containers ended"))

    def let_go(self, instance: Instance, reason: str) -> Coroutine[Any, Any, None]:
        """Gives an instance no more requests, from this moment on, so that who counts the others does not count it.

        What it returns stops the instance, and has ended when nothing of it is left.
        """
        if self.instances.pop(instance.id, None):
            self.leaving[instance.id] = instance
            self._on_change()
        return self._stop(instance, reason)

    async def _stop(self, instance: Instance, reason: str) -> None:
        await instance.stop(reason, self._platform.grace_seconds)
        if self.leaving.pop(instance.id, None) and instance.ending:
            self.endings.append(instance.ending)

    def retire(self) -> None:
        """Takes no more requests; each instance is stopped when it has served what it began."""
        self.retired = True
        for instance in list(self.instances.values()):
            self.rest(instance)

    async def stop(self, reason: str) -> None:
        """Stops all instances, whatever they are doing."""
        self.retired = True
        instances = [*self.instances.values(), *self.leaving.values()]
        await asyncio.gather(*(self.let_go(instance, reason) for instance in instances))
        for task in self._tasks:
            task.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
