"""What a chat server says is behind it: a real model costs money and has quotas."""

import http.client
import json
from collections.abc import Mapping

from loadtests.support.address import Address
from loadtests.support.health import health_of

FAKE = "custom"
_NOT_NOW = (http.HTTPStatus.REQUEST_TIMEOUT, http.HTTPStatus.TOO_EARLY, http.HTTPStatus.TOO_MANY_REQUESTS)
_SECONDS = 10.0
"""An instance may have to start first."""


class NotSaid(Exception):
    """Something is there that may have a real model behind it, and does not say so yet: why not, in a few words."""


def backend_of(address: Address, headers: Mapping[str, str]) -> str | None:
    """As its health says; None where it says no such thing, or nothing is there that could be loaded.

    Raises NotSaid where it might have said it later, or elsewhere.
    """
    try:
        status, body = health_of(address, headers, _SECONDS)
    except TimeoutError:
        raise NotSaid(f"no answer within {_SECONDS:g} s") from None
    except (ConnectionResetError, BrokenPipeError, http.client.HTTPException) as error:
        raise NotSaid(str(error) or type(error).__name__) from None
    except OSError:  # refused, or no such address: who comes to load it will be told the same
        return None
    if 300 <= status < 400 or status >= 500 or status in _NOT_NOW:
        raise NotSaid(f"status {status}")
    return _backend_in(body) if status == http.HTTPStatus.OK else None


def _backend_in(body: bytes) -> str | None:
    try:
        said = json.loads(body)
    except ValueError:
        return None
    backend = said.get("backend") if isinstance(said, dict) else None
    return backend if isinstance(backend, str) else None
