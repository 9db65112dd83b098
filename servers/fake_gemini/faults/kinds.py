"""Every fault there is, one entry each: what it does, the moments at which it may strike, and its own parameters.

The close codes and texts are those that users of the real service have reported. A fault is added by one entry; one
that does something new needs its effect as well, in `effects`, or in the speaker where it bends the course of a turn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal, get_args

from servers.fake_gemini import refusals
from servers.fake_gemini.refusals import Refusal

Moment = Literal["connect", "setup", "prompt", "mid_reply", "turn_end", "idle"]
"""connect: the upgrade is asked for; setup: instead of `setupComplete`; prompt: one has come and nothing is answered
yet; mid_reply: between two chunks; turn_end: with the `turnComplete` of a reply that was not cut; idle: nobody has
spoken for a little while."""
MOMENTS: tuple[Moment, ...] = get_args(Moment)

Act = Literal[
    "close", "drop", "drop_in_frame", "frame", "stall", "late_pongs", "late_close", "goaway", "turn", "upgrade"
]

_TALKING: tuple[Moment, ...] = ("mid_reply", "prompt", "turn_end", "idle")
_SET_UP: tuple[Moment, ...] = ("setup",)
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Kind:
    act: Act
    moments: tuple[Moment, ...]
    """Where it may strike; the first is where it does unless the script says otherwise."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Its own, and what they are unless the script says otherwise."""
    refusal: Refusal | None = None
    """What the session is closed with."""
    status: HTTPStatus | None = None
    """What the upgrade is answered with."""


def _close(refusal: Refusal, *moments: Moment, seconds: float = 0.0) -> Kind:
    """A close, so many seconds after whatever was sent last."""
    return Kind("close", moments, {"seconds": seconds}, refusal)


def _any_time(refusal: Refusal, first: Moment, seconds: float = 0.0) -> Kind:
    others: tuple[Moment, ...] = ("setup", *_TALKING)
    return _close(refusal, first, *(moment for moment in others if moment != first), seconds=seconds)


def _upgrade(status: HTTPStatus) -> Kind:
    return Kind("upgrade", ("connect",), status=status)


KINDS: Mapping[str, Kind] = {
    # The setup is refused.
    "expired_key": _close(refusals.EXPIRED_KEY, "setup"),
    "bad_key": _close(refusals.INVALID_KEY, "setup"),
    "no_voices": _close(refusals.NO_VOICES, "setup"),
    "unsupported_modality": _close(refusals.unsupported_modality("TEXT"), "setup"),
    "unknown_name": _close(refusals.unknown_name("proactivity", "setup"), "setup"),
    "unknown_model": _close(refusals.unknown_developer_model("models/gemini-live", "v1beta"), "setup"),
    "unknown_vertex_model": _close(
        refusals.unknown_vertex_model("projects/p/locations/global/publishers/google/models/gemini-live"), "setup"
    ),
    "session_not_found": _close(refusals.SESSION_NOT_FOUND, "setup"),
    "resume_conflict": _close(refusals.INTERNAL, "setup"),
    "too_many_sessions": _close(refusals.TOO_MANY_SESSIONS, "setup"),
    "resource_exhausted": _any_time(refusals.RESOURCE_EXHAUSTED, "setup"),
    "setup_stall": Kind("stall", _SET_UP, {"seconds": NEVER}),
    # The upgrade is.
    "upgrade_401": _upgrade(HTTPStatus.UNAUTHORIZED),
    "upgrade_403": _upgrade(HTTPStatus.FORBIDDEN),
    "upgrade_429": _upgrade(HTTPStatus.TOO_MANY_REQUESTS),
    "upgrade_503": _upgrade(HTTPStatus.SERVICE_UNAVAILABLE),
    # The session is closed.
    "invalid_argument": _any_time(refusals.INVALID_ARGUMENT, "prompt"),
    "not_implemented": _any_time(refusals.NOT_IMPLEMENTED, "mid_reply"),
    "aborted": _any_time(refusals.ABORTED, "mid_reply"),
    "overloaded": _any_time(refusals.OVERLOADED, "mid_reply"),
    "deadline": _any_time(refusals.DEADLINE, "mid_reply"),
    "unavailable": _any_time(refusals.UNAVAILABLE, "mid_reply"),
    "internal": _any_time(refusals.INTERNAL, "mid_reply"),
    "internal_occurred": _any_time(refusals.INTERNAL_OCCURRED, "mid_reply"),
    "quota": _any_time(refusals.QUOTA, "turn_end", seconds=0.1),
    "normal_end": _any_time(refusals.NORMAL_END, "turn_end"),
    "goaway": Kind("goaway", ("idle", "prompt", "mid_reply", "turn_end"), {"seconds": 5.0}, refusals.GOAWAY_IGNORED),
    "goaway_deadline": Kind(
        "goaway", ("idle", "prompt", "mid_reply", "turn_end"), {"seconds": 5.0}, refusals.GOAWAY_DEADLINE
    ),
    # The connection is lost, or is slow where nobody expects it.
    "drop": Kind("drop", (*_TALKING, "setup", "connect")),
    "drop_in_frame": Kind("drop_in_frame", _TALKING),
    "slow_pong": Kind("late_pongs", ("setup", *_TALKING), {"seconds": 30.0}),
    "no_pong": Kind("late_pongs", ("setup", *_TALKING), {"seconds": NEVER}),
    "slow_close": Kind("late_close", ("turn_end", "setup", "prompt", "mid_reply", "idle"), {"seconds": 3.0}),
    # A frame that nobody asked for.
    "oversize_frame": Kind("frame", _TALKING, {"bytes": float(2**20 + 1)}),
    "unknown_frame": Kind("frame", _TALKING),
    "error_frame": Kind("frame", _TALKING),
    "not_json": Kind("frame", _TALKING),
    # The course of a turn.
    "stall": Kind("stall", ("mid_reply", "prompt", "turn_end"), {"seconds": 2.0}),
    "phantom_interrupted": Kind("turn", ("mid_reply",)),
    "missing_turn_complete": Kind("turn", ("turn_end",)),
    "hung_turn": Kind("turn", ("prompt",)),
    "empty_turn": Kind("turn", ("prompt",)),
    "queue": Kind("turn", ("prompt",)),
}
