"""What is served over plain HTTP: the page, and what the server says of itself."""

import json
from collections.abc import Callable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import unquote

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from servers import metrics
from servers.admission import BARRED, Admission
from servers.raw.client_connection import LIVE
from servers.resumption import cookie_for

PAGE = Path(__file__).parent.parent / "page"


class Site:
    """Holds the files of the page in memory: they are few and small."""

    def __init__(self, health: Callable[[], Mapping[str, str | None]], admission: Admission) -> None:
        self._admission = admission
        self._told: dict[str, Callable[[], tuple[str, bytes]]] = {
            "/healthz": lambda: ("application/json", json.dumps(health()).encode()),
            "/metrics": lambda: (metrics.CONTENT_TYPE, admission.metrics.page()),
        }
        self._told["/health"] = self._told["/healthz"]
        self._files = {
            f"/page/{file.name}": (guess_type(file.name)[0] or "application/octet-stream", file.read_bytes())
            for file in PAGE.iterdir()
        }
        self._files["/"] = self._files["/page/chat.html"]

    def answer(self, request: Request) -> Response | None:
        """None for a request of the one address at which a session is to be had."""
        path = unquote(request.path.partition("?")[0])
        if path != LIVE and path not in self._told and path not in self._files:
            return _response(HTTPStatus.NOT_FOUND, "text/plain", b"there is no such page\n")
        if request.method not in (("GET",) if path == LIVE else ("GET", "HEAD")):
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", b"", Allow="GET, HEAD")
        headers = headers_of(request)
        if path == LIVE:
            barred = self._admission.bars(headers)
            return _response(HTTPStatus.FORBIDDEN, "text/plain", BARRED.encode()) if barred else None
        kind, body = self._told[path]() if path in self._told else self._files[path]
        whom = cookie_for(headers) if path == "/" else {}
        response = _response(HTTPStatus.OK, kind, body, **whom)
        return _without_body(response) if request.method == "HEAD" else response


def headers_of(request: Request) -> dict[str, str]:
    """By names in small letters; where one is there several times, the last of them."""
    return {name.lower(): value for name, value in request.headers.raw_items()}


def _response(status: HTTPStatus, kind: str, body: bytes, **more: str) -> Response:
    kind = f"{kind}; charset=utf-8" if kind.startswith("text/") and "charset" not in kind else kind
    headers = Headers(
        {"Date": formatdate(usegmt=True), "Connection": "close", "Content-Type": kind, "Content-Length": str(len(body))}
    )
    headers.update(more)
    return Response(status.value, status.phrase, headers, body)


def _without_body(response: Response) -> Response:
    return Response(response.status_code, response.reason_phrase, response.headers, b"")
