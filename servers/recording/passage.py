"""One session on its way through: every message and the close go on as they came, and are written down afterwards."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from servers.recording.lines import Closed, Passed, Side
from servers.recording.scrubbing import Scrubber
from servers.recording.tape import Tape

NO_CODE, LOST = 1005, 1006
"""What stands for a close without a code, and for none at all (RFC 6455, section 7.4.1)."""


@dataclass
class Passage:
    number: int
    began: float
    """Seconds of `time.monotonic`."""
    client: ServerConnection
    server: ClientConnection
    tape: Tape
    scrubber: Scrubber
    _closed: bool = False

    async def run(self) -> None:
        """Returns when both sides are closed. Raises RecordingError, in a group, where nothing more can be written."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._carry(self.client, self.server, "client"))
            tasks.create_task(self._carry(self.server, self.client, "server"))

    async def _carry(self, source: Connection, sink: Connection, sender: Side) -> None:
        with suppress(ConnectionClosed):
            while True:
                message = await source.recv()
                received = time.monotonic()
                try:
                    await sink.send(message)
                finally:
                    self._note(message, received, sender)
        received = time.monotonic()
        closed = self._close_of(source, sender, received)
        # The side that is closed because the other was has nothing to pass on; nor has one that could not be sent to.
        if closed and not self._closed:
            self._closed = True
            await _close(sink, closed.code, closed.reason)
            self.tape.write(self._scrubbed(closed))

    def _since(self, moment: float) -> float:
        return round(moment - self.began, 6)

    def _note(self, message: str | bytes, received: float, sender: Side) -> None:
        passed = Passed(
            session=self.number,
            at=self._since(received),
            sender=sender,
            kind="text" if isinstance(message, str) else "binary",
            size=len(message.encode()) if isinstance(message, str) else len(message),
            message=self._kept(message),
        )
        self.tape.write(passed)

    def _kept(self, message: str | bytes) -> object:
        try:
            return self.scrubber.message(json.loads(message))
        except (ValueError, RecursionError):
            return None

    def _close_of(self, source: Connection, sender: Side, received: float) -> Closed | None:
        """How a side ended; None where it has not."""
        protocol = source.protocol
        at = self._since(received)
        if protocol.close_rcvd and (protocol.close_rcvd_then_sent or not protocol.close_sent):
            code, reason = protocol.close_rcvd.code, protocol.close_rcvd.reason
            return Closed(session=self.number, at=at, sender=sender, code=code, reason=reason)
        if protocol.close_sent:
            code, reason = protocol.close_sent.code, protocol.close_sent.reason
            return Closed(session=self.number, at=at, sender="relay", code=code, reason=reason)
        if source.close_code is not None:
            return Closed(session=self.number, at=at, sender=sender, code=LOST)
        return None

    def _scrubbed(self, closed: Closed) -> Closed:
        """Gemini's reasons are worth reading; a client's may be anybody's words."""
        hiding, words = self.scrubber.hiding, self.scrubber.words
        reason = words(closed.reason) if closed.sender == "client" else hiding.redact(closed.reason)
        return closed.model_copy(update={"reason": reason})


async def _close(connection: Connection, code: int, reason: str) -> None:
    if code == LOST:
        connection.transport.abort()
    elif code == NO_CODE:
        await connection.close(None)  # type: ignore[arg-type]  # None goes on to the protocol, which knows it
    else:
        await connection.close(code, reason)
