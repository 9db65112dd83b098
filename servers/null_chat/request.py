"""The little HTTP there is: a head is read, made a WebSocket (RFC 6455, section 4.2) or answered in JSON. Pure."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from urllib.parse import parse_qs, urlsplit

END_OF_HEAD = b"\r\n\r\n"
HEAD_BYTES_MAX = 16 * 1024
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class BadRequest(Exception):
    """What came is no request that is served here."""


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """By their names in small letters."""

    @classmethod
    def read(cls, head: bytes) -> Self:
        """Raises BadRequest."""
        line, *rest = head.decode("latin-1").split("\r\n")
        try:
            method, target, version = line.split(" ")
            address = urlsplit(target)
            headers = {name.strip().lower(): value.strip() for name, value in (each.split(":", 1) for each in rest)}
        except ValueError as error:
            raise BadRequest("not HTTP") from error
        if method != "GET" or version != "HTTP/1.1":
            raise BadRequest("only GET of HTTP/1.1 is served")
        return cls(address.path, parse_qs(address.query), headers)


def upgrade(request: Request) -> bytes:
    """The answer that makes a WebSocket of the connection. Raises BadRequest."""
    headers = request.headers
    key = headers.get("sec-websocket-key", "")
    if "websocket" not in headers.get("upgrade", "").lower() or not key:
        raise BadRequest("this is a WebSocket: ask for an upgrade")
    if headers.get("sec-websocket-version") != "13":
        raise BadRequest("only version 13 of the protocol is spoken")
    accept = base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()
    fields = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept}
    return _head(HTTPStatus.SWITCHING_PROTOCOLS, fields)


def answer(status: HTTPStatus, body: object) -> bytes:
    """A whole answer, after which the connection ends."""
    content = (json.dumps(body) + "\n").encode()
    fields = {"Content-Type": "application/json", "Content-Length": str(len(content)), "Connection": "close"}
    return _head(status, fields) + content


def _head(status: HTTPStatus, fields: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
