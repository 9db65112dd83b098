"""How a session ends that did not go well: an error packet, then a close code that tells the causes apart."""

import json
import logging
import ssl
from dataclasses import dataclass

from websockets.exceptions import InvalidHandshake, InvalidStatus

from servers.causes import close_of, is_not_understood

REFUSED = 1008
UPSTREAM_FAILED = 1011
GOING_AWAY = 1012
TRY_LATER = 1013

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Farewell:
    """What to say and the close code to leave with."""

    close_code: int
    code: str
    message: str

    @property
    def packet(self) -> str:
        """The error packet that goes before the close."""
        return json.dumps({"error": {"code": self.code, "message": self.message}})


class Refused(Exception):
    """The client did what this server does not serve, or came when it serves no one else."""

    def __init__(self, code: str, message: str, close_code: int = REFUSED) -> None:
        super().__init__(message)
        self.farewell = Farewell(close_code, code, message)


class GoingAway(Exception):
    """The server is told to stop."""

    farewell = Farewell(GOING_AWAY, "going_away", "the server is going away: connect again to talk to another")


def forgotten() -> Refused:
    """What to raise where Gemini knows no conversation by a handle that we had of it."""
    return Refused("resume_refused", "Gemini has forgotten what was said before: begin anew")


def farewell_to(error: BaseException) -> Farewell:
    """What to tell the client about the error that ended its session; a bug is logged with its traceback."""
    farewell = meaning_of(error)
    if farewell.code == "internal":
        logger.error("a session failed by a fault of this server's", exc_info=error)
    return farewell


def meaning_of(error: BaseException) -> Farewell:
    """As `farewell_to`, and logs nothing."""
    match error:
        case Refused() | GoingAway():
            return error.farewell
        case _ if (close := close_of(error))[0] is not None:
            return Farewell(UPSTREAM_FAILED, "upstream", f"Gemini closed the session: {close[0]} {close[1]}")
        case _ if is_not_understood(error):
            return Farewell(UPSTREAM_FAILED, "upstream", "Gemini sent a message that is not understood")
        case InvalidStatus():
            status = error.response.status_code
            return Farewell(UPSTREAM_FAILED, "unreachable", f"Gemini cannot be reached: it answered HTTP {status}")
        case OSError() | TimeoutError() | ssl.SSLError() | InvalidHandshake():
            return Farewell(UPSTREAM_FAILED, "unreachable", f"Gemini cannot be reached: {type(error).__name__}")
        case _:
            return Farewell(UPSTREAM_FAILED, "internal", "the server failed")
