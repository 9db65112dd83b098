"""The health page of a chat server, asked for with plain blocking calls that gevent makes patient."""

import http.client
from collections.abc import Mapping

from loadtests.support.address import Address


def health_of(address: Address, headers: Mapping[str, str], timeout_seconds: float) -> tuple[int, bytes]:
    """Status and body, at the first of the places where the page may be that is there.

    Raises OSError and HTTPException where nobody answers.
    """
    for path in address.health_paths:
        status, body = _get(path, address, headers, timeout_seconds)
        if status != http.HTTPStatus.NOT_FOUND:
            return status, body
    return http.HTTPStatus.NOT_FOUND, b""


def _get(path: str, address: Address, headers: Mapping[str, str], timeout_seconds: float) -> tuple[int, bytes]:
    kind = http.client.HTTPSConnection if address.secure else http.client.HTTPConnection
    connection = kind(address.hostname, address.port, timeout=timeout_seconds)
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
