"""Session resumption: a handle stands for a conversation as it was after one of its turns."""

import time
import uuid
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from servers.fake_gemini.refusals import INTERNAL, SESSION_NOT_FOUND, Refused

HANDLE_SECONDS = 7200.0
"""How long a handle is good for."""
HANDLES_MAX = 50_000
"""The oldest go first where there are more: one chat needs one, and a soak makes one each turn."""


@dataclass(slots=True)
class Conversation:
    """What was said so far, over as many connections as it took."""

    tags: list[str | None] = field(default_factory=list)
    """Of the prompts that were answered, in order; None for a prompt without."""

    @property
    def turns(self) -> int:
        return len(self.tags)


@dataclass(frozen=True, slots=True)
class Memory:
    """A conversation, and whether the client of this connection is told handles for it."""

    conversation: Conversation
    tells_handles: bool


@dataclass(frozen=True, slots=True)
class _Snapshot:
    conversation: Conversation
    turns: int
    connection: weakref.ref[ServerConnection]
    """The one that was told the handle, which is not to outlive its end by that."""
    made_at: float


class Handles:
    """All handles of a service."""

    def __init__(self) -> None:
        self._snapshots: OrderedDict[str, _Snapshot] = OrderedDict()

    def make(self, conversation: Conversation, connection: ServerConnection) -> str:
        """A handle for a conversation as it is now."""
        self._forget_old()
        handle = str(uuid.uuid4())
        # The conversation only grows, so its length says what it was.
        self._snapshots[handle] = _Snapshot(conversation, conversation.turns, weakref.ref(connection), time.monotonic())
        return handle

    def resume(self, handle: str) -> Conversation:
        """The conversation that a handle stands for. Raises Refused for a handle that is not known, or no longer, and
        while the connection that was told it is still open."""
        self._forget_old()
        snapshot = self._snapshots.get(handle)
        if snapshot is None:
            raise Refused(SESSION_NOT_FOUND)
        connection = snapshot.connection()
        if connection is not None and connection.state is State.OPEN:
            raise Refused(INTERNAL)
        return Conversation(snapshot.conversation.tags[: snapshot.turns])

    def _forget_old(self) -> None:
        oldest = time.monotonic() - HANDLE_SECONDS
        snapshots = self._snapshots
        while snapshots and (len(snapshots) >= HANDLES_MAX or next(iter(snapshots.values())).made_at < oldest):
            snapshots.popitem(last=False)
