"""What a chat server says of itself over plain HTTP."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from loadtests.support.address import Address
from loadtests.support.id_token import NoToken
from loadtests.support.identity import Auth

NOBODY = Auth()
"""Who asks a server that asks nobody."""
_NOT_LET_IN = (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN, http.HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True)
class Answer:
    path: str
    """Where it was given."""
    status: int
    reason: str
    location: str | None
    """Where it sends us instead."""
    body: bytes

    @property
    def health(self) -> dict[str, Any] | None:
        """None where it is not what a chat server says."""
        try:
            said = json.loads(self.body)
        except ValueError:
            return None
        return said if self.status == http.HTTPStatus.OK and isinstance(said, dict) else None


def ask(address: Address, timeout_seconds: float, auth: Auth = NOBODY) -> Answer:
    """Raises OSError or HTTPException where there is no answer, and NoToken."""
    answers = (_ask(path, address, timeout_seconds, auth) for path in address.health_paths)
    for answer in answers:
        if answer.status != http.HTTPStatus.NOT_FOUND:
            break
    return answer


def health_of(url: str, timeout_seconds: float = 2.0, auth: Auth = NOBODY) -> dict[str, Any] | None:
    """What a chat server says of itself; None where nobody answers or it is no chat server."""
    try:
        return ask(Address.of(url), timeout_seconds, auth).health
    except (OSError, http.client.HTTPException, ValueError, NoToken):
        return None


def is_there(url: str, timeout_seconds: float, auth: Auth = NOBODY) -> bool:
    """Whether a chat server answers, or what stands before it says that it is only we who are not let in."""
    try:
        answer = ask(Address.of(url), timeout_seconds, auth)
    except NoToken:
        return True  # Nobody was asked: that is no word about the server.
    except (OSError, http.client.HTTPException, ValueError):
        return False
    return answer.status in _NOT_LET_IN or answer.health is not None


def _ask(path: str, address: Address, timeout_seconds: float, auth: Auth) -> Answer:
    kind = http.client.HTTPSConnection if address.secure else http.client.HTTPConnection
    connection = kind(address.hostname, address.port, timeout=timeout_seconds)
    try:
        connection.request("GET", path, headers=dict(auth.headers_for(address)))
        answer = connection.getresponse()
        return Answer(path, answer.status, answer.reason, answer.getheader("Location"), answer.read())
    finally:
        connection.close()
