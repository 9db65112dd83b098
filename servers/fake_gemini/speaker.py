"""The side of a session that talks: one reply to each prompt, chunk by chunk.

Each chunk is due at a moment planned from the start of its turn, so that lateness does not add up. Every prompt is
answered by exactly one `turnComplete`. A prompt that arrives while a reply is running cuts it, or waits for its end, as
the service is set to do.
"""

import math
import time
from collections import deque
from dataclasses import dataclass

from websockets.asyncio.server import ServerConnection

from servers.fake_gemini import frames, speech
from servers.fake_gemini.attribution import stamp, tag_of
from servers.fake_gemini.bell import Bell
from servers.fake_gemini.models import Backend, Modality
from servers.fake_gemini.service import Service
from servers.fake_gemini.timing import chance_of, plan_turn


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


@dataclass(slots=True)
class Reply:
    """How far the answer to a prompt has got."""

    prompt: Prompt
    tag: str | None
    chunks: int = 0
    words: int = 0


class Speaker:
    def __init__(self, connection: ServerConnection, voice: Voice, service: Service) -> None:
        self._connection = connection
        self._voice = voice
        self._service = service
        self._bell = Bell()
        self._prompts: deque[Prompt] = deque()
        self._free_at = -math.inf

    def ask(self, prompt: Prompt) -> None:
        """Hand over a prompt; `run` answers it."""
        self._prompts.append(prompt)
        self._bell.ring()

    async def run(self) -> None:
        """Answer prompts in order until cancelled. Raises ConnectionClosed."""
        while True:
            while not self._prompts:
                await self._bell.wait()
            await self._answer(self._prompts.popleft())

    async def _answer(self, prompt: Prompt) -> None:
        ledger = self._service.ledger
        ledger.turns_started += 1
        reply = Reply(prompt, tag_of(prompt.text))
        if await self._say(reply):
            await self._connection.send(frames.GENERATION_COMPLETE)
            await self._complete(reply)
            ledger.turns_completed += 1
        else:
            await self._connection.send(frames.INTERRUPTED)
            await self._until(time.monotonic() + self._service.profile.interruption_seconds)
            await self._complete(reply)
            ledger.turns_interrupted += 1

    async def _complete(self, reply: Reply) -> None:
        await self._connection.send(frames.turn_complete(self._usage(reply), self._voice.backend))
        self._free_at = time.monotonic()

    async def _say(self, reply: Reply) -> bool:
        """Send the chunks of a reply, each when it is due. Returns whether all were sent; False is a reply cut off."""
        prompt, seed = reply.prompt.text, self._service.seed
        plan = plan_turn(self._service.profile, seed, prompt)
        fragments = speech.fragments(plan.chunks_words, chance_of("speech", seed, prompt))
        starts_at = self._starts_at(reply.prompt)
        for due_seconds, words, fragment in zip(plan.chunks_due_seconds, plan.chunks_words, fragments, strict=True):
            due_at = starts_at + due_seconds
            if not await self._until_due(due_at):
                return False
            late_seconds = time.monotonic() - due_at
            await self._send_chunk(reply, fragment)
            self._service.ledger.chunk_sent(late_seconds)
            reply.chunks += 1
            reply.words += words
        return True

    def _starts_at(self, prompt: Prompt) -> float:
        if self._service.barge_in == "queue":
            return max(prompt.received_at, self._free_at)
        return prompt.received_at

    async def _send_chunk(self, reply: Reply, fragment: str) -> None:
        if self._voice.text:
            if reply.tag:
                spent_seconds = time.monotonic() - reply.prompt.received_at
                fragment = stamp(reply.tag, reply.chunks, spent_seconds) + fragment
            await self._connection.send(self._voice.text.fill(fragment))
        if self._voice.audio:
            await self._connection.send(self._voice.audio)

    async def _until_due(self, moment: float) -> bool:
        """Wait for a moment of `time.monotonic`. Returns False at once where a prompt cuts the reply."""
        cuts = self._service.barge_in == "interrupt"
        while not (cuts and self._prompts):
            if time.monotonic() >= moment:
                return True
            await self._bell.wait(until=moment)
        return False

    async def _until(self, moment: float) -> None:
        while time.monotonic() < moment:
            await self._bell.wait(until=moment)

    def _usage(self, reply: Reply) -> frames.Usage:
        if self._voice.modality == "AUDIO":
            tokens = round(reply.chunks * self._service.profile.audio_frame_seconds * frames.AUDIO_TOKENS_PER_SECOND)
        else:
            tokens = frames.text_tokens(reply.words)
        return frames.Usage(frames.text_tokens(len(reply.prompt.text.split())), tokens, self._voice.modality)
