import pytest

from servers.origins import is_origin, may_come

NAMED = frozenset({"https://chat.example.org", "http://localhost:3000"})


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://chat.example.org", "chat.example.org"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("https://Chat.Example.org", "chat.example.ORG"),
        ("http://[::1]:8080", "[::1]:8080"),
    ],
)
def test_page_of_the_host_that_is_asked_may_come_whoever_ends_tls(origin: str, host: str) -> None:
    assert may_come({"origin": origin, "host": host}, frozenset())


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "https://chat.example.org:8443", "https://chat.example.org.evil.example", "null", ""),
        *("https://evil.example/chat.example.org", "https://a@chat.example.org", "file://chat.example.org"),
    ],
)
def test_page_of_anybody_else_may_not(origin: str) -> None:
    assert not may_come({"origin": origin, "host": "chat.example.org"}, frozenset())
    assert not may_come({"origin": origin, "host": "chat.example.org"}, NAMED)


def test_what_is_no_browser_may_come() -> None:
    assert may_come({"host": "chat.example.org"}, frozenset())
    assert may_come({"host": "chat.example.org"}, NAMED)


def test_pages_that_are_allowed_by_name_may_come_and_then_no_others() -> None:
    assert may_come({"origin": "HTTPS://chat.example.org", "host": "127.0.0.1:8080"}, NAMED)
    assert may_come({"origin": "http://localhost:3000", "host": "127.0.0.1:8080"}, NAMED)
    assert not may_come({"origin": "https://localhost:3000", "host": "127.0.0.1:8080"}, NAMED)
    assert not may_come({"origin": "http://127.0.0.1:8080", "host": "127.0.0.1:8080"}, NAMED)


def test_request_that_names_no_host_has_no_pages_of_its_own() -> None:
    assert not may_come({"origin": "https://chat.example.org"}, frozenset())


@pytest.mark.parametrize(
    "text", ["https://a.org/", "a.org", "*", "https://", "https://*.a.org", "https://a.org,", "ws://a"]
)
def test_what_no_browser_would_send_is_no_origin(text: str) -> None:
    assert not is_origin(text)
