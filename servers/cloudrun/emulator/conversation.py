"""One connection of a client's, and the one request that it serves."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from servers.cloudrun.emulator.ends import End
from servers.cloudrun.emulator.exchange import (
    AFFINITY_COOKIE,
    for_client,
    for_container,
    is_reserved,
    refusal,
    token_of,
)
from servers.cloudrun.emulator.heads import Head, Malformed, read_request, read_response
from servers.cloudrun.emulator.instance import Instance
from servers.cloudrun.emulator.journal import note
from servers.cloudrun.emulator.service import NoRoom, RunningService
from servers.cloudrun.emulator.tokens import Authority, Forbidden, Unauthorized


class Reserved(Exception):
    """A path that no container is asked for (404)."""


class Broken(Exception):
    """A container that did not answer as it should (503)."""


class OutOfTime(Exception):
    """A request that lasted longer than it may (504, where it is not cut in the midst of an answer)."""


STATUSES: dict[type[Exception], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    Reserved: HTTPStatus.NOT_FOUND,
    NoRoom: HTTPStatus.TOO_MANY_REQUESTS,
    Broken: HTTPStatus.SERVICE_UNAVAILABLE,
    OutOfTime: HTTPStatus.GATEWAY_TIMEOUT,
}
"""What the front answers by itself, and why."""


class Conversation:
    """Begins when `client`, a protocol for a server, is connected; `on_end` is called when that has ended."""

    def __init__(
        self,
        service: RunningService,
        authority: Authority,
        audiences: tuple[str, ...],
        on_end: "Callable[[Conversation], None]",
    ) -> None:
        self.client = End(self._begin, self._gone)
        self._service, self._authority, self._audiences, self._on_end = service, authority, audiences, on_end
        self._task: asyncio.Task[None] | None = None
        self._answered = False

    def _begin(self, head: bytes) -> None:
        self._task = asyncio.ensure_future(self._serve(head))

    def _gone(self) -> None:
        if self._task:
            self._task.cancel()
        self._on_end(self)

    async def _serve(self, head: bytes) -> None:
        try:
            await self._in_time(read_request(head))
        except tuple(STATUSES) as error:
            self._give_up(STATUSES[type(error)], str(error))
        finally:
            self.client.transport.close()

    def _give_up(self, status: HTTPStatus, why: str) -> None:
        """An answer of the front's own; one that is under way is cut, without a word."""
        note("refused", service=self._service.served.service.name, status=status, begun=self._answered, reason=why)
        if not self._answered:
            self.client.transport.write(refusal(status, status.phrase, why))

    async def _in_time(self, request: Head) -> None:
        served = self._service.served.service
        seconds = min(served.timeout_seconds, self._service.platform.timeout_seconds)
        timer = asyncio.timeout(seconds)
        try:
            async with timer:
                await self._answer(request)
        except TimeoutError:
            raise OutOfTime(f"the request lasted longer than {seconds:g} s") from None

    async def _answer(self, request: Head) -> None:
        checked = not self._service.served.service.public
        if checked:
            self._authority.check(token_of(request)[1], self._audiences)
        if is_reserved(request):
            raise Reserved(f"{request.target} is a path that Google's front keeps to itself: no container is asked")
        cookie = request.cookie(AFFINITY_COOKIE) if self._service.served.service.affinity else None
        instance = await self._service.room(cookie)
        try:
            client = self.client.transport.get_extra_info("peername")[0]
            await self._relay(for_container(request, client, checked), instance)
        finally:
            self._service.leave(instance)

    async def _relay(self, request: Head, instance: Instance) -> None:
        """The request to the container, the answer to the client, and then whatever either says."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        container = End(lambda head: self._begin_answer(container, instance, head), lambda: _settle(ended))
        try:
            await loop.create_connection(lambda: container, "127.0.0.1", instance.port)
        except OSError as error:
            raise Broken(f"the container cannot be reached: {error.strerror}") from error
        try:
            container.transport.write(request.encode())
            self.client.join(container)
            await ended
            if not self._answered:
                raise Broken("the container ended the connection without an answer, or answered with no HTTP/1.1")
        finally:
            container.transport.close()

    def _begin_answer(self, container: End, instance: Instance, head: bytes) -> None:
        try:
            response = read_response(head)
        except Malformed:
            container.transport.close()
            return
        if response.status < 200 and response.status != 101:
            self.client.transport.write(response.encode())
            container.expect_another_head()
            return
        self._answered = True
        affinity = instance.id if instance.service.affinity else None
        self.client.transport.write(for_client(response, affinity).encode())
        container.join(self.client)


def _settle(ended: "asyncio.Future[None]") -> None:
    if not ended.done():
        ended.set_result(None)
