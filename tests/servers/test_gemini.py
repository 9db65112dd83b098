"""Which API the SDK's client speaks; what it says on the wire is tested with the fake at the other end."""

import asyncio
from contextlib import nullcontext

import pytest
from google.genai.errors import APIError

from servers.gemini import connect, make_client
from servers.settings import read_settings
from tests.fake_gemini_process import fake_gemini

FAKE = "https://127.0.0.1:9443/"


def address_of(client: object) -> str:
    """Where the SDK will dial; it keeps that to itself."""
    url: str = client._api_client._http_options.base_url  # type: ignore[attr-defined]
    return url


@pytest.mark.parametrize(
    ("environment", "vertex", "address"),
    [
        ({"GEMINI_API_KEY": "key"}, False, "https://generativelanguage.googleapis.com/"),
        ({"GOOGLE_CLOUD_PROJECT": "acme"}, True, "https://aiplatform.googleapis.com/"),
        ({"GOOGLE_CLOUD_PROJECT": "acme", "GOOGLE_GEMINI_BASE_URL": FAKE}, True, FAKE),
        ({"GEMINI_API_KEY": "key", "GOOGLE_GEMINI_BASE_URL": FAKE}, False, FAKE),
        ({"GOOGLE_GEMINI_BASE_URL": FAKE}, True, FAKE),
    ],
    ids=["key", "project", "project and address", "key and address", "address"],
)
@pytest.mark.parametrize("surroundings", [{}, {"GOOGLE_GENAI_USE_VERTEXAI": "true", "GOOGLE_API_KEY": "another"}])
def test_settings_alone_decide_which_api_is_spoken_and_where(
    monkeypatch: pytest.MonkeyPatch,
    surroundings: dict[str, str],
    environment: dict[str, str],
    vertex: bool,
    address: str,
) -> None:
    """Not what the SDK would read from the environment by itself."""
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    client = make_client(read_settings(environment))
    assert (client.vertexai, address_of(client)) == (vertex, address)


@pytest.mark.parametrize(("key", "let_in"), [("the-right-one", True), ("another", False), ("", False)])
def test_fake_that_is_guarded_lets_in_who_has_its_key(monkeypatch: pytest.MonkeyPatch, key: str, let_in: bool) -> None:
    async def set_up(environment: dict[str, str]) -> None:
        settings = read_settings(environment)
        async with connect(make_client(settings), settings):
            pass

    with fake_gemini("fast", "--api-key", "the-right-one") as fake:
        monkeypatch.setenv("SSL_CERT_FILE", str(fake.certificate))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with nullcontext() if let_in else pytest.raises(APIError):
            asyncio.run(set_up({"GOOGLE_GEMINI_BASE_URL": fake.url, "FAKE_GEMINI_KEY": key}))
