"""Whose chunk is it? The turns of one WebSocket that wait for their replies, and what each packet means to them.

Two rules. By tag, where the chunk carries one. Else by order: every prompt gets exactly one `turn_complete`, so the
oldest prompt that has none yet owns what arrives; after a barge-in the old reply runs on to its `turn_complete`,
and what follows is the new one. A prompt that is refused by its number waits no longer. Pure: no socket, no clock.
"""

from collections import deque

from loadtests.support.failures import RATE_LIMITED, ErrorPacket, SessionFailed
from loadtests.support.packets import Introduction, Packet, Tag, parse, read_plain_chunk, read_tag
from loadtests.support.turn import Turn


class _Reply:
    """A turn and how far its reply has come."""

    __slots__ = ("lossy", "next_index", "number", "turn")

    def __init__(self, turn: Turn, number: int) -> None:
        self.turn = turn
        self.number = number
        """Of its prompt in the session, from 1."""
        self.next_index: int | None = None
        """Of the chunk that is due, by the tags; None before the first."""
        self.lossy = False

    def take(self, index: int, sent_at: float, spent_seconds: float) -> None:
        """What a chunk's tag says."""
        self.turn.chunks_sent_at.append(sent_at)
        self.turn.chunks_spent_seconds.append(spent_seconds)
        if self.next_index is not None and index != self.next_index:
            self.lossy = True
        self.next_index = index + 1

    def fault(self) -> str | None:
        """What is wrong with a complete reply. One that was barged in on may be short or have lost chunks."""
        if self.turn.interrupted_at is not None:
            return None
        if self.turn.acknowledged_at is not None:
            return "cut_short"
        if not self.turn.chunks_at:
            return "empty_reply"
        return "lost_chunk" if self.lossy else None


class Conversation:
    """The turns of one person, of which those of the latest session can still be waiting."""

    __slots__ = (
        *("_asked", "_newcomer", "_prompts", "_session", "_settled", "_strays", "_waiting"),
        "heeds_first_words",
    )

    def __init__(self) -> None:
        self.heeds_first_words = False
        """Whether who listens is to be told of the first chunk of a reply, and not only of its end."""
        self._waiting: deque[_Reply] = deque()
        self._asked: dict[bytes, _Reply] = {}
        self._prompts = 0
        """How many of the session there were: a server may refuse one by its number."""
        self._session = ""
        self._newcomer: Turn | None = None
        """The turn that opened the session, for as long as the server may introduce itself."""
        self._settled: set[bytes] = set()
        self._strays = 0

    @property
    def waiting(self) -> bool:
        """Whether a prompt still lacks its `turn_complete`."""
        return bool(self._waiting)

    def ask(self, turn: Turn) -> None:
        """From now on the turn waits for its reply. Chunks that came while nobody waited count against it."""
        if turn.session != self._session:
            self._session, self._newcomer = turn.session, turn
            self._settled.clear()
            self._prompts = 0
        self._prompts += 1
        reply = _Reply(turn, self._prompts)
        self._waiting.append(reply)
        self._asked[turn.id.encode()] = reply
        turn.foreign_chunks += self._strays
        self._strays = 0

    def hear(self, payload: bytes, arrived_at: float, lag_seconds: float | None) -> bool:
        """Enter a frame's payload in the records; whether it is worth telling: a reply was over, was cut, or began.

        Raises SessionFailed for what is not the protocol, and ErrorPacket where the server says that it failed.
        """
        chunk = read_plain_chunk(payload)
        if chunk is not None:
            id_, index, sent_at_nanoseconds, spent_microseconds, text = chunk.groups()
            reply = self._asked.get(id_)
            if reply is not None:
                turn = reply.turn
                turn.chunks_at.append(arrived_at)
                if lag_seconds is not None:
                    turn.chunks_lag_seconds.append(lag_seconds)
                turn.characters += len(text)
                reply.take(int(index), int(sent_at_nanoseconds) / 1e9, int(spent_microseconds) / 1e6)
                return self.heeds_first_words and len(turn.chunks_at) == 1
        packet = parse(payload, arrived_at)
        if packet.refused_prompt is not None:
            self._refuse(packet.refused_prompt, arrived_at)
            return True
        if packet.error:
            raise ErrorPacket(*packet.error)
        return self.take(packet, lag_seconds)

    def take(self, packet: Packet, lag_seconds: float | None = None) -> bool:
        """As `hear`, of a packet. Raises SessionFailed for a completion or a cut that nobody waits for."""
        first = bool(packet.text) and self._take_chunk(packet, lag_seconds)
        if not (packet.interrupted or packet.turn_complete):
            if packet.introduction:
                self._meet(packet.introduction)
            return first
        if not self._waiting:
            raise SessionFailed("bad_packet", "a completion nobody waits for")
        if packet.interrupted:
            self._waiting[0].turn.acknowledged_at = packet.arrived_at
        if packet.turn_complete:
            self._complete(self._waiting.popleft(), packet.arrived_at)
        return True

    def fail(self, label: str, at: float, session_seconds: float | None = None, told: str | None = None) -> None:
        """Every turn that still waits has failed and is given up, on a session that ended at that age.

        `told` is the code of the error packet that said why.
        """
        while self._waiting:
            turn = self._waiting.popleft().turn
            turn.outcome, turn.failure, turn.ended_at = "failed", label, at
            turn.session_seconds, turn.told = session_seconds, told

    def _refuse(self, number: int, at: float) -> None:
        """A prompt, by its number in the session, was not passed on: it has failed alone, and interrupted nothing."""
        reply = next((reply for reply in self._waiting if reply.number == number), None)
        if reply is None:
            raise SessionFailed("bad_packet", "a refusal of a prompt that does not wait")
        self._waiting.remove(reply)
        turn = reply.turn
        turn.outcome, turn.failure, turn.ended_at, turn.told = "failed", RATE_LIMITED, at, RATE_LIMITED
        if (interrupted := self._asked.get((turn.barges_in_on or "").encode())) is not None:
            interrupted.turn.interrupted_at = None
        turn.barges_in_on = None

    def settle(self) -> list[Turn]:
        """All turns asked since the last call, oldest first; those that still wait stay unfinished."""
        turns = [reply.turn for reply in self._asked.values()]
        for turn in turns:
            _name_clock(turn)
        self._settled.update(self._asked)
        self._waiting.clear()
        self._asked.clear()
        self._newcomer = None
        return turns

    def _meet(self, introduction: Introduction) -> None:
        """Enter who serves the session. It is the first thing that a server says, or is not the protocol."""
        turn, self._newcomer = self._newcomer, None
        if turn is None or turn.chunks_at or turn.ended_at is not None or turn.acknowledged_at is not None:
            raise SessionFailed("bad_packet", "an introduction that is not what came first")
        turn.instance, turn.instance_serving_seconds = introduction.instance, introduction.serving_seconds
        turn.instance_build, turn.instance_revision = introduction.build, introduction.revision

    def _take_chunk(self, packet: Packet, lag_seconds: float | None) -> bool:
        """Whether it was the first of its turn, and that is heeded."""
        tag = read_tag(packet.text)
        id_ = tag.id.encode() if tag else None
        if id_ in self._settled:
            return False  # Late, and nobody else's: its turn was asked on this WebSocket and is in the ledgers.
        reply = self._asked.get(id_) if id_ is not None else self._waiting[0] if self._waiting else None
        if reply is None:
            self._count_foreign()
            return False
        _enter_chunk(reply, packet, tag, lag_seconds)
        return self.heeds_first_words and len(reply.turn.chunks_at) == 1

    def _count_foreign(self) -> None:
        if self._waiting:
            self._waiting[0].turn.foreign_chunks += 1
        else:
            self._strays += 1

    def _complete(self, reply: _Reply, at: float) -> None:
        turn = reply.turn
        turn.ended_at = at
        turn.failure = reply.fault()
        turn.outcome = "failed" if turn.failure else "ok"


def _enter_chunk(reply: _Reply, packet: Packet, tag: Tag | None, lag_seconds: float | None) -> None:
    turn = reply.turn
    turn.chunks_at.append(packet.arrived_at)
    if lag_seconds is not None:
        turn.chunks_lag_seconds.append(lag_seconds)
    turn.characters += len(packet.text)
    if tag:
        turn.characters -= tag.length
        reply.take(tag.index, tag.sent_at, tag.spent_seconds)


def _name_clock(turn: Turn) -> None:
    """One clock for a turn: stamps of both kinds in a row could seem to run backwards, so then it is the worse."""
    if turn.chunks_at and len(turn.chunks_lag_seconds) == len(turn.chunks_at):
        turn.clock = "kernel"
    else:
        turn.clock, turn.chunks_lag_seconds = "user", []
