"""One Live session, from the upgrade to the close: it checks the setup, then listens while its speaker talks."""

import asyncio
import time
from contextlib import suppress

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from servers.fake_gemini import frames, models
from servers.fake_gemini.attribution import tag_of
from servers.fake_gemini.call import Call
from servers.fake_gemini.client_messages import Content, Setup, parse
from servers.fake_gemini.endpoint import Endpoint
from servers.fake_gemini.limits import limit_behind
from servers.fake_gemini.refusals import INVALID_ARGUMENT, Refusal, Refused
from servers.fake_gemini.replay import Replayer, greet
from servers.fake_gemini.reply import Prompt
from servers.fake_gemini.resumption import Conversation, Memory
from servers.fake_gemini.service import Service
from servers.fake_gemini.speaker import Speaker
from servers.fake_gemini.voice import Voice, voice_of

VANISHED = 1006
"""The close code that stands for none at all (RFC 6455, section 7.1.5)."""


class Session:
    def __init__(self, connection: ServerConnection, endpoint: Endpoint, service: Service) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._service = service
        self._call = Call(connection, service)
        self._part = service.repertoire.next_part() if service.repertoire else None
        self._set_up_at = 0.0
        self._unasked: list[str] = []
        """Text sent with `turnComplete: false`: part of the next prompt."""
        self._seeding = False
        """Whether what comes first is history from before the session, which asks for no answer."""

    async def run(self) -> None:
        """Serve the session to its end, and enter it in the ledger."""
        ledger, call = self._service.ledger, self._call
        ledger.session_opened()
        try:
            if refusal := await self._serve():
                await call.close(refusal)
        finally:
            call.cancel()
            ledger.session_closed(call.refusal.code if call.refusal else self._connection.close_code or VANISHED)

    async def _serve(self) -> Refusal | None:
        """Returns why the session must be closed, or None where it is closed already."""
        try:
            setup = await self._read_setup()
            self._enter()
        except Refused as refused:
            return refused.refusal
        except ConnectionClosed:
            return None
        try:
            return await self._converse(setup)
        finally:
            self._service.gate.leave()

    def _enter(self) -> None:
        faults = self._service.faults
        try:
            self._service.gate.enter(faults.limits)
        except Refused as refused:
            faults.struck(limit_behind(refused.refusal), None, self._call.sufferer)
            raise

    async def _converse(self, setup: Setup) -> Refusal | None:
        try:
            speaker = self._speaker(self._voice(setup), self._memory(setup))
            await self._call.suffer("setup")
            if self._part:
                await greet(self._connection, self._part, self._set_up_at)
            else:
                await self._connection.send(frames.SETUP_COMPLETE)
            self._service.ledger.session_set_up(resumes=bool(setup.handle))
            self._call.begin_lifetime()
            async with asyncio.TaskGroup() as tasks:
                speaking = tasks.create_task(self._speak(speaker))
                try:
                    return await self._listen(speaker)
                finally:
                    speaking.cancel()
        except Refused as refused:
            return refused.refusal
        except ConnectionClosed:
            return None

    async def _read_setup(self) -> Setup:
        setup = parse(await self._connection.recv())
        self._set_up_at = time.monotonic()
        if not isinstance(setup, Setup):
            raise Refused(INVALID_ARGUMENT)
        self._endpoint.check_key(self._service.api_key)
        self._seeding = setup.seeds_history
        return setup

    def _memory(self, setup: Setup) -> Memory:
        if not setup.handle:
            return Memory(Conversation(), setup.resumes)
        conversation = self._service.handles.resume(setup.handle)
        if conversation.tags:
            self._service.faults.last_asked(self._call.sufferer, conversation.tags[-1])
        return Memory(conversation, setup.resumes)

    def _speaker(self, voice: Voice, memory: Memory) -> Speaker:
        if self._part:
            return Replayer(self._call, voice, memory, self._part, self._set_up_at)
        return Speaker(self._call, voice, memory)

    def _voice(self, setup: Setup) -> Voice:
        model = models.find(setup.model, self._endpoint.backend, self._endpoint.version)
        modality = models.modality_spoken(model, setup.modalities)
        return voice_of(model, modality, setup.transcribes, self._service.profile.audio_frame_seconds)

    async def _speak(self, speaker: Speaker) -> None:
        with suppress(ConnectionClosed):  # the listener sees it too, and ends the session
            try:
                await speaker.run()
            except Refused as refused:
                await self._call.close(refused.refusal)

    async def _listen(self, speaker: Speaker) -> Refusal | None:
        try:
            async for frame in self._connection:
                received_at = time.monotonic()
                message = parse(frame)
                if isinstance(message, Setup):
                    return INVALID_ARGUMENT
                await speaker.hear()
                if isinstance(message, Content):
                    self._take(message, received_at, speaker)
        except Refused as refused:
            return refused.refusal
        except ConnectionClosed:
            pass
        return None

    def _take(self, content: Content, received_at: float, speaker: Speaker) -> None:
        if content.text:
            self._unasked.append(content.text)
        if not content.turn_complete:
            return
        text = "\n".join(self._unasked)
        prompt = Prompt(text, received_at, tag_of(text))
        self._unasked.clear()
        if self._seeding and not content.realtime:
            self._seeding = False
        else:
            speaker.ask(prompt)
