"""The wire as it is spoken without the SDK, against what the SDK itself says and understands: a change in it shows."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import google.auth
import pytest
from google.genai import live as sdk
from google.oauth2.credentials import Credentials as Account
from websockets.exceptions import ConnectionClosed

from servers import gemini
from servers.causes import is_quota
from servers.chunks import chunk_in
from servers.farewells import Farewell, meaning_of
from servers.raw.credentials import Credentials
from servers.raw.gemini_wire import address, closed, cut_off, message_in, packet_of, prompt_frame, setup_frame
from servers.settings import Settings, read_settings
from tests.servers.test_quick_receive import CHUNKS, CLIENTS, ENDS, ODD_FRAMES, OTHERS, Arriving, receive, turn

FAKE = "https://127.0.0.1:9443/"
ENVIRONMENTS: list[dict[str, str]] = [
    {"GEMINI_API_KEY": "key"},
    {"GEMINI_API_KEY": "key", "GEMINI_MODALITY": "TEXT"},
    {"GEMINI_API_KEY": "key", "GEMINI_MODEL": "models/gemini-3.8-live"},
    {"GEMINI_API_KEY": "key", "GEMINI_MODEL": "tunedModels/mine"},
    {"GEMINI_API_KEY": "key", "GOOGLE_GEMINI_BASE_URL": FAKE},
    {"GOOGLE_CLOUD_PROJECT": "acme"},
    {"GOOGLE_CLOUD_PROJECT": "acme", "GOOGLE_CLOUD_LOCATION": "europe-west4"},
    {"GOOGLE_CLOUD_PROJECT": "acme", "GOOGLE_CLOUD_LOCATION": "eu"},
    {"GOOGLE_CLOUD_PROJECT": "acme", "GEMINI_MODALITY": "AUDIO"},
    {"GOOGLE_CLOUD_PROJECT": "acme", "GEMINI_MODEL": "google/gemini-live-2.5-flash"},
    {"GOOGLE_CLOUD_PROJECT": "acme", "GEMINI_MODEL": "publishers/google/models/gemini-live-2.5-flash"},
    {"GOOGLE_CLOUD_PROJECT": "acme", "GEMINI_MODEL": "projects/p/locations/l/publishers/google/models/m"},
    {"GOOGLE_CLOUD_PROJECT": "acme", "GOOGLE_GEMINI_BASE_URL": FAKE},
    {"GOOGLE_GEMINI_BASE_URL": FAKE},
    {"GOOGLE_GEMINI_BASE_URL": FAKE, "FAKE_GEMINI_KEY": "key"},
    {"GOOGLE_GEMINI_BASE_URL": "https://example.com/gemini"},
]
everywhere = pytest.mark.parametrize(
    "environment", ENVIRONMENTS, ids=lambda environment: " ".join(map("=".join, environment.items()))
)


class Overheard(Exception):
    """Enough has been said."""

    def __init__(self, url: str, headers: Mapping[str, str], frames: list[str]) -> None:
        super().__init__()
        self.url, self.headers, self.frames = url, headers, frames


def said_by_the_sdk(monkeypatch: pytest.MonkeyPatch, settings: Settings, prompt: str) -> Overheard:
    """Where the SDK dials, and what it says first and then."""

    class Wire:
        def __init__(self) -> None:
            self.frames: list[str] = []

        async def send(self, frame: str) -> None:
            self.frames.append(frame)

        async def recv(self, decode: bool) -> bytes:
            return b'{"setupComplete": {}}'

        async def close(self) -> None:
            """There is nothing to close."""

    @asynccontextmanager
    async def overhear(url: str, additional_headers: Mapping[str, str], **_: Any) -> AsyncIterator[Wire]:
        wire = Wire()
        yield wire
        raise Overheard(url, additional_headers, wire.frames)

    async def converse() -> None:
        async with gemini.connect(gemini.make_client(settings), settings) as session:
            await gemini.send_prompt(session, prompt)

    monkeypatch.setattr(sdk, "ws_connect", overhear)
    with pytest.raises(Overheard) as overheard:
        asyncio.run(converse())
    return overheard.value


async def headers_for(settings: Settings) -> Mapping[str, str]:
    return await Credentials(settings).headers()


@everywhere
def test_gemini_is_addressed_and_told_what_the_sdk_tells_it(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    account = Account(token="token", quota_project_id="payer")
    monkeypatch.setattr(google.auth, "default", lambda **_: (account, "acme"))
    settings, prompt = read_settings(environment), "Wie geht's? 🙂 \x00 \u2028"
    overheard = said_by_the_sdk(monkeypatch, settings, prompt)
    assert address(settings) == overheard.url.replace("//ws/", "/ws/")
    assert asyncio.run(headers_for(settings)).items() <= overheard.headers.items()
    setup, said = map(json.loads, overheard.frames)
    assert json.loads(setup_frame(settings)) == setup
    assert json.loads(prompt_frame(prompt)) == said


@everywhere
def test_whoever_proves_itself_to_the_sdk_does_so_here(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    """The headers that are left out are those by which the SDK tells what it is."""
    monkeypatch.setattr(google.auth, "default", lambda **_: (Account(token="token", quota_project_id="payer"), "acme"))
    settings = read_settings(environment)
    overheard = said_by_the_sdk(monkeypatch, settings, "Hello")
    left_out = overheard.headers.keys() - asyncio.run(headers_for(settings)).keys()
    assert left_out == {"Content-Type", "user-agent", "x-goog-api-client"}


def test_token_is_renewed_when_it_runs_out_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    class Passing:
        """An account whose tokens are good for one session."""

        quota_project_id = None
        valid = False
        renewals = 0

        @property
        def token(self) -> str:
            self.valid = self.renewals == 2
            return f"token {self.renewals}"

        def refresh(self, _: object) -> None:
            self.renewals += 1
            self.valid = True

    monkeypatch.setattr(google.auth, "default", lambda **_: (Passing(), "acme"))

    async def four_sessions() -> list[str]:
        credentials = Credentials(read_settings({"GOOGLE_CLOUD_PROJECT": "acme"}))
        return [(await credentials.headers())["Authorization"] for _ in range(4)]

    assert asyncio.run(four_sessions()) == ["Bearer token 1", "Bearer token 2", "Bearer token 2", "Bearer token 2"]


@pytest.mark.parametrize(
    "frame",
    [*(json.dumps(message).encode() for message in (*CHUNKS, *OTHERS, *ENDS)), *ODD_FRAMES[:-1]],
    ids=lambda frame: repr(frame)[:70],
)
def test_message_means_to_a_client_what_it_means_with_the_sdk(frame: Arriving) -> None:
    assert isinstance(frame, bytes)
    for message in (chunk_in(frame) or message_in(frame), message_in(frame)):
        packet = packet_of(message)
        account, *_ = turn(receive, CLIENTS["vertex"], [frame, b'{"serverContent": {"turnComplete": true}}'])
        assert (json.loads(packet) if packet else None) == account[0]


@pytest.mark.parametrize(
    "frame",
    [b'{"code": 429, "message": "slow down"}', b'{"error": {"code": 429, "message": "slow down", "status": "X"}}'],
    ids=["flat", "nested"],
)
def test_error_that_comes_as_a_message_ends_the_session(frame: bytes) -> None:
    with pytest.raises(ConnectionClosed) as refused:
        message_in(frame)
    assert meaning_of(refused.value) == Farewell(1011, "upstream", "Gemini closed the session: 429 slow down")
    assert is_quota(refused.value)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (closed(b"\x03\xf3RESOURCE_EXHAUSTED"), "1011 RESOURCE_EXHAUSTED"),
        (closed(b"\x03\xf0\xc3"), "1008 \ufffd"),
        (closed(b""), "1005 "),
        (cut_off(), "1006 abnormal closure [internal]"),
    ],
    ids=["close", "character cut in two", "close without a code", "no close"],
)
def test_end_of_a_connection_is_told_in_geminis_words(error: ConnectionClosed, told: str) -> None:
    assert meaning_of(error) == Farewell(1011, "upstream", f"Gemini closed the session: {told}")


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"totalTokenCount": 30, "promptTokenCount": 1}, 30),
        ({"promptTokenCount": 10, "responseTokenCount": 5}, 15),
        ({"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 2}, 17),
        (None, None),
    ],
)
def test_tokens_are_counted_as_either_service_tells_them(usage: dict[str, int] | None, tokens: int | None) -> None:
    told = {"usageMetadata": usage} if usage else {}
    assert message_in(json.dumps({"serverContent": {"turnComplete": True}, **told}).encode()).tokens == tokens


NO_TEXT = b'{"serverContent": {"outputTranscription": {"text": {"a": 1}}}}'


@pytest.mark.parametrize("frame", [b"not JSON", b"[]", b"null", b'{"serverContent": {"modelTurn', NO_TEXT], ids=repr)
def test_what_is_no_message_is_an_error(frame: bytes) -> None:
    with pytest.raises(Exception) as error:
        message_in(frame)
    assert meaning_of(error.value) == Farewell(1011, "upstream", "Gemini sent a message that is not understood")


def test_message_of_a_kind_that_is_not_known_yet_is_passed_over() -> None:
    assert packet_of(message_in(b'{"somethingNew": {"code": 7}}')) is None
