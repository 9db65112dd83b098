"""The SDK's client and the configuration of a Live session, for every backend.

Real Gemini and the fake differ in the base URL and in the certificate that `SSL_CERT_FILE` names, and in no code.
"""

from contextlib import AbstractAsyncContextManager

from google import genai
from google.genai.live import AsyncSession
from google.genai.types import (
    AudioTranscriptionConfig,
    Content,
    HttpOptions,
    LiveConnectConfig,
    Modality,
    Part,
)

from servers.settings import Settings

SYSTEM_INSTRUCTION = "You are a friendly assistant in a text chat. Answer plainly and to the point."


def make_client(settings: Settings) -> genai.Client:
    """The SDK's client, one for a process. It reads the trusted certificates when it is made."""
    if settings.backend == "vertex":
        return genai.Client(vertexai=True, project=settings.project, location=settings.location)
    http_options = HttpOptions(base_url=settings.base_url) if settings.base_url else None
    return genai.Client(vertexai=False, api_key=settings.api_key, http_options=http_options)


def connect(client: genai.Client, settings: Settings) -> AbstractAsyncContextManager[AsyncSession]:
    """A Live session; entering it dials and sets up, leaving it closes."""
    speaks = settings.modality == "AUDIO"
    config = LiveConnectConfig(
        response_modalities=[Modality.AUDIO if speaks else Modality.TEXT],
        output_audio_transcription=AudioTranscriptionConfig() if speaks else None,
        system_instruction=SYSTEM_INSTRUCTION,
    )
    return client.aio.live.connect(model=settings.model, config=config)


async def send_prompt(session: AsyncSession, prompt: str) -> None:
    """One whole turn of the user's. While a reply is running this is the interruption."""
    await session.send_client_content(turns=Content(role="user", parts=[Part(text=prompt)]))
