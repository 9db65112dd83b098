"""A client whose connection is gone comes back and goes on with its conversation, by a token that it was given.

A token holds Gemini's handle of the conversation and whom it was given to, sealed: whoever has it can neither read nor
change it, and it is good for some time only. With the same `RESUME_SECRET`, one server takes the tokens of another.

A browser can give nothing along with a WebSocket's upgrade but subprotocols, so these are how a client asks for all of
this: `live` by itself to be given tokens, with `resume.<token>` beside it to go on. One that offers neither is told
nothing of it.
"""

import hashlib
import json
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken

from servers.farewells import Refused
from servers.origins import Headers

PROTOCOL = "live"
TOKEN_PREFIX = "resume."
COOKIE = "live_visitor"
TOKEN_SECONDS = 7200
"""How long a token is good for: as long as Gemini keeps a handle."""

_VISITOR = re.compile(rf"(?:^|;)\s*{COOKIE}=([A-Za-z0-9_-]{{43}})\s*(?:;|$)")


class Resumption:
    """Of one server. Any thread may use it."""

    def __init__(self, secret: str | None) -> None:
        """Without a secret, tokens are good for as long as this process lives."""
        digest = hashlib.sha256((secret or secrets.token_hex()).encode()).digest()
        self._seal = Fernet(urlsafe_b64encode(digest))

    def asked(self, headers: Headers) -> "Ticket":
        """What a client asks for by the headers of its upgrade."""
        offered = [part.strip() for part in (headers.get("sec-websocket-protocol") or "").split(",")]
        tokens = (part.removeprefix(TOKEN_PREFIX) for part in offered if part.startswith(TOKEN_PREFIX))
        return Ticket(self._seal, _visitor_in(headers), PROTOCOL in offered, next(tokens, None))


class Ticket:
    """What one session may be resumed by, and what it resumes."""

    def __init__(self, seal: Fernet, visitor: str, wanted: bool, token: str | None) -> None:
        self._seal = seal
        self._visitor = visitor
        self._token = token if wanted else None
        self.wanted = wanted
        self.subprotocol = PROTOCOL if wanted else None
        """What to answer the upgrade with."""

    def handle(self) -> str | None:
        """Gemini's handle of the conversation that the client goes on with; None where it begins a new one.

        Raises Refused for a token that is forged, too old, or was given to somebody else.
        """
        if self._token is None:
            return None
        padded = self._token.encode() + b"=" * (-len(self._token) % 4)
        try:
            handle, visitor = json.loads(self._seal.decrypt(padded, ttl=TOKEN_SECONDS))
        except InvalidToken:
            raise Refused("resume_refused", "this token is not one of ours, or too old: begin anew") from None
        if visitor != self._visitor:
            raise Refused("resume_refused", "this token was given to somebody else: begin anew")
        return str(handle)

    def packet(self, handle: str | None) -> str | None:
        """The packet by which the client may come back; None where it does not want to, or there is no handle yet."""
        if not self.wanted or handle is None:
            return None
        token = self._seal.encrypt(json.dumps([handle, self._visitor]).encode()).decode().rstrip("=")
        return json.dumps({"resume": {"token": token, "seconds": TOKEN_SECONDS}})


def cookie_for(headers: Headers) -> Mapping[str, str]:
    """The header to add to the page, by the headers of the request for it: whom tokens are to be for.

    None where the browser is known already. The cookie goes to no other site, and no script can read it.
    """
    if _visitor_in(headers):
        return {}
    # Where somebody in front ends TLS, this says so.
    secure = "; Secure" if headers.get("x-forwarded-proto") == "https" else ""
    return {"Set-Cookie": f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; HttpOnly; SameSite=Strict{secure}"}


def _visitor_in(headers: Headers) -> str:
    """Empty for who has no cookie: then whoever holds the token may use it, if without a cookie as well."""
    found = _VISITOR.search(headers.get("cookie") or "")
    return found[1] if found else ""
