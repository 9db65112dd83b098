"""What it means that Gemini fails: whether a quota is used up, and a name for what happened. Pure."""

from google.genai.errors import APIError
from websockets.exceptions import ConnectionClosed, InvalidStatus

_TOO_MANY_REQUESTS = 429
_NO_ROOM = (_TOO_MANY_REQUESTS, 503)
_EXHAUSTED = 1011
_NOT_FOUND = 1008
_WORDS = ("exceeded your current quota", "resource has been exhausted", "resource_exhausted")
"""What tells a quota from the other troubles with which Gemini closes a session in the same way."""
_KNOWN_CLOSES = (1000, 1001, 1006, 1007, 1008, 1011, 1012, 1013)


def is_quota(error: BaseException) -> bool:
    """Whether Gemini says by an error that a quota is used up, for the moment or for the minute."""
    if isinstance(error, InvalidStatus):
        return error.response.status_code in _NO_ROOM
    code, reason = _close_of(error)
    words = reason.lower()
    return code == _TOO_MANY_REQUESTS or (code == _EXHAUSTED and any(part in words for part in _WORDS))


def is_forgotten(error: BaseException) -> bool:
    """Whether Gemini says by an error that it knows no conversation by the handle that it was given."""
    return names_no_session(*_close_of(error))


def names_no_session(close_code: int | None, reason: str) -> bool:
    """As `is_forgotten`, by the close."""
    return close_code == _NOT_FOUND and "session not found" in reason


def cause_of(error: BaseException) -> str:
    """A failure of Gemini's as one of a few names: `quota`, `closed_1008` and its like, `http_403`, `unreachable`."""
    if is_quota(error):
        return "quota"
    if isinstance(error, InvalidStatus):
        return f"http_{error.response.status_code}"
    if not isinstance(error, (APIError, ConnectionClosed)):
        return "unreachable"
    code, _ = _close_of(error)
    return f"closed_{code}" if code in _KNOWN_CLOSES else "closed_otherwise"


def _close_of(error: BaseException) -> tuple[int | None, str]:
    """Code and reason of the close that an error tells of; 1006, as for the SDK, where a connection just ended."""
    match error:
        case APIError():
            # On this wire an APIError carries the close code, and the close reason as its details.
            reason = error.details if isinstance(error.details, str) else error.message
            return error.code, reason or ""
        case ConnectionClosed():
            return (error.rcvd.code, error.rcvd.reason) if error.rcvd else (1006, "")
    return None, ""
