"""The SDK's client and the configuration of a Live session, for every backend.

Real Gemini and the fake differ in the base URL and in the certificate that `SSL_CERT_FILE` names, and in no code.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from google import genai
from google.genai.errors import APIError
from google.genai.live import AsyncSession
from google.genai.types import (
    AudioTranscriptionConfig,
    Content,
    HttpOptions,
    LiveConnectConfig,
    Modality,
    Part,
    SessionResumptionConfig,
)
from websockets.exceptions import ConnectionClosed

from servers.causes import is_forgotten
from servers.farewells import forgotten
from servers.injection import ballast
from servers.patience import CLOSE_SECONDS
from servers.settings import SYSTEM_INSTRUCTION, Settings

LOST = (APIError, ConnectionClosed)
"""What reading from a connection that has ended raises, or writing to it."""


def make_client(settings: Settings) -> genai.Client:
    """The SDK's client, one for a process. It reads the trusted certificates when it is made."""
    # The SDK hands these to its WebSocket connections.
    http_options = HttpOptions(base_url=settings.base_url, async_client_args={"close_timeout": CLOSE_SECONDS})
    match settings.backend:
        case "developer":
            return genai.Client(vertexai=False, api_key=settings.api_key, http_options=http_options)
        case "vertex":
            return genai.Client(
                vertexai=True, project=settings.project, location=settings.location, http_options=http_options
            )
        case "custom":  # the wire of Vertex AI's express mode, which asks for a key and for no other credentials
            return genai.Client(vertexai=True, api_key=settings.api_key or "none", http_options=http_options)


@asynccontextmanager
async def connect(client: genai.Client, settings: Settings, handle: str | None = None) -> AsyncIterator[AsyncSession]:
    """A Live session: entering dials and sets up, leaving closes it properly however the conversation ended.

    With a `handle`, the conversation that it stands for goes on; raises Refused where Gemini no longer knows of it.
    """
    speaks = settings.modality == "AUDIO"
    config = LiveConnectConfig(
        response_modalities=[Modality.AUDIO if speaks else Modality.TEXT],
        output_audio_transcription=AudioTranscriptionConfig() if speaks else None,
        system_instruction=SYSTEM_INSTRUCTION,
        session_resumption=SessionResumptionConfig(handle=handle),
    )
    with ballast(settings.injection):
        async with AsyncExitStack() as opened:
            try:
                session = await opened.enter_async_context(client.aio.live.connect(model=settings.model, config=config))
            except APIError as error:
                if handle and is_forgotten(error):
                    raise forgotten() from error
                raise
            opened.push_async_callback(session.close)
            yield session


async def send_prompt(session: AsyncSession, prompt: str) -> None:
    """One whole turn of the user's. While a reply is running this is the interruption."""
    await session.send_client_content(turns=Content(role="user", parts=[Part(text=prompt)]))
