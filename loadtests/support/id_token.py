"""An identity token: a JWT that says who calls (signed by Google) and whom the call is for. Pure.

Its payload is read, to know when it ends and for whom it is; whether it is genuine is for the service to find out. No
message in here, and no `repr`, ever holds a part of the token itself.
"""

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from math import inf
from typing import Any, Self

import orjson

_JWT = re.compile(r"[\w-]+\.([\w-]+)\.[\w-]+", re.ASCII)
_OF_A_PERSON = ".apps.googleusercontent.com"
"""How the audience of a person's own token ends: it is the program that the person logged in to, and no service."""


class NoToken(Exception):
    """There is no token to be had, or none that may be sent. The message is one line for the person at the keyboard:
    what happened, where, and what to do next."""


@dataclass(frozen=True, slots=True)
class IdToken:
    text: str = field(repr=False)
    audiences: tuple[str, ...]
    """Whom it is for."""
    expires_at: float
    """Unix seconds."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Raises ValueError, without a word of what was given, where that is no identity token."""
        jwt = _JWT.fullmatch(text)
        if not jwt:
            raise ValueError("is no identity token")
        claims = _claims(jwt[1])
        audience: Any = claims.get("aud")
        expires_at: Any = claims.get("exp")
        audiences = audience if isinstance(audience, list) else [audience]
        if not audiences or not all(isinstance(one, str) for one in audiences) or not _is_moment(expires_at):
            raise ValueError("is no identity token: it does not say for whom it is and when it ends")
        return cls(text, tuple(audiences), float(expires_at))

    def is_for(self, audience: str) -> bool:
        """A person's own token names no service, and so is for whatever that person may call."""
        return audience in self.audiences or all(one.endswith(_OF_A_PERSON) for one in self.audiences)


def _claims(payload: str) -> dict[str, Any]:
    try:
        claims = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        # Without its cause: that would quote the payload.
        raise ValueError("is no identity token: its payload cannot be read") from None
    return claims if isinstance(claims, dict) else {}


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < inf
