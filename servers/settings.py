"""What the environment says, typed. Both servers read the same settings, so none can be an unfair advantage."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePath
from typing import Literal

from servers.errors import SettingsError
from servers.injection import VARIABLE, Injection, read_injection

MAX_MESSAGE_BYTES = 64 * 1024
"""Longest message accepted from a client; a longer one is closed with 1009 by either server's WebSocket layer."""

Backend = Literal["developer", "vertex", "custom"]
Modality = Literal["TEXT", "AUDIO"]
MODALITIES: Mapping[str, Modality] = {"TEXT": "TEXT", "AUDIO": "AUDIO"}

DEFAULT_MODELS: Mapping[Backend, tuple[str, Modality]] = {
    "developer": ("gemini-3.8-live", "AUDIO"),  # speaks only: its transcript is the text of the chat
    "vertex": ("gemini-live-2.5-flash", "TEXT"),
    "custom": ("gemini-live-2.5-flash", "TEXT"),
}


@dataclass(frozen=True)
class Settings:
    """Where Gemini is, which model answers and how long a silent client is kept."""

    backend: Backend
    model: str
    modality: Modality
    api_key: str | None = field(default=None, repr=False)
    project: str | None = None
    location: str | None = None
    base_url: str | None = None
    idle_seconds: float = 600.0
    """A session with neither a prompt nor a reply for this long is closed."""
    injection: Injection | None = None
    """Faults to put in, for tests against the fake."""


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from environment variables. Raises SettingsError.

    `GOOGLE_CLOUD_PROJECT` (and `GOOGLE_CLOUD_LOCATION`) mean Vertex AI with the machine's own credentials, else
    `GEMINI_API_KEY` or `GOOGLE_API_KEY` the Developer API. `GOOGLE_GEMINI_BASE_URL` puts another address in place of
    Google's; alone, it is the fake's, which needs no credentials, or the key in `FAKE_GEMINI_KEY` where it is guarded.
    """
    base_url = environ.get("GOOGLE_GEMINI_BASE_URL") or None
    project = environ.get("GOOGLE_CLOUD_PROJECT") or None
    api_key = environ.get("GEMINI_API_KEY") or environ.get("GOOGLE_API_KEY") or None
    if project:
        backend: Backend = "vertex"
    elif api_key:
        backend = "developer"
    elif base_url:
        backend = "custom"
        api_key = environ.get("FAKE_GEMINI_KEY") or None
    else:
        raise SettingsError(
            "no Gemini to talk to: set GEMINI_API_KEY, or GOOGLE_CLOUD_PROJECT (and GOOGLE_CLOUD_LOCATION) for "
            "Vertex AI, or GOOGLE_GEMINI_BASE_URL for the fake"
        )
    model, modality = DEFAULT_MODELS[backend]
    return Settings(
        backend=backend,
        model=environ.get("GEMINI_MODEL") or model,
        modality=_modality(environ.get("GEMINI_MODALITY") or modality),
        api_key=None if backend == "vertex" else api_key,
        project=project,
        location=(environ.get("GOOGLE_CLOUD_LOCATION") or "global") if project else None,
        base_url=base_url,
        idle_seconds=_positive_seconds(environ, "IDLE_SECONDS", Settings.idle_seconds),
        injection=_injection(environ, backend),
    )


def _modality(value: str) -> Modality:
    if value in MODALITIES:
        return MODALITIES[value]
    raise SettingsError(f"GEMINI_MODALITY is {value!r}: set it to TEXT or AUDIO")


def _positive_seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name)
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        raise SettingsError(f"{name} is {text!r}: set it to a number of seconds above zero")
    return seconds


def _injection(environ: Mapping[str, str], backend: Backend) -> Injection | None:
    text = environ.get(VARIABLE)
    if not text:
        return None
    if backend != "custom":
        raise SettingsError(f"{VARIABLE} is for tests against the fake Gemini: unset it")
    return read_injection(text)


@cache
def build_id() -> str:
    """Names the code that is running."""
    return build_of(Path(__file__).parent)


def build_of(servers: Path) -> str:
    """Names the code in a folder like this one: a hash over all that is served, twelve hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(servers.rglob("*.py")):
        name = path.relative_to(servers)
        if is_served(name):
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_served(name: PurePath) -> bool:
    """Whether a file, named from the folder of the servers on, is code of a chat server.

    The stand-ins and the relay that records are not served beside one, the page is nothing that a conversation runs
    through, and what stands around a server in the cloud is the same for all of them.
    """
    return name.suffix == ".py" and name.parts[0] not in ("cloudrun", "fake_gemini", "null_chat", "page", "recording")


def health(names: Mapping[str, str | None], settings: Settings) -> dict[str, str | None]:
    """What `/healthz` says: the `names` a server introduces itself by, what is behind it, and never a key."""
    address = settings.base_url or "Google"
    injected = {"injected": settings.injection.written} if settings.injection else {}
    return {
        **names,
        "backend": settings.backend,
        "model": settings.model,
        "gemini": address,
        **injected,
    }
