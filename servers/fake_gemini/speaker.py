"""The side of a session that talks: one reply to each prompt, chunk by chunk.

Each chunk is due at a moment planned from the start of its turn, so that lateness does not add up. Every prompt is
answered by exactly one `turnComplete`. A prompt that arrives while a reply is running cuts it, or waits for its end, as
the service is set to do.
"""

import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass

from servers.fake_gemini import frames, speech
from servers.fake_gemini.attribution import stamp
from servers.fake_gemini.bell import Bell
from servers.fake_gemini.call import Call
from servers.fake_gemini.faults.kinds import Moment
from servers.fake_gemini.faults.misfortune import Misfortune, in_reply
from servers.fake_gemini.faults.script import Fault
from servers.fake_gemini.models import Backend, Modality
from servers.fake_gemini.refusals import QUOTA, Refused
from servers.fake_gemini.resumption import Memory
from servers.fake_gemini.timing import chance_of, plan_turn

IDLE_SECONDS = 0.25
"""How long nobody has spoken where a fault strikes a session that is idle."""
QUOTA_SECONDS = 0.1
"""From the last frame to the close, where a turn has used up the minute's tokens."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How a session's replies are put on the wire."""

    backend: Backend
    modality: Modality
    text: frames.Template | None
    """What carries the words; None where they are only spoken."""
    audio: bytes | None
    """The frame that is sent with each chunk; None where nothing is spoken."""


@dataclass(frozen=True, slots=True)
class Prompt:
    text: str
    received_at: float
    """Seconds of `time.monotonic`."""
    tag: str | None


@dataclass(slots=True)
class Reply:
    """How far the answer to a prompt has got."""

    prompt: Prompt
    cuttable: bool
    """Whether a prompt that comes meanwhile ends it."""
    chunks: int = 0
    words: int = 0
    stalled_seconds: float = 0.0
    """What a fault has held it up for: everything is due so much later."""


class Speaker:
    def __init__(self, call: Call, voice: Voice, memory: Memory) -> None:
        self._call = call
        self._connection = call.connection
        self._voice = voice
        self._memory = memory
        self._service = call.service
        self._bell = Bell()
        self._prompts: deque[Prompt] = deque()
        self._free_at = -math.inf
        self._exhausted = False
        """Whether the tokens of the minute are used up."""

    def ask(self, prompt: Prompt) -> None:
        """Hand over a prompt; `run` answers it."""
        self._call.sufferer.last_turn = prompt.tag
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
        reply = Reply(prompt, cuttable=self._service.barge_in == "interrupt")
        fault = await self._suffer("prompt", reply)
        match fault.what if fault else None:
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
            await self._connection.send(frames.INTERRUPTED)
            await self._until(time.monotonic() + self._service.profile.interruption_seconds)
            await self._complete(reply)
            self._service.ledger.turns_interrupted += 1

    async def _suffer(self, moment: Moment, reply: Reply) -> Fault | None:
        """An opportunity for a fault in the course of a reply, which is held up as long as the fault lasts."""
        began_at = time.monotonic()
        fault = await self._call.suffer(moment)
        if fault:
            reply.stalled_seconds += time.monotonic() - began_at
        return fault

    async def _finish(self, reply: Reply) -> None:
        """The end of a reply that was said in full."""
        await self._connection.send(frames.GENERATION_COMPLETE)
        last = self._service.faults.due("turn_end")
        if last and last.fault.what == "missing_turn_complete":
            await self._call.strike(last)
            return
        await self._complete(reply)
        self._service.ledger.turns_completed += 1
        if last:
            await self._call.strike(last)

    async def _complete(self, reply: Reply) -> None:
        usage = self._usage(reply)
        await self._connection.send(frames.turn_complete(usage, self._voice.backend))
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
            handle = self._service.handles.make(conversation, self._connection)
            await self._connection.send(frames.resumable(handle))

    async def _say(self, reply: Reply) -> bool:
        """Send the chunks of a reply, each when it is due. Returns whether all were sent; False is a reply cut off."""
        prompt, seed = reply.prompt.text, self._service.seed
        plan = plan_turn(self._service.profile, seed, prompt)
        fragments = speech.fragments(plan.chunks_words, chance_of("speech", seed, prompt))
        starts_at = self._starts_at(reply.prompt)
        misfortune = in_reply(self._service.faults, seed, prompt, len(fragments))
        try:
            for due_seconds, words, fragment in zip(plan.chunks_due_seconds, plan.chunks_words, fragments, strict=True):
                if reply.chunks == misfortune.before_chunk and not await self._meet(misfortune, reply):
                    return False
                due_at = starts_at + due_seconds + reply.stalled_seconds
                if not await self._until_due(due_at, reply):
                    return False
                late_seconds = time.monotonic() - due_at
                await self._send_chunk(reply, fragment)
                self._service.ledger.chunk_sent(late_seconds)
                reply.chunks += 1
                reply.words += words
        finally:
            misfortune.give_back()
        return True

    async def _meet(self, misfortune: Misfortune, reply: Reply) -> bool:
        """A fault in mid-reply. Returns whether the reply goes on."""
        began_at = time.monotonic()
        fault = await self._call.strike(misfortune.take())
        reply.stalled_seconds += time.monotonic() - began_at
        return not fault or fault.what != "phantom_interrupted"

    def _starts_at(self, prompt: Prompt) -> float:
        if self._service.barge_in == "queue":
            return max(prompt.received_at, self._free_at)
        return prompt.received_at

    async def _send_chunk(self, reply: Reply, fragment: str) -> None:
        if self._voice.text:
            if reply.prompt.tag:
                spent_seconds = time.monotonic() - reply.prompt.received_at
                fragment = stamp(reply.prompt.tag, reply.chunks, spent_seconds) + fragment
            await self._connection.send(self._voice.text.fill(fragment))
        if self._voice.audio:
            await self._connection.send(self._voice.audio)

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

    def _usage(self, reply: Reply) -> frames.Usage:
        if self._voice.modality == "AUDIO":
            tokens = round(reply.chunks * self._service.profile.audio_frame_seconds * frames.AUDIO_TOKENS_PER_SECOND)
        else:
            tokens = frames.text_tokens(reply.words)
        return frames.Usage(frames.text_tokens(len(reply.prompt.text.split())), tokens, self._voice.modality)
