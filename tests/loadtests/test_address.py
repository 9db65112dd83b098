import pytest

from loadtests.support.address import Address


@pytest.mark.parametrize(
    ("host", "chat_url"),
    [
        ("ws://127.0.0.1:8080", "ws://127.0.0.1:8080/live"),
        ("http://127.0.0.1:8080/", "ws://127.0.0.1:8080/live"),
        ("ws://chat.example", "ws://chat.example:80/live"),
        ("wss://chat.example", "wss://chat.example:443/live"),
        ("https://chat.example:8443/demo/", "wss://chat.example:8443/demo/live"),
        ("ws://[::1]:8080", "ws://[::1]:8080/live"),
    ],
)
def test_every_way_to_name_a_server_leads_to_its_chat(host: str, chat_url: str) -> None:
    assert Address.of(host).chat_url == chat_url


def test_health_is_asked_beside_the_chat() -> None:
    assert Address.of("https://chat.example/demo").health_paths == ["/demo/healthz", "/demo/health"]


@pytest.mark.parametrize(
    ("host", "audience"),
    [
        ("wss://Chat.example", "https://chat.example"),
        ("https://chat.example:443/demo/", "https://chat.example"),
        ("https://chat.example:8443", "https://chat.example:8443"),
        ("ws://127.0.0.1:8080", "https://127.0.0.1:8080"),
        ("ws://localhost", "https://localhost"),
        ("wss://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_a_token_is_for_the_servers_url_without_a_path(host: str, audience: str) -> None:
    assert Address.of(host).audience == audience


@pytest.mark.parametrize(
    ("host", "stays"),
    [
        ("ws://127.0.0.1:8080", True),
        ("ws://127.9.9.9:8080", True),
        ("ws://[::1]:8080", True),
        ("ws://localhost:8080", True),
        ("ws://10.0.0.1:8080", False),
        ("ws://chat.example", False),
        ("ws://127.0.0.1.example", False),
    ],
)
def test_only_loopback_stays_on_this_machine(host: str, stays: bool) -> None:
    assert Address.of(host).is_loopback is stays


@pytest.mark.parametrize(
    "host", ["localhost:8080", "8080", "ftp://chat.example", "ws://", "ws://a:port", "ws://a:70000", "ws://a?b=c"]
)
def test_what_is_no_address_is_refused_with_what_to_write_instead(host: str) -> None:
    with pytest.raises(ValueError, match="write ws://HOST:PORT"):
        Address.of(host)


@pytest.mark.parametrize("host", [None, ""])
def test_a_missing_address_says_which_option_to_add(host: str | None) -> None:
    with pytest.raises(ValueError, match="add --host"):
        Address.of(host)
