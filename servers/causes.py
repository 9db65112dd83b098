"""What it means that Gemini fails: whether a quota is used up, whether it may pass, and a name for it. Pure.

The SDK's errors are known by name, as importing it costs 0.4 s and 28 MB, and raw does without it.
"""

from traceback import walk_tb
from typing import TYPE_CHECKING, TypeGuard

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CLOSE_CODE_EXPLANATIONS

if TYPE_CHECKING:
    from google.genai.errors import APIError

_TOO_MANY_REQUESTS = 429
_UNAVAILABLE = 503
_EXHAUSTED = 1011
_NOT_FOUND = 1008
_NO_CLOSE = 1006
_WORDS = ("exceeded your current quota", "resource has been exhausted", "resource_exhausted")
"""What tells a quota from the other troubles with which Gemini closes a session in the same way."""
_KNOWN_CLOSES = (1000, 1001, 1006, 1007, 1008, 1011, 1012, 1013)
_ANYBODYS = (TypeError, ValueError, LookupError, AttributeError, RecursionError)
_READERS = {("google.genai.live", "receive"), ("servers.raw.gemini_wire", "message_in")}
"""Modules and functions that make something of what Gemini sends."""


def is_quota(error: BaseException) -> bool:
    """Whether Gemini says by an error that a quota is used up, for the moment or for the minute."""
    if isinstance(error, InvalidStatus):
        return error.response.status_code == _TOO_MANY_REQUESTS
    code, reason = close_of(error)
    words = reason.lower()
    return code == _TOO_MANY_REQUESTS or (code == _EXHAUSTED and any(part in words for part in _WORDS))


def may_pass(error: BaseException) -> bool:
    """Whether what Gemini refuses now it may grant in a moment: for a quota, or because it is not to be had."""
    unavailable = isinstance(error, InvalidStatus) and error.response.status_code == _UNAVAILABLE
    return unavailable or is_quota(error)


def is_forgotten(error: BaseException) -> bool:
    """Whether Gemini says by an error that it knows no conversation by the handle that it was given."""
    code, reason = close_of(error)
    return code == _NOT_FOUND and "session not found" in reason


def is_not_understood(error: BaseException) -> bool:
    """Whether reading failed at a message that is not known: the SDK says so by errors that are anybody's."""
    return isinstance(error, _ANYBODYS) and any(
        (frame.f_globals.get("__name__"), frame.f_code.co_name) in _READERS for frame, _ in walk_tb(error.__traceback__)
    )


def cause_of(error: BaseException) -> str:
    """A failure of Gemini's as one of a few names.

    They are `quota`, `http_503` and `closed_1008` and their like, `not_understood`, and `unreachable` for the rest.
    """
    if is_quota(error):
        return "quota"
    if isinstance(error, InvalidStatus):
        return f"http_{error.response.status_code}"
    if is_not_understood(error):
        return "not_understood"
    code, _ = close_of(error)
    if code is None:
        return "unreachable"
    return f"closed_{code}" if code in _KNOWN_CLOSES else "closed_otherwise"


def close_of(error: BaseException) -> tuple[int | None, str]:
    """Code and reason of the close that an error tells of; 1006, as for the SDK, where a connection just ended.

    No code where it tells of none.
    """
    if _is_the_sdks(error):
        # On this wire an APIError carries the close code, and the close reason as its details.
        reason = error.details if isinstance(error.details, str) else error.message
        return error.code, reason or ""
    if isinstance(error, ConnectionClosed):
        received = error.rcvd
        return (received.code, received.reason) if received else (_NO_CLOSE, CLOSE_CODE_EXPLANATIONS[_NO_CLOSE])
    return None, ""


def _is_the_sdks(error: BaseException) -> "TypeGuard[APIError]":
    return any((kind.__module__, kind.__name__) == ("google.genai.errors", "APIError") for kind in type(error).__mro__)
