"""Whose chunk is it? The turns of one WebSocket that wait for their replies, and what each packet means to them.

Two rules. By tag, where the chunk carries one. Else by order: every prompt gets exactly one `turn_complete`, so the
oldest prompt that has none yet owns what arrives; after a barge-in the old reply runs on to its `turn_complete`,
and what follows is the new one. Pure: no socket, no clock.
"""

from collections import deque

from loadtests.support.failures import SessionFailed
from loadtests.support.packets import Packet, read_tag
from loadtests.support.turn import Turn


class Conversation:
    def __init__(self) -> None:
        self._waiting: deque[Turn] = deque()
        self._asked: dict[str, Turn] = {}
        self._next_index: dict[str, int] = {}
        self._lossy: set[str] = set()
        self._session = ""
        self._settled: set[str] = set()
        self._strays = 0

    @property
    def waiting(self) -> bool:
        """Whether a prompt still lacks its `turn_complete`."""
        return bool(self._waiting)

    def ask(self, turn: Turn) -> None:
        """From now on the turn waits for its reply. Chunks that came while nobody waited count against it."""
        if turn.session != self._session:
            self._session = turn.session
            self._settled.clear()
        self._waiting.append(turn)
        self._asked[turn.id] = turn
        turn.foreign_chunks += self._strays
        self._strays = 0

    def take(self, packet: Packet) -> None:
        """Enter a packet in the records. Raises SessionFailed for a completion or a cut that nobody waits for."""
        if packet.text:
            self._take_chunk(packet)
        if not (packet.interrupted or packet.turn_complete):
            return
        if not self._waiting:
            raise SessionFailed("bad_packet", "a completion nobody waits for")
        if packet.interrupted:
            self._waiting[0].acknowledged_at = packet.arrived_at
        if packet.turn_complete:
            self._complete(self._waiting.popleft(), packet.arrived_at)

    def fail(self, label: str, at: float) -> None:
        """Every turn that still waits has failed and is given up."""
        while self._waiting:
            turn = self._waiting.popleft()
            turn.outcome, turn.failure, turn.ended_at = "failed", label, at

    def settle(self) -> list[Turn]:
        """All turns asked since the last call, oldest first; those that still wait stay unfinished."""
        turns = list(self._asked.values())
        self._settled.update(self._asked)
        self._waiting.clear()
        self._asked.clear()
        self._next_index.clear()
        self._lossy.clear()
        return turns

    def _take_chunk(self, packet: Packet) -> None:
        tag = read_tag(packet.text)
        if tag and tag.id in self._settled:
            return  # Late, and nobody else's: its turn was asked on this WebSocket and is in the ledgers.
        turn = self._asked.get(tag.id) if tag else self._waiting[0] if self._waiting else None
        if turn is None:
            self._count_foreign()
            return
        turn.chunks_at.append(packet.arrived_at)
        turn.characters += len(packet.text)
        if tag:
            turn.characters -= tag.length
            turn.chunks_sent_at.append(tag.sent_at)
            turn.chunks_spent_seconds.append(tag.spent_seconds)
            if tag.index != self._next_index.get(tag.id, tag.index):
                self._lossy.add(tag.id)
            self._next_index[tag.id] = tag.index + 1

    def _count_foreign(self) -> None:
        if self._waiting:
            self._waiting[0].foreign_chunks += 1
        else:
            self._strays += 1

    def _complete(self, turn: Turn, at: float) -> None:
        turn.ended_at = at
        turn.failure = self._fault_of(turn)
        turn.outcome = "failed" if turn.failure else "ok"

    def _fault_of(self, turn: Turn) -> str | None:
        """What is wrong with a complete reply. One that was barged in on may be short or have lost chunks."""
        if turn.interrupted_at is not None:
            return None
        if turn.acknowledged_at is not None:
            return "cut_short"
        if not turn.chunks_at:
            return "empty_reply"
        return "lost_chunk" if turn.id in self._lossy else None
