"""Talking to the fake as its users do: through the real google-genai SDK, or with bare frames where bytes matter."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import google.oauth2.credentials
import pytest
from google import genai
from google.genai.errors import APIError
from google.genai.live import AsyncSession
from google.genai.types import HttpOptions, LiveServerMessage
from websockets.asyncio.client import ClientConnection, connect

from tests.fake_gemini_process import DEADLINE_SECONDS, RunningFake

T = TypeVar("T")

TEXT = {"response_modalities": ["TEXT"]}
SPOKEN = {"response_modalities": ["AUDIO"]}
TRANSCRIBED = {"response_modalities": ["AUDIO"], "output_audio_transcription": {}}
TEXT_MODEL = "gemini-live-2.5-flash"
"""Vertex AI's; the Developer API has none that chats in text."""
DEVELOPER_TEXT_MODEL = "gemini-robotics-er-2-streaming-preview"
AUDIO_MODEL = "gemini-3.8-live"

DEVELOPER_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
SETUP = {"setup": {"model": f"models/{DEVELOPER_TEXT_MODEL}", "generationConfig": {"responseModalities": ["TEXT"]}}}


def _options(fake: RunningFake, **more: Any) -> HttpOptions:
    base_url = more.pop("base_url", fake.url)
    return HttpOptions(base_url=base_url, async_client_args={"ssl": fake.tls, "proxy": None}, **more)


def developer(fake: RunningFake, api_key: str = "any", **options: Any) -> genai.Client:
    """A client of the Developer API."""
    return genai.Client(vertexai=False, api_key=api_key, http_options=_options(fake, **options))


def vertex_express(fake: RunningFake, **options: Any) -> genai.Client:
    """A client of Vertex AI that has a key and no project."""
    return genai.Client(vertexai=True, api_key="any", http_options=_options(fake, **options))


def vertex_project(fake: RunningFake, location: str = "global") -> genai.Client:
    """A client of Vertex AI that has a project and a token."""
    credentials = google.oauth2.credentials.Credentials(token="fake")
    return genai.Client(
        vertexai=True, project="p", location=location, credentials=credentials, http_options=_options(fake)
    )


def live(
    client: genai.Client, model: str | None = None, config: Any = TEXT
) -> AbstractAsyncContextManager[AsyncSession]:
    """A session with a model; with one that writes, of the client's own backend, unless another is named."""
    writer = TEXT_MODEL if client.vertexai else DEVELOPER_TEXT_MODEL
    return client.aio.live.connect(model=model or writer, config=config)


async def send(session: AsyncSession, text: str, *, turn_complete: bool = True) -> None:
    await session.send_client_content(turns={"role": "user", "parts": [{"text": text}]}, turn_complete=turn_complete)


async def receive_turn(session: AsyncSession) -> list[LiveServerMessage]:
    """All messages up to and including the one that completes a turn."""
    return [message async for message in session.receive()]


async def ask(session: AsyncSession, text: str) -> list[LiveServerMessage]:
    await send(session, text)
    return await receive_turn(session)


def texts_of(messages: list[LiveServerMessage]) -> list[str]:
    """The chunks of a reply, written or transcribed."""
    chunks = []
    for message in messages:
        content = message.server_content
        if content and content.output_transcription:
            chunks.append(content.output_transcription.text or "")
        elif message.text:
            chunks.append(message.text)
    return chunks


def kinds_of(messages: list[LiveServerMessage]) -> list[str]:
    """The names of the fields that each message has, joined where it has several, such as `turn_complete+usage`."""
    kinds = []
    for message in messages:
        names = sorted(message.server_content.model_dump(exclude_none=True)) if message.server_content else []
        kinds.append("+".join(names + ["usage"] * (message.usage_metadata is not None)))
    return kinds


def refusal_of(client: genai.Client, model: str | None = None, config: Any = TEXT) -> tuple[int, str]:
    """Close code and reason with which a session is refused at its setup, as the SDK shows them."""

    async def try_to_connect() -> None:
        async with live(client, model, config):
            raise AssertionError("the session was accepted")

    with pytest.raises(APIError) as caught:
        run(try_to_connect)
    return caught.value.code, str(caught.value.details)


def run(conversation: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The outcome of a conversation, which may not hang."""

    async def within_the_deadline() -> T:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await conversation()

    return asyncio.run(within_the_deadline())


@asynccontextmanager
async def bare(fake: RunningFake, path: str = DEVELOPER_PATH + "?key=any") -> AsyncIterator[ClientConnection]:
    """A WebSocket without the SDK, nothing sent yet."""
    address = fake.url.replace("https", "wss") + path
    async with connect(address, ssl=fake.tls, proxy=None, compression=None) as connection:
        yield connection


async def set_up(connection: ClientConnection) -> bytes:
    """Send the setup and return what is answered."""
    await connection.send(json.dumps(SETUP))
    answer = await connection.recv()
    assert isinstance(answer, bytes), "Google sends binary frames"
    return answer


async def frames_until_complete(connection: ClientConnection) -> list[bytes]:
    frames = []
    while True:
        frame = await connection.recv()
        assert isinstance(frame, bytes), "Google sends binary frames"
        frames.append(frame)
        if b'"turnComplete"' in frame:
            return frames
