"""An HTTP server that answers as it is told, and notes what it was asked."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    path: str
    headers: Mapping[str, str]
    body: str = ""


@dataclass(frozen=True)
class Told:
    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answering:
    port: int
    secure: bool
    asked: list[Asked] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def http_url(self) -> str:
        return f"http{'s' if self.secure else ''}://{self.host}"

    @property
    def url(self) -> str:
        return f"ws{'s' if self.secure else ''}://{self.host}"


@contextmanager
def answering(answer: Told | Callable[[Asked], Told], tls: ssl.SSLContext | None = None) -> Iterator[Answering]:
    """Answers all with the same, or as the function says."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    running = Answering(server.server_port, tls is not None)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            asked = Asked(self.path, dict(self.headers), self.rfile.read(size).decode())
            running.asked.append(asked)
            told = answer if isinstance(answer, Told) else answer(asked)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body.encode())))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(told.body.encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is no place for it."""

    server.RequestHandlerClass = Handler
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who does not trust us hangs up
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def metadata_server(token: Callable[[str], str]) -> Callable[[Asked], Told]:
    """How Google's metadata server answers; `token` gives one for an audience."""

    def answer(asked: Asked) -> Told:
        parts = urlsplit(asked.path)
        headers = {"Metadata-Flavor": "Google", "Content-Type": "text/html"}
        if asked.headers.get("Metadata-Flavor", asked.headers.get("metadata-flavor")) != "Google":
            return Told(403, "Missing Metadata-Flavor:Google header.", headers)
        if parts.path == "/computeMetadata/v1/instance/service-accounts/default/identity":
            return Told(200, token(parse_qs(parts.query)["audience"][0]), headers)
        if parts.path == "/computeMetadata/v1/instance/service-accounts/default/":
            return Told(
                200, '{"email": "load@p.iam.example", "scopes": []}', headers | {"Content-Type": "application/json"}
            )
        return Told(200, "", headers)

    return answer
