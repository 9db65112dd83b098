import pytest

from bench.errors import BenchError
from bench.targets import resolve
from servers.deployments import DEPLOYMENTS


def test_a_name_is_looked_up_in_the_table_of_deployments() -> None:
    (target,) = resolve(["flask"])
    assert (target.style, target.threads, target.url, target.websocket_url) == ("blocking", 100, None, None)
    assert "{port}" in (target.command or "")


@pytest.mark.parametrize(
    ("given", "url", "websocket_url"),
    [
        ("mine=ws://127.0.0.1:8080", "ws://127.0.0.1:8080", "ws://127.0.0.1:8080"),
        ("mine=http://127.0.0.1:8080/", "http://127.0.0.1:8080", "ws://127.0.0.1:8080"),
        ("mine=https://chat.example.com", "https://chat.example.com", "wss://chat.example.com"),
        ("mine=wss://chat.example.com/base", "wss://chat.example.com/base", "wss://chat.example.com/base"),
    ],
)
def test_an_address_stays_as_it_was_typed_and_is_known_as_that_of_a_websocket(
    given: str, url: str, websocket_url: str
) -> None:
    (target,) = resolve([given])
    assert (target.url, target.websocket_url) == (url, websocket_url)
    assert target.style == "unknown"
    assert target.label.split(",")[0] == "mine"


def test_entry_of_the_table_under_another_name_is_the_same_server_and_told_apart() -> None:
    quart, again = resolve(["quart", "again=quart"])
    assert (quart.deployment, again.deployment) == ("quart", "quart")
    assert (again.command, again.style, again.threads) == (quart.command, quart.style, quart.threads)
    assert again.name == "again"
    assert again.label == "again, which is Quart, hypercorn uvloop, 1 process"
    assert again.colour != quart.colour


def test_other_names_and_addresses_share_the_rest_of_the_palette() -> None:
    targets = resolve(["quart", "again=quart", "there=ws://a:1", "flask", "fourth=flask"])
    assert len({target.colour for target in targets}) == 5


def test_advice_on_a_name_given_twice_can_be_followed() -> None:
    with pytest.raises(BenchError, match="as in other=quart or other=ws"):
        resolve(["quart", "quart"])
    assert resolve(["quart", "other=quart"])


def test_addresses_get_colours_of_their_own() -> None:
    targets = resolve(["flask", "quart", "one=ws://a:1", "two=ws://b:1"])
    assert len({target.colour for target in targets}) == 4


def test_all_stands_for_every_entry_of_the_table() -> None:
    assert [target.name for target in resolve(["all"])] == list(DEPLOYMENTS)
    assert [target.name for target in resolve(["there=ws://a:1", "all"])] == ["there", *DEPLOYMENTS]


def test_what_stands_beside_all_has_a_colour_of_its_own_only_while_there_are_any() -> None:
    targets = resolve(["there=ws://a:1", "raw", "flask"])
    assert len({target.colour for target in targets}) == 3
    assert resolve(["there=ws://a:1", "all"])


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["flusk"], "there is no target 'flusk': choose from flask, quart"),
        (["mine=ftp://host"], "mine=ftp://host is not a target"),
        (["mine=ws://"], "is not a target"),
        (["m/i=ws://host"], "is not a target"),
        (["again=flusk"], "again=flusk is not a target: .* as in again=flask"),
        (["again="], "is not a target"),
        (["quart=flask"], "would be mistaken for the target 'quart'"),
        (["flask", "flask"], "given twice"),
        (["all", "flask"], "target 'flask' is given twice"),
        (["all", "all"], "given twice"),
        ([], "no target given: choose from flask, .* or all"),
    ],
)
def test_what_cannot_be_a_target_is_refused(given: list[str], complaint: str) -> None:
    with pytest.raises(BenchError, match=complaint):
        resolve(given)
