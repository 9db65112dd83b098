"""One Live session, from the upgrade to the close: it checks the setup, then listens while its speaker talks."""

import asyncio
import time
from contextlib import suppress

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from servers.fake_gemini import frames, models
from servers.fake_gemini.client_messages import Content, Setup, parse
from servers.fake_gemini.endpoint import Endpoint
from servers.fake_gemini.refusals import INVALID_ARGUMENT, Refusal, Refused
from servers.fake_gemini.replay import Replayer, greet
from servers.fake_gemini.service import Service
from servers.fake_gemini.speaker import Prompt, Speaker, Voice

VANISHED = 1006
"""The close code that stands for none at all (RFC 6455, section 7.1.5)."""


class Session:
    def __init__(self, connection: ServerConnection, endpoint: Endpoint, service: Service) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._service = service
        self._part = service.repertoire.next_part() if service.repertoire else None
        self._set_up_at = 0.0
        self._unasked: list[str] = []
        """Text sent with `turnComplete: false`: part of the next prompt."""
        self._seeding = False
        """Whether what comes first is history from before the session, which asks for no answer."""

    async def run(self) -> None:
        """Serve the session to its end, and enter it in the ledger."""
        ledger = self._service.ledger
        ledger.session_opened()
        refusal: Refusal | None = None
        try:
            refusal = await self._serve()
            if refusal:
                await self._connection.close(refusal.code, refusal.reason)
        finally:
            ledger.session_closed(refusal.code if refusal else self._connection.close_code or VANISHED)

    async def _serve(self) -> Refusal | None:
        """Returns why the session must be closed, or None where the client has closed it."""
        try:
            speaker = self._speaker(await self._set_up())
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

    async def _set_up(self) -> Voice:
        setup = parse(await self._connection.recv())
        self._set_up_at = time.monotonic()
        if not isinstance(setup, Setup):
            raise Refused(INVALID_ARGUMENT)
        self._endpoint.check_key(self._service.api_key)
        voice = self._voice(setup)
        self._seeding = setup.seeds_history
        if self._part:
            await greet(self._connection, self._part, self._set_up_at)
        else:
            await self._connection.send(frames.SETUP_COMPLETE)
        return voice

    def _speaker(self, voice: Voice) -> Speaker:
        if self._part:
            return Replayer(self._connection, voice, self._service, self._part, self._set_up_at)
        return Speaker(self._connection, voice, self._service)

    def _voice(self, setup: Setup) -> Voice:
        backend = self._endpoint.backend
        model = models.find(setup.model, backend, self._endpoint.version)
        modality = models.modality_spoken(model, setup.modalities)
        if modality == "TEXT":
            return Voice(backend, modality, frames.text_chunk(model.names_its_role), audio=None)
        frame = frames.silence(self._service.profile.audio_frame_seconds, model.names_its_role)
        return Voice(backend, modality, frames.TRANSCRIPTION if setup.transcribes else None, frame)

    async def _speak(self, speaker: Speaker) -> None:
        with suppress(ConnectionClosed):  # the listener sees it too, and ends the session
            await speaker.run()

    async def _listen(self, speaker: Speaker) -> Refusal | None:
        try:
            async for frame in self._connection:
                received_at = time.monotonic()
                message = parse(frame)
                if isinstance(message, Setup):
                    return INVALID_ARGUMENT
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
        prompt = Prompt("\n".join(self._unasked), received_at)
        self._unasked.clear()
        if self._seeding and not content.realtime:
            self._seeding = False
        else:
            speaker.ask(prompt)
