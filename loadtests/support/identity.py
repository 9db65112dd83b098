"""Who the load is to a private service: an identity token on every request, from one of four sources.

A process has one token for each audience. It is fetched when it is first needed and renewed some minutes before it
ends, beside the load, while people go on with the one there is. It is in this object and in the headers of requests:
never in a file, a log, an option or an environment variable.

Free of Locust, so that the bench can ask an address before there is any load.
"""

import logging
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Literal, Self, get_args

from loadtests.support.address import Address
from loadtests.support.id_token import IdToken, NoToken
from loadtests.support.token_sources import from_adc, from_file, from_gcloud, from_metadata

Mode = Literal["none", "gcloud", "adc", "metadata", "token-file"]
MODES: tuple[Mode, ...] = get_args(Mode)

_RENEWAL_SECONDS = 300.0
"""How long before its end a token is renewed; Google's live for an hour."""
_RENEWAL_SHARE = 0.25
"""... but not before three quarters of what was left of it when it came: some sources hand out one they keep."""
_RETRY_SECONDS = 10.0
"""How long to leave a source alone that gave none."""

logger = logging.getLogger(__name__)


class Identity:
    """The token for one audience, as long as it is needed."""

    def __init__(
        self, mode: Mode, source: Callable[[], str], audience: str, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives Unix seconds: the wall's, for others decide by theirs when a token has ended."""
        self.audience = audience
        self._mode = mode
        self._source = source
        self._clock = clock
        self._token: IdToken | None = None
        self._renew_at = 0.0
        self._refused: NoToken | None = None
        self._fetching = threading.Lock()  # gevent's, in a load process

    def headers(self) -> dict[str, str]:
        """What goes on a request. Raises NoToken."""
        return {"Authorization": f"Bearer {self.token().text}"}

    def token(self) -> IdToken:
        """One that is in force. Raises NoToken where there is none to be had."""
        token = self._token
        if token is None or self._clock() >= token.expires_at:
            with self._fetching:
                return self._fetched()
        if self._clock() >= self._renew_at and self._fetching.acquire(blocking=False):
            threading.Thread(target=self._renew, name="token", daemon=True).start()
        return token

    def _fetched(self) -> IdToken:
        """Whoever waited for another to fetch it finds it here, or what became of that."""
        if self._token is None or self._clock() >= self._token.expires_at:
            if self._refused and self._clock() < self._renew_at:
                raise NoToken(*self._refused.args)
            self._fetch()
        assert self._token
        return self._token

    def _renew(self) -> None:
        """Takes the lock over, and leaves it. The old token is still in force: that there is no new one is no mishap
        yet, and worth one warning."""
        try:
            self._fetch(warns=self._refused is None)
        except NoToken:
            pass
        finally:
            self._fetching.release()

    def _fetch(self, *, warns: bool = False) -> None:
        try:
            token = self._checked(self._source())
        except NoToken as reason:
            self._refused, self._renew_at = reason, self._clock() + _RETRY_SECONDS
            if warns and self._token:
                ends_in_seconds = self._token.expires_at - self._clock()
                logger.warning("the token cannot be renewed, and ends in %.0f s: %s", ends_in_seconds, reason)
            raise
        left_seconds = token.expires_at - self._clock()
        self._renew_at = token.expires_at - min(_RENEWAL_SECONDS, _RENEWAL_SHARE * left_seconds)
        self._refused, self._token = None, token

    def _checked(self, text: str) -> IdToken:
        """Raises NoToken for one that a service would refuse."""
        try:
            token = IdToken.of(text)
        except ValueError as mistake:
            raise NoToken(f"--auth {self._mode}: what it gave {mistake}: look at what it gives") from None
        if not token.is_for(self.audience):
            raise NoToken(
                f"--auth {self._mode}: the token is for {', '.join(token.audiences)} and not for {self.audience}: get "
                "one for that audience, or say with --audience which one the service expects"
            )
        late_seconds = self._clock() - token.expires_at
        if late_seconds >= 0:
            ended = datetime.fromtimestamp(token.expires_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            raise NoToken(
                f"--auth {self._mode}: the token expired at {ended}, {late_seconds:.0f} s ago: get a new one, or set "
                "this machine's clock"
            )
        return token


@dataclass(frozen=True, slots=True)
class Auth:
    """How the load is to show who it is, as the options say."""

    mode: Mode = "none"
    token_file: str | None = None
    audience: str | None = None
    """None: the address itself."""

    @classmethod
    def of(cls, mode: str, token_file: str | None, audience: str | None) -> Self:
        """Raises ValueError, with what to do, where they say nothing sensible."""
        known = mode_of(mode)
        if known == "token-file" and not token_file:
            raise ValueError("--auth token-file reads the token from a file: name it with --token-file PATH")
        if known != "token-file" and token_file:
            raise ValueError(f"--token-file is of --auth token-file, and --auth is {known}: give one or the other")
        if known == "none" and audience:
            raise ValueError("--audience is of a token, and there is none: add --auth gcloud, or leave it away")
        return cls(known, token_file or None, audience or None)

    @classmethod
    def of_options(cls, options: Namespace) -> Self:
        """As Locust's command line has them. Raises ValueError."""
        return cls.of(options.auth, options.token_file, options.audience)

    @property
    def options(self) -> tuple[str, ...]:
        """As a command line takes them; nothing secret is among them."""
        return (
            *(("--auth", self.mode) if self.mode != "none" else ()),
            *(("--token-file", self.token_file) if self.token_file else ()),
            *(("--audience", self.audience) if self.audience else ()),
        )

    def headers_for(self, address: Address) -> Mapping[str, str]:
        """What goes on a request to that address; nothing where nobody asks who we are. Raises NoToken."""
        if self.mode == "none":
            return {}
        if not address.secure and not address.is_loopback:
            raise NoToken(
                f"--auth {self.mode}: a token would travel in the clear to {address.hostname}: use wss:// or https://, "
                "or leave --auth away"
            )
        return _identity(self.mode, self.token_file, self.audience or address.audience).headers()


def mode_of(text: str) -> Mode:
    """Raises ValueError for what is none."""
    for mode in MODES:
        if mode == text:
            return mode
    raise ValueError(f"--auth {text} is not known: choose from {', '.join(MODES)}")


@cache
def _identity(mode: Mode, token_file: str | None, audience: str) -> Identity:
    """One for the whole process."""
    sources: dict[str, Callable[[], str]] = {
        "gcloud": partial(from_gcloud, audience),
        "adc": partial(from_adc, audience),
        "metadata": partial(from_metadata, audience),
        "token-file": partial(from_file, Path(token_file or "")),
    }
    return Identity(mode, sources[mode], audience)
