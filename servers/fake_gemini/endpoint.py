"""Which API a client dialled, and who it says it is: read from the path and headers of the upgrade. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from servers.fake_gemini.models import Backend
from servers.fake_gemini.refusals import INVALID_KEY, INVALID_TOKEN, MISSING_KEY, Refused

# Anything may stand before /ws/: the SDK appends its path to the base URL as it is, so production itself sees //ws/.
_PATHS: dict[Backend, re.Pattern[str]] = {
    "developer": re.compile(
        r".*/ws/google\.ai\.generativelanguage\.(?P<version>\w+)"
        r"\.GenerativeService\.BidiGenerateContent(?:Constrained)?"
    ),
    "vertex": re.compile(r".*/ws/google\.cloud\.aiplatform\.(?P<version>\w+)\.LlmBidiService/BidiGenerateContent"),
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    backend: Backend
    version: str
    key: str
    token: str
    """From an Authorization header or `?access_token=`; empty where a key or nothing was given."""

    def check_key(self, accepted: str | None) -> None:
        """Raises Refused for credentials that are missing, or, where one key is accepted, for any other."""
        if not (self.key or self.token):
            raise Refused(MISSING_KEY)
        if accepted is not None and (self.key or self.token) != accepted:
            raise Refused(INVALID_KEY if self.key else INVALID_TOKEN)


def read_endpoint(target: str, headers: Mapping[str, str]) -> Endpoint | None:
    """The endpoint that a request target (path and query) names; None where no Live API is served there."""
    # Not urlsplit of the target as it is: it would take the first part of //ws/... for a host.
    address = urlsplit("https://fake" + target)
    query = parse_qs(address.query)
    for backend, pattern in _PATHS.items():
        if match := pattern.fullmatch(address.path):
            scheme, _, token = headers.get("Authorization", "").partition(" ")
            if scheme.lower() not in ("bearer", "token"):
                token = query.get("access_token", [""])[0]
            key = headers.get("x-goog-api-key") or query.get("key", [""])[0]
            return Endpoint(backend, match["version"], key, token.strip())
    return None
