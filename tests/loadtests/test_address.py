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
    assert Address.of("https://chat.example/demo").health_path == "/demo/healthz"


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
