"""What a chat server says is behind it: a real model costs money and has quotas."""

import http.client
import json
from collections.abc import Mapping

from loadtests.support.address import Address

FAKE = "custom"
_SECONDS = 10.0
"""An instance may have to start first."""


def backend_of(address: Address, headers: Mapping[str, str]) -> str | None:
    """As its health says; None where nobody answers, or says no such thing."""
    for path in address.health_paths:
        status, body = _ask(path, address, headers)
        if status != http.HTTPStatus.NOT_FOUND:
            return _backend_in(body) if status == http.HTTPStatus.OK else None
    return None


def _ask(path: str, address: Address, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Status and body; 0 where there is no answer."""
    kind = http.client.HTTPSConnection if address.secure else http.client.HTTPConnection
    connection = kind(address.hostname, address.port, timeout=_SECONDS)
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def _backend_in(body: bytes) -> str | None:
    try:
        said = json.loads(body)
    except ValueError:
        return None
    backend = said.get("backend") if isinstance(said, dict) else None
    return backend if isinstance(backend, str) else None
