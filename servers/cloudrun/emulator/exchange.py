"""What the front makes of a request on its way in, and of a response on its way out. Pure."""

import secrets

from servers.cloudrun.emulator.heads import Head
from servers.cloudrun.emulator.tokens import without_signature

AFFINITY_COOKIE = "GAESA"
AFFINITY_SECONDS = 30 * 86400
PREFERRED, USUAL = "X-Serverless-Authorization", "Authorization"
_BEARER = "bearer "
RESERVED, RESERVED_BELOW = ("/eventlog", "/healthz"), "/_ah/"
"""Paths that Google's front keeps to itself: no request for them reaches a container."""


def token_of(head: Head) -> tuple[str, str | None]:
    """The header that is looked into, and the token in it: the platform's own header goes before the usual one."""
    name = PREFERRED if head.get(PREFERRED) is not None else USUAL
    value = head.get(name) or ""
    return name, value[len(_BEARER) :].strip() if value.lower().startswith(_BEARER) else None


def is_reserved(head: Head) -> bool:
    path = head.target.partition("?")[0]
    return path in RESERVED or path.startswith(RESERVED_BELOW)


def for_container(head: Head, client: str, checked: bool) -> Head:
    """The request as the container gets it: told who called, and without a token that it could use."""
    if checked:
        name, token = token_of(head)
        head = head.with_set(name, f"Bearer {without_signature(token or '')}")
    before = head.get("X-Forwarded-For")
    head = head.with_set("X-Forwarded-For", f"{before}, {client}" if before else client)
    head = head.with_set("X-Forwarded-Proto", "https")
    head = head.with_set("X-Cloud-Trace-Context", _trace(head.get("X-Cloud-Trace-Context")))
    return head if head.upgrades else head.with_set("Connection", "close")


def for_client(head: Head, affinity: str | None) -> Head:
    """The response as the client gets it. `affinity` is the cookie to set; a connection serves one request."""
    if affinity:
        cookie = f"{AFFINITY_COOKIE}={affinity}; Max-Age={AFFINITY_SECONDS}; Path=/; Secure; HttpOnly"
        head = head.with_added(("Set-Cookie", cookie))
    return head if head.status == 101 else head.without("Keep-Alive").with_set("Connection", "close")


def refusal(status: int, reason: str, message: str) -> bytes:
    """An answer of the front's own."""
    body = f"{message}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        ("Server", "Google Frontend"),
    ]
    if status == 401:
        headers.append(("WWW-Authenticate", f'Bearer error="invalid_token" error_description="{_quoted(message)}"'))
    return Head(f"HTTP/1.1 {status} {reason}", tuple(headers)).encode() + body


def _quoted(text: str) -> str:
    return text.replace("\\", "").replace('"', "'").replace("\r", " ").replace("\n", " ")


def _trace(given: str | None) -> str:
    """TRACE/SPAN;o=OPTIONS; a trace that the client began is carried on."""
    trace = (given or "").partition("/")[0] or secrets.token_hex(16)
    return f"{trace}/{secrets.randbits(63)};o=1"
