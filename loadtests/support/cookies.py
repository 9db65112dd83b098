"""One person's cookies, kept from one session to the next: what sticks a client to one instance of a service.

All of them come from the one address that the person talks to, and go back to it alone, so that domains and paths do
not matter. Pure but for the time of day, by which they expire.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_ATTRIBUTES = {"comment", "domain", "expires", "httponly", "max-age", "partitioned", "path", "priority", "samesite",
               "secure", "version"}  # fmt: skip
"""Of RFC 6265, and those that came later: what stands beside them is no cookie."""


class Cookies:
    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def take(self, set_cookie: str | None) -> None:
        """What the answer to an upgrade set; several `Set-Cookie` headers may be joined by semicolons."""
        name = ""
        for part in (set_cookie or "").split(";"):
            key, separator, value = (piece.strip() for piece in part.partition("="))
            if key.lower() in _ATTRIBUTES:
                if _is_over(key.lower(), value):
                    self._values.pop(name, None)
            elif separator and key:
                name = key
                self._values[name] = value

    @property
    def header(self) -> str | None:
        """What to send with the next upgrade; None where there is nothing to send."""
        return "; ".join(f"{name}={value}" for name, value in self._values.items()) or None


def _is_over(attribute: str, value: str) -> bool:
    """Whether the attribute says that the cookie is to be forgotten at once, as a server deletes one."""
    if attribute == "max-age":
        return value.startswith("-") or value == "0"
    if attribute != "expires":
        return False
    try:
        expires = parsedate_to_datetime(value)
    except ValueError:
        return False
    return expires.replace(tzinfo=expires.tzinfo or UTC) <= datetime.now(UTC)
