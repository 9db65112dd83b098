"""What the environment says, typed. Both servers read the same settings, so none can be an unfair advantage."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePath
from typing import Literal

from servers.errors import SettingsError
from servers.injection import VARIABLE, Injection, read_injection
from servers.origins import is_origin

SYSTEM_INSTRUCTION = "You are a friendly assistant in a text chat. Answer plainly and to the point."
MAX_MESSAGE_BYTES = 64 * 1024
"""Longest message accepted from a client; a longer one is closed with 1009 by each server's WebSocket layer.

Of a text they count the characters, each of which may be of up to LONGEST_CHARACTER_BYTES.
"""
LONGEST_CHARACTER_BYTES = 4
OPENING_SECONDS = 10.0
"""How long a client may take to say what it wants, once it has a connection."""
SHORTEST_SECRET = 32
"""Characters."""
MOST = 1_000_000_000
"""What a limit may be at most."""

Backend = Literal["developer", "vertex", "custom"]
Modality = Literal["TEXT", "AUDIO"]
LogLevel = Literal["info", "warning", "error"]
MODALITIES: Mapping[str, Modality] = {"TEXT": "TEXT", "AUDIO": "AUDIO"}
LOG_LEVELS: Mapping[str, LogLevel] = {"info": "info", "warning": "warning", "error": "error"}
"""Not `debug`: there the libraries below write down all that passes, keys included."""

DEFAULT_MODELS: Mapping[Backend, tuple[str, Modality]] = {
    "developer": ("gemini-3.8-live", "AUDIO"),  # speaks only: its transcript is the text of the chat
    "vertex": ("gemini-live-2.5-flash", "TEXT"),
    "custom": ("gemini-live-2.5-flash", "TEXT"),
}


@dataclass(frozen=True)
class Settings:
    """Where Gemini is, which model answers, how much is served to whom, and what is written down."""

    backend: Backend
    model: str
    modality: Modality
    api_key: str | None = field(default=None, repr=False)
    project: str | None = None
    location: str | None = None
    base_url: str | None = None
    idle_seconds: float = 600.0
    """A session with neither a prompt nor a reply for this long is closed."""
    max_sessions: int | None = None
    """How many sessions a process has at a time; None: as many as come."""
    prompts_per_minute: int | None = None
    """Of each session; None: as many as come."""
    tokens_per_minute: int | None = None
    """Of all sessions of a process together, as Gemini counts them; None: no matter how many."""
    allowed_origins: frozenset[str] = frozenset()
    """Pages that browsers may come from, in small letters; empty: those of the host that is asked."""
    log_level: LogLevel = "warning"
    """What is logged at least. Sessions that come and go are `info`, which costs something for each of them."""
    log_prompts: bool = False
    """Whether what people say is logged."""
    resume_secret: str | None = field(default=None, repr=False)
    """What tokens to resume by are sealed with; None: something that nobody knows, anew for each process."""
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
        max_sessions=_positive_number(environ, "MAX_SESSIONS"),
        prompts_per_minute=_positive_number(environ, "PROMPTS_PER_MINUTE"),
        tokens_per_minute=_positive_number(environ, "TOKENS_PER_MINUTE"),
        allowed_origins=_origins(environ),
        log_level=_log_level(environ),
        log_prompts=_logs_prompts(environ),
        resume_secret=_resume_secret(environ),
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


def _positive_number(environ: Mapping[str, str], name: str) -> int | None:
    text = environ.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= MOST):
        raise SettingsError(f"{name} is {text!r}: set it to a whole number from 1 to {MOST}, or unset it for no limit")
    return int(text)


def _origins(environ: Mapping[str, str]) -> frozenset[str]:
    text = environ.get("ALLOWED_ORIGINS") or ""
    origins = frozenset(origin.strip().lower() for origin in text.split(",")) if text else frozenset()
    for origin in origins:
        if not is_origin(origin):
            raise SettingsError(
                f"ALLOWED_ORIGINS has {origin!r}: write origins as browsers do, as in https://chat.example.org, with "
                "commas between them"
            )
    return origins


def _logs_prompts(environ: Mapping[str, str]) -> bool:
    text = environ.get("LOG_PROMPTS") or "0"
    if text not in ("0", "1"):
        raise SettingsError(f"LOG_PROMPTS is {text!r}: set it to 1 to log what people say, or unset it")
    return text == "1"


def _log_level(environ: Mapping[str, str]) -> LogLevel:
    """Prompts are logged at `info`, so that who asks for them gets that."""
    text = environ.get("LOG_LEVEL") or ("info" if _logs_prompts(environ) else Settings.log_level)
    if text not in LOG_LEVELS:
        raise SettingsError(f"LOG_LEVEL is {text!r}: set it to one of {', '.join(LOG_LEVELS)}")
    if _logs_prompts(environ) and text != "info":
        raise SettingsError(f"LOG_PROMPTS=1 logs nothing with LOG_LEVEL={text}: unset either, or set LOG_LEVEL to info")
    return LOG_LEVELS[text]


def _resume_secret(environ: Mapping[str, str]) -> str | None:
    secret = environ.get("RESUME_SECRET") or None
    if secret and len(secret) < SHORTEST_SECRET:
        raise SettingsError(
            f"RESUME_SECRET is too short to be one: set it to {SHORTEST_SECRET} random characters or more, such as "
            "`openssl rand -hex 32` prints, or unset it"
        )
    return secret


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
