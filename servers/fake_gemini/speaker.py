"""The side of a session that talks: one reply to each prompt, chunk by chunk.

Each chunk is due at a moment planned from the start of its turn, so that lateness does not add up. Every prompt is
answered by exactly one `turnComplete`. A prompt that arrives while a reply is running cuts it, or waits for its end, as
the service is set to do.
"""

import asyncio
import math
import time
from collections import deque

from servers.fake_gemini import frames, speech
from servers.fake_gemini.attribution import stamp
from servers.fake_gemini.bell import Bell
from servers.fake_gemini.call import Call
from servers.fake_gemini.delivery import Piece, pieces_of
from servers.fake_gemini.faults.misfortune import in_reply
from servers.fake_gemini.faults.schedule import Clockwork
from servers.fake_gemini.refusals import QUOTA, Refused
from servers.fake_gemini.reply import Prompt, Reply
from servers.fake_gemini.resumption import Memory
from servers.fake_gemini.timing import chance_of, plan_turn
from servers.fake_gemini.voice import Voice

IDLE_SECONDS = 0.25
"""How long nobody has spoken where a fault strikes a session that is idle."""
QUOTA_SECONDS = 0.1
"""From the last frame to the close, where a turn has used up the minute's tokens."""


class Speaker:
    def __init__(self, call: Call, voice: Voice, memory: Memory) -> None:
        self._call = call
        self._connection = call.connection
        self._voice = voice
        self._memory = memory
        self._service = call.service
        self._profile = call.service.profile
        self._bell = Bell()
        self._prompts: deque[Prompt] = deque()
        self._free_at = -math.inf
        self._exhausted = False
        """Whether the tokens of the minute are used up."""
        self._hears_first = True
        paces = self._profile.paces_turns
        self._paces = voice.style.paces if paces is None else paces
        self._interrupts = call.service.barge_in == "interrupt" if call.service.barge_in else voice.interrupts

    async def hear(self) -> None:
        """The client has said something, whatever it is. Raises ConnectionClosed."""
        if self._hears_first:
            self._hears_first = False
            if self._voice.style.tells_handles:
                await self._tell_handle()

    def ask(self, prompt: Prompt) -> None:
        """Hand over a prompt; `run` answers it."""
        self._service.faults.last_asked(self._call.sufferer, prompt.tag)
        self._prompts.append(prompt)
        self._bell.ring()

    async def run(self) -> None:
        """Answer prompts in order until cancelled. Raises ConnectionClosed, and Refused where the session is to end."""
        while True:
            await self._until_asked()
            prompt = self._prompts.popleft()
            self._call.sufferer.turn = prompt.tag
            await self._answer(prompt)
            await self._stop_if_exhausted()
            self._call.sufferer.turn = None

    async def _until_asked(self) -> None:
        if self._service.faults.awaits("idle"):
            await self._until(time.monotonic() + IDLE_SECONDS, unless_asked=True)
            if not self._prompts:
                await self._call.suffer("idle")
        while not self._prompts:
            await self._bell.wait()

    async def _answer(self, prompt: Prompt) -> None:
        self._service.ledger.turns_started += 1
        reply = Reply(prompt, cuttable=self._interrupts)
        due = self._service.faults.due("prompt", self._call.sufferer)
        match await self._meet(due, reply) if due else None:
            case "hung_turn":
                return
            case "empty_turn":
                await self._finish(reply)
                return
            case "queue":
                reply.cuttable = False
        if self._memory.tells_handles:
            await self._connection.send(frames.NOT_RESUMABLE)
        if await self._say(reply):
            await self._finish(reply)
        else:
            await self._break_off(reply)

    async def _meet(self, due: Clockwork, reply: Reply) -> str | None:
        """A fault in the course of a reply, which is held up as long as the fault lasts. Returns its name."""
        began_at = time.monotonic()
        fault = await self._call.strike(due)
        reply.stalled_seconds += time.monotonic() - began_at
        return fault.what if fault else None

    async def _finish(self, reply: Reply) -> None:
        """The end of a reply that was said in full, though perhaps not yet heard."""
        await self._connection.send(frames.GENERATION_COMPLETE)
        if reply.sounds and self._paces and not await self._until_due(reply.heard_at(self._profile), reply):
            await self._break_off(reply)
            return
        last = self._service.faults.due("turn_end", self._call.sufferer)
        if last and last.fault.what == "missing_turn_complete":
            await self._call.strike(last)
            return
        await self._complete(reply)
        self._service.ledger.turns_completed += 1
        if last:
            await self._call.strike(last)

    async def _break_off(self, reply: Reply) -> None:
        """The end of a reply that was cut."""
        await self._connection.send(frames.INTERRUPTED)
        await self._until(time.monotonic() + self._profile.interruption_seconds)
        await self._complete(reply)
        self._service.ledger.turns_interrupted += 1

    async def _complete(self, reply: Reply) -> None:
        voice = self._voice
        usage = reply.usage(voice, self._profile)
        await self._connection.send(frames.turn_complete(usage, voice.backend, says_idle=voice.style.remarks))
        self._free_at = time.monotonic()
        await self._remember(reply.prompt)
        self._exhausted = self._service.gate.spend(usage.prompt + usage.response, self._service.faults.limits)

    async def _stop_if_exhausted(self) -> None:
        """Raises Refused where the turn that is over has used up the minute's tokens."""
        if self._exhausted:
            await asyncio.sleep(QUOTA_SECONDS)
            self._service.faults.struck("quota", None, self._call.sufferer)
            raise Refused(QUOTA)

    async def _remember(self, prompt: Prompt) -> None:
        conversation = self._memory.conversation
        conversation.tags.append(prompt.tag)
        self._service.ledger.answered(prompt.tag, conversation.turns)
        if self._memory.tells_handles:
            await self._tell_handle()

    async def _tell_handle(self) -> None:
        handle = self._service.handles.make(self._memory.conversation, self._connection)
        await self._connection.send(frames.resumable(handle))

    async def _say(self, reply: Reply) -> bool:
        """Send the pieces of a reply, each when it is due. Returns whether all were sent; False is a reply cut off."""
        prompt, seed = reply.prompt.text, self._service.seed
        plan = plan_turn(self._profile, seed, prompt)
        fragments = speech.fragments(plan.chunks_words, chance_of("speech", seed, prompt))
        starts_at = self._starts_at(reply.prompt)
        misfortune = in_reply(self._service.faults, self._call.sufferer, seed, prompt, len(fragments))
        try:
            for piece in pieces_of(plan, fragments, self._voice, self._profile):
                meets = reply.chunks == misfortune.before_chunk
                if meets and await self._meet(misfortune.take(), reply) == "phantom_interrupted":
                    return False
                due_at = starts_at + piece.due_seconds + reply.stalled_seconds
                if not await self._until_due(due_at, reply):
                    return False
                late_seconds = time.monotonic() - due_at
                if frame := self._frame_of(piece, reply):
                    await self._connection.send(frame)
                self._enter(piece, reply, late_seconds)
        finally:
            misfortune.give_back()
        return True

    def _enter(self, piece: Piece, reply: Reply, late_seconds: float) -> None:
        """Write down what was sent."""
        if piece.words:
            self._service.ledger.chunk_sent(late_seconds)
            reply.chunks += 1
            reply.words += piece.words
        if piece.sounds:
            reply.sounded()

    def _starts_at(self, prompt: Prompt) -> float:
        if self._interrupts:
            return prompt.received_at
        return max(prompt.received_at, self._free_at)

    def _frame_of(self, piece: Piece, reply: Reply) -> bytes:
        """What is sent of a piece right now; empty where that is nothing."""
        if not (piece.words and self._voice.words):
            return piece.frame
        fragment = piece.fragment
        if tag := reply.prompt.tag:
            fragment = stamp(tag, reply.chunks, time.monotonic() - reply.prompt.received_at) + fragment
        return self._voice.words.fill(fragment)

    async def _until_due(self, moment: float, reply: Reply) -> bool:
        """Wait for a moment of `time.monotonic`. Returns False at once where a prompt cuts the reply."""
        while not (reply.cuttable and self._prompts):
            if time.monotonic() >= moment:
                return True
            await self._bell.wait(until=moment)
        return False

    async def _until(self, moment: float, *, unless_asked: bool = False) -> None:
        while time.monotonic() < moment and not (unless_asked and self._prompts):
            await self._bell.wait(until=moment)
