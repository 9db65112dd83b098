"""Saying again what was recorded: each prompt gets the frames of the next recorded turn, when they came then.

A prompt with a tag gets stamps in them, as in every other reply of the fake; a prompt that comes meanwhile cuts them.
"""

import asyncio
import time
from contextlib import suppress

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from servers.fake_gemini import frames
from servers.fake_gemini.attribution import stamp
from servers.fake_gemini.call import Call
from servers.fake_gemini.notes import Note
from servers.fake_gemini.refusals import Refusal, Refused
from servers.fake_gemini.repertoire import Close, Part, Turn
from servers.fake_gemini.reply import Prompt, Reply
from servers.fake_gemini.resumption import Memory
from servers.fake_gemini.speaker import Speaker
from servers.fake_gemini.voice import Voice

NO_CODE, LOST, NORMAL = 1005, 1006, 1000


async def greet(connection: ServerConnection, part: Part, set_up_at: float) -> None:
    """Answer a setup that was received at a moment of `time.monotonic`, as it was then. Raises Refused."""
    if not part.greeting and part.close:
        await asyncio.sleep(set_up_at + part.close.due_seconds - time.monotonic())
        raise Refused(Refusal(part.close.code, part.close.reason))
    for note in part.greeting:
        await asyncio.sleep(set_up_at + note.due_seconds - time.monotonic())
        await _send(connection, note, note.octets)


async def _send(connection: ServerConnection, note: Note, octets: bytes) -> None:
    await connection.send(octets, text=note.is_text)


class Replayer(Speaker):
    """A speaker who knows one recorded session by heart."""

    def __init__(self, call: Call, voice: Voice, memory: Memory, part: Part, set_up_at: float) -> None:
        super().__init__(call, voice, memory)
        self._part = part
        self._set_up_at = set_up_at
        self._next_turn = 0

    async def hear(self) -> None:
        """Handles are told when they were told then."""

    async def run(self) -> None:
        """Answer prompts in order until cancelled, and say beside that what was said outside of turns."""
        beside = asyncio.create_task(self._say_asides())
        try:
            await super().run()
        finally:
            beside.cancel()

    async def _say_asides(self) -> None:
        with suppress(ConnectionClosed):
            for note in self._part.asides:
                await asyncio.sleep(self._set_up_at + note.due_seconds - time.monotonic())
                await _send(self._connection, note, note.octets)
            if self._part.close:
                await asyncio.sleep(self._set_up_at + self._part.close.due_seconds - time.monotonic())
                await self._close(self._part.close)

    async def _answer(self, prompt: Prompt) -> None:
        ledger = self._service.ledger
        ledger.turns_started += 1
        turns = self._part.turns
        turn = turns[self._next_turn % len(turns)]
        self._next_turn += 1
        reply = Reply(prompt, cuttable=self._interrupts)
        starts_at = self._starts_at(prompt)
        if not await self._play(reply, turn, starts_at):
            await self._connection.send(frames.INTERRUPTED)
            await self._until(time.monotonic() + self._interruption_seconds)
            await self._complete(reply)
            ledger.turns_interrupted += 1
            return
        self._free_at = time.monotonic()
        if turn.close:
            await self._until(starts_at + turn.close.due_seconds)
            await self._close(turn.close)
            return
        ledger.turns_completed += 1
        await self._linger(turn, starts_at)

    async def _play(self, reply: Reply, turn: Turn, starts_at: float) -> bool:
        """Send the frames of a turn, each when it is due. Returns whether all were sent; False is a reply cut off."""
        is_written = turn.is_written
        for note in turn.notes:
            due_at = starts_at + note.due_seconds
            if not await self._until_due(due_at, reply):
                return False
            late_seconds = time.monotonic() - due_at
            octets = note.octets
            if reply.prompt.tag and note.words is not None:
                spent_seconds = time.monotonic() - reply.prompt.received_at
                octets = note.stamped(stamp(reply.prompt.tag, reply.chunks, spent_seconds))
            await _send(self._connection, note, octets)
            if note.words is not None if is_written else note.audio_bytes:
                self._service.ledger.chunk_sent(late_seconds)
                reply.chunks += 1
                reply.words += len((note.words or "").split())
            if note.audio_bytes:
                reply.sounded()
        return True

    async def _linger(self, turn: Turn, starts_at: float) -> None:
        """Send what came after a turn's end, until somebody asks something."""
        for note in turn.afterwards:
            due_at = starts_at + note.due_seconds
            while not self._prompts and time.monotonic() < due_at:
                await self._bell.wait(until=due_at)
            if self._prompts:
                return
            await _send(self._connection, note, note.octets)

    @property
    def _interruption_seconds(self) -> float:
        recorded = self._service.repertoire.interruption_seconds if self._service.repertoire else None
        return self._service.profile.interruption_seconds if recorded is None else recorded

    async def _close(self, close: Close) -> None:
        if close.code == LOST:
            self._connection.transport.abort()
        else:
            await self._connection.close(NORMAL if close.code == NO_CODE else close.code, close.reason)
