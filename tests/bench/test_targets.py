import pytest

from bench.errors import BenchError
from bench.targets import resolve


def test_a_name_is_looked_up_in_the_table_of_deployments() -> None:
    (target,) = resolve(["flask"])
    assert (target.style, target.threads, target.url) == ("blocking", 100, None)
    assert "{port}" in (target.command or "")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("mine=ws://127.0.0.1:8080", "ws://127.0.0.1:8080"),
        ("mine=http://127.0.0.1:8080/", "ws://127.0.0.1:8080"),
        ("mine=https://chat.example.com", "wss://chat.example.com"),
        ("mine=wss://chat.example.com/base", "wss://chat.example.com/base"),
    ],
)
def test_an_address_becomes_the_address_of_a_websocket(given: str, url: str) -> None:
    (target,) = resolve([given])
    assert target.url == url
    assert target.style == "unknown"


def test_addresses_get_colours_of_their_own() -> None:
    targets = resolve(["flask", "quart", "one=ws://a:1", "two=ws://b:1"])
    assert len({target.colour for target in targets}) == 4


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["flusk"], "there is no target 'flusk': choose from flask, quart"),
        (["mine=ftp://host"], "mine=ftp://host is not a target"),
        (["mine=ws://"], "is not a target"),
        (["m/i=ws://host"], "is not a target"),
        (["flask", "flask"], "given twice"),
        ([], "no target given"),
    ],
)
def test_what_cannot_be_a_target_is_refused(given: list[str], complaint: str) -> None:
    with pytest.raises(BenchError, match=complaint):
        resolve(given)
