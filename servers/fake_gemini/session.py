"""One Live session: setup, then turns, until either side closes.

Two coroutines share it. The listener takes prompts in as they arrive; the speaker gives each its reply, chunk by chunk,
at moments planned from the start of the turn, so that lateness does not add up. Every prompt is answered by exactly one
`turnComplete`. A prompt that arrives while a reply is running cuts it, or waits for it, as the service is set to do.
"""

import asyncio
import math
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from servers.fake_gemini import models, speech, wire
from servers.fake_gemini.endpoint import Endpoint
from servers.fake_gemini.ledger import Ledger
from servers.fake_gemini.refusals import INVALID_ARGUMENT, Refusal, Refused
from servers.fake_gemini.timing import Profile, chance_of, plan_turn

BargeIn = Literal["interrupt", "queue"]


@dataclass(frozen=True, slots=True)
class Service:
    """What all sessions have in common."""

    profile: Profile
    seed: int
    barge_in: BargeIn
    """What a typed prompt does to a running reply: cut it, or wait until it has ended. Models differ in this."""
    ledger: Ledger
    api_key: str | None = None
    """The one key that is accepted; None accepts any."""


@dataclass(frozen=True, slots=True)
class Prompt:
    text: str
    received_at: float
    """Seconds of `time.perf_counter`."""


@dataclass(slots=True)
class Reply:
    """How far the answer to a prompt has got."""

    prompt: Prompt
    tag: str | None
    words: int = 0
    chunks: int = 0


@dataclass(frozen=True, slots=True)
class Voice:
    """How this session's replies are put on the wire."""

    text: wire.Template | None
    """None where nothing is written, only spoken."""
    audio: bytes | None
    modality: models.Modality


class Bell:
    """Wakes the one coroutine that waits on it: when the time is up, or when it is rung."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None

    def ring(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self, seconds: float | None = None) -> None:
        self._waiter = self._loop.create_future()
        if seconds is None:
            await self._waiter
            return
        # The loop's timers count whole milliseconds and round to the nearest: round up, so as never to be early.
        timer = self._loop.call_later(math.ceil(seconds * 1000) / 1000, self.ring)
        try:
            await self._waiter
        finally:
            timer.cancel()


class Session:
    def __init__(self, connection: ServerConnection, endpoint: Endpoint, service: Service) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._service = service
        self._bell = Bell()
        self._seeding = False
        """Whether the next client content is history from before the session, and asks for no answer."""
        self._unasked: list[str] = []
        """Text sent with `turnComplete: false`: part of the next prompt."""
        self._prompts: deque[Prompt] = deque()
        self._free_at = -math.inf

    async def run(self) -> None:
        """Serve the session to its end."""
        ledger = self._service.ledger
        ledger.session_opened()
        refusal: Refusal | None = None
        try:
            refusal = await self._serve()
            if refusal:
                await self._connection.close(refusal.code, refusal.reason)
        finally:
            ledger.session_closed(refusal.code if refusal else self._connection.close_code or 1006)

    async def _serve(self) -> Refusal | None:
        """Returns why the session must be closed, or None once the client has closed it."""
        try:
            voice = await self._set_up()
            async with asyncio.TaskGroup() as tasks:
                speaker = tasks.create_task(self._speak(voice))
                try:
                    return await self._listen()
                finally:
                    speaker.cancel()
        except Refused as refused:
            return refused.refusal
        except ConnectionClosed:
            return None

    async def _set_up(self) -> Voice:
        setup = wire.parse(await self._connection.recv())
        if not isinstance(setup, wire.Setup):
            raise Refused(INVALID_ARGUMENT)
        self._endpoint.check_key(self._service.api_key)
        model = models.find(setup.model, self._endpoint.backend, self._endpoint.version)
        voice = self._voice(model, setup)
        self._seeding = setup.seeds_history
        await self._connection.send(wire.SETUP_COMPLETE)
        return voice

    def _voice(self, model: models.Model, setup: wire.Setup) -> Voice:
        modality = models.modality_spoken(model, setup.modalities)
        if modality == "TEXT":
            text = wire.TEXT_WITH_ROLE if model.names_its_role else wire.TEXT_WITHOUT_ROLE
            return Voice(text, None, modality)
        audio = wire.silence(self._service.profile.audio_frame_seconds, model.names_its_role)
        return Voice(wire.TRANSCRIPTION if setup.transcribes else None, audio, modality)

    async def _listen(self) -> Refusal | None:
        try:
            async for frame in self._connection:
                received_at = time.perf_counter()
                message = wire.parse(frame)
                if isinstance(message, wire.Setup):
                    return INVALID_ARGUMENT
                if isinstance(message, wire.Content):
                    self._take(message, received_at)
        except Refused as refused:
            return refused.refusal
        except ConnectionClosed:
            pass
        return None

    def _take(self, content: wire.Content, received_at: float) -> None:
        if content.text:
            self._unasked.append(content.text)
        if not content.turn_complete:
            return
        text = "\n".join(self._unasked)
        self._unasked.clear()
        if self._seeding:
            self._seeding = False
            return
        self._prompts.append(Prompt(text, received_at))
        self._bell.ring()

    async def _speak(self, voice: Voice) -> None:
        with suppress(ConnectionClosed):
            while True:
                while not self._prompts:
                    await self._bell.wait()
                await self._answer(self._prompts.popleft(), voice)

    async def _answer(self, prompt: Prompt, voice: Voice) -> None:
        ledger = self._service.ledger
        ledger.turns_started += 1
        reply = Reply(prompt, wire.tag_of(prompt.text))
        if await self._say(reply, voice):
            await self._connection.send(wire.GENERATION_COMPLETE)
            ledger.turns_completed += 1
        else:
            await self._connection.send(wire.INTERRUPTED)
            ledger.turns_interrupted += 1
            await self._until(time.perf_counter() + self._service.profile.interruption_seconds)
        await self._connection.send(wire.turn_complete(self._usage(reply, voice), self._endpoint.backend))
        self._free_at = time.perf_counter()

    async def _say(self, reply: Reply, voice: Voice) -> bool:
        """Send the chunks of a reply, each when it is due. Returns whether all were sent: False is a reply cut off."""
        profile, seed, prompt = self._service.profile, self._service.seed, reply.prompt
        plan = plan_turn(profile, seed, prompt.text)
        fragments = speech.fragments(plan.chunks_words, chance_of("speech", seed, prompt.text))
        starts_at = prompt.received_at
        if self._service.barge_in == "queue":
            starts_at = max(starts_at, self._free_at)
        for due, words, fragment in zip(plan.chunks_due_seconds, plan.chunks_words, fragments, strict=True):
            if not await self._until_due(starts_at + due):
                return False
            late_seconds = time.perf_counter() - starts_at - due
            await self._send_chunk(reply, voice, fragment)
            self._service.ledger.chunk_sent(late_seconds)
            reply.chunks += 1
            reply.words += words
        return True

    async def _send_chunk(self, reply: Reply, voice: Voice, fragment: str) -> None:
        if voice.text:
            if reply.tag:
                spent_us = int((time.perf_counter() - reply.prompt.received_at) * 1e6)
                fragment = f"{{{reply.tag} {reply.chunks} {time.time_ns()} {spent_us}}}{fragment}"
            await self._connection.send(voice.text.fill(fragment))
        if voice.audio:
            await self._connection.send(voice.audio)

    async def _until_due(self, moment: float) -> bool:
        """Wait for a moment of `time.perf_counter`. Returns False at once if a prompt arrives that cuts the reply."""
        cuts = self._service.barge_in == "interrupt"
        while not (cuts and self._prompts):
            wait_seconds = moment - time.perf_counter()
            if wait_seconds <= 0:
                return True
            await self._bell.wait(wait_seconds)
        return False

    async def _until(self, moment: float) -> None:
        while (wait_seconds := moment - time.perf_counter()) > 0:
            await self._bell.wait(wait_seconds)

    def _usage(self, reply: Reply, voice: Voice) -> wire.Usage:
        if voice.modality == "AUDIO":
            spoken_seconds = reply.chunks * self._service.profile.audio_frame_seconds
            response = round(spoken_seconds * wire.AUDIO_TOKENS_PER_SECOND)
        else:
            response = wire.text_tokens(reply.words)
        return wire.Usage(wire.text_tokens(len(reply.prompt.text.split())), response, voice.modality)
