"""What the servers answer over plain HTTP."""

import http.client
import json

import pytest

from servers.settings import build_id
from tests.chat_server_process import ChatServer
from tests.fake_gemini_process import RunningFake
from tests.servers.conftest import APPS, Servers


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest) -> str:
    """Each of them: web servers answer requests in ways of their own."""
    return str(request.param)


def get(server: ChatServer, path: str, method: str = "GET") -> tuple[int, str, str]:
    """Status, content type and body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read().decode()
    finally:
        connection.close()


def test_page_is_served_at_the_root(server: ChatServer) -> None:
    status, content_type, body = get(server, "/")
    assert (status, content_type) == (200, "text/html")
    assert "/page/chat.js" in body


@pytest.mark.parametrize(("file", "content_type"), [("chat.js", "text/javascript"), ("chat.css", "text/css")])
def test_files_of_the_page_are_served(server: ChatServer, file: str, content_type: str) -> None:
    status, served_as, body = get(server, f"/page/{file}")
    assert (status, served_as) == (200, content_type)
    assert body


def test_all_servers_serve_the_same_page(servers: Servers) -> None:
    for path in ("/", "/page/chat.js", "/page/chat.css", "/page/turn.js"):
        one, *others = (get(server, path) for server in servers.values())
        assert all(other == one for other in others)


@pytest.mark.parametrize("path", ["/healthz", "/health"])
def test_health_names_app_build_instance_backend_model_and_address(
    server: ChatServer, gemini: RunningFake, path: str
) -> None:
    status, content_type, body = get(server, path)
    assert (status, content_type) == (200, "application/json")
    health = json.loads(body)
    assert health.pop("instance")
    assert health == {
        "app": server.app,
        "build": build_id(),
        "revision": None,
        "backend": "custom",
        "model": "gemini-live-2.5-flash",
        "gemini": gemini.url,
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/page/nowhere.js", 404),
        ("GET", "/page/../settings.py", 404),
        ("GET", "/page/%2e%2e/settings.py", 404),
        ("GET", "/live/", 404),
        ("GET", "/live", 400),
        ("POST", "/live", 405),
        ("POST", "/", 405),
        ("HEAD", "/", 200),
    ],
)
def test_other_requests_are_answered_alike(server: ChatServer, method: str, path: str, status: int) -> None:
    assert get(server, path, method)[0] == status
