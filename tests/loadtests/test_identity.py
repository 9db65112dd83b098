"""The token's life: fetched once, renewed before it ends, and what happens where that fails."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loadtests.support import identity as identity_module
from loadtests.support.address import Address
from loadtests.support.id_token import NoToken
from loadtests.support.identity import Auth, Identity
from tests.id_tokens import HOUR_SECONDS, token
from tests.waiting import wait_until

SERVICE = "https://chat.example"
MANY = 8


@dataclass
class Source:
    """Gives tokens that live for an hour by its own clock, and may be told to give none."""

    now: float = 1_800_000_000.0
    lives_seconds: float = HOUR_SECONDS
    fails: str = ""
    fetched: int = 0
    open: threading.Event = field(default_factory=threading.Event)
    """Nobody gets anything before."""

    def __post_init__(self) -> None:
        self.open.set()

    def __call__(self) -> str:
        self.fetched += 1
        assert self.open.wait(20)
        if self.fails:
            raise NoToken(self.fails)
        return token(SERVICE, self.now + self.lives_seconds, signature=f"number-{self.fetched}")

    def identity(self) -> Identity:
        return Identity("metadata", self, SERVICE, lambda: self.now)


def number(identity: Identity) -> int:
    """Which of the source's tokens it is."""
    return int(identity.headers()["Authorization"].rpartition("-")[2])


def test_a_request_carries_the_token() -> None:
    source = Source()
    header = source.identity().headers()["Authorization"]
    assert header == f"Bearer {token(SERVICE, source.now + HOUR_SECONDS, signature='number-1')}"


def test_a_token_is_fetched_once_for_everybody() -> None:
    source = Source()
    source.open.clear()
    identity = source.identity()
    got: list[int] = []
    people = [threading.Thread(target=lambda: got.append(number(identity))) for _ in range(MANY)]
    for person in people:
        person.start()
    wait_until(lambda: source.fetched, "somebody asks for a token")
    source.open.set()
    for person in people:
        person.join()
    assert got == [1] * MANY and source.fetched == 1


def test_a_token_is_renewed_before_it_ends_and_nobody_waits_for_that() -> None:
    source = Source()
    identity = source.identity()
    assert number(identity) == 1
    source.now += HOUR_SECONDS - 301
    assert number(identity) == 1 and source.fetched == 1
    source.now += 2
    source.open.clear()
    assert [number(identity) for _ in range(MANY)] == [1] * MANY
    wait_until(lambda: source.fetched == 2, "a new token is asked for")
    assert [number(identity) for _ in range(MANY)] == [1] * MANY
    source.open.set()
    wait_until(lambda: number(identity) == 2, "the new token is used")
    assert source.fetched == 2


def test_a_token_that_has_ended_is_not_sent() -> None:
    source = Source()
    identity = source.identity()
    assert number(identity) == 1
    source.now += HOUR_SECONDS
    assert number(identity) == 2


def test_a_source_that_hands_out_what_it_keeps_is_not_asked_for_every_session() -> None:
    source = Source(lives_seconds=200)
    identity = source.identity()
    assert [number(identity) for _ in range(MANY)] == [1] * MANY
    source.now += 140
    assert [number(identity) for _ in range(MANY)] == [1] * MANY
    assert source.fetched == 1


def test_while_the_old_token_is_good_a_failed_renewal_is_worth_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    source = Source()
    identity = source.identity()
    assert number(identity) == 1
    source.now += HOUR_SECONDS - 200
    source.fails = "there is no metadata server"
    for failed in (2, 3, 4):
        assert number(identity) == 1
        wait_until(lambda failed=failed: source.fetched == failed and not identity._fetching.locked(), "it fails")
        assert number(identity) == 1
        source.now += 11
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "the token cannot be renewed, and ends in 200 s: there is no metadata server")
    ]
    source.fails = ""
    assert number(identity) == 1
    wait_until(lambda: number(identity) == 5, "it is renewed after all")


def test_once_it_has_ended_everybody_is_told_why_and_the_source_is_left_alone_for_a_while() -> None:
    source = Source()
    identity = source.identity()
    assert number(identity) == 1
    source.now += HOUR_SECONDS
    source.fails = "there is no metadata server"
    for _ in range(MANY):
        with pytest.raises(NoToken, match="there is no metadata server"):
            identity.headers()
    assert source.fetched == 2
    source.now += 11
    source.fails = ""
    assert number(identity) == 3


def test_a_token_for_another_service_is_refused_with_both_names() -> None:
    identity = Identity("token-file", lambda: token("https://other.example"), SERVICE)
    with pytest.raises(NoToken) as refused:
        identity.headers()
    assert str(refused.value) == (
        "--auth token-file: the token is for https://other.example and not for https://chat.example: get one for that "
        "audience, or say with --audience which one the service expects"
    )


def test_a_token_that_has_ended_already_is_refused_with_its_end() -> None:
    identity = Identity("token-file", lambda: token(SERVICE, 1_800_000_000), SERVICE, lambda: 1_800_000_090.0)
    with pytest.raises(NoToken, match=r"the token expired at 2027-01-15 08:00:00 UTC, 90 s ago: get a new one"):
        identity.headers()


def test_what_is_no_token_is_not_repeated() -> None:
    identity = Identity("gcloud", lambda: "secret", SERVICE)
    with pytest.raises(NoToken, match="--auth gcloud: what it gave is no identity token") as refused:
        identity.headers()
    assert "secret" not in str(refused.value)


@pytest.fixture
def token_file(tmp_path: Path) -> Iterator[Path]:
    identity_module._identity.cache_clear()
    yield tmp_path / "token"
    identity_module._identity.cache_clear()


def test_a_token_is_for_the_address_it_is_sent_to(token_file: Path) -> None:
    token_file.write_text(token("https://chat.example:8443") + "\n")
    auth = Auth.of("token-file", str(token_file), None)
    assert auth.headers_for(Address.of("wss://chat.example:8443/demo"))["Authorization"].startswith("Bearer ")
    with pytest.raises(NoToken, match=r"is for https://chat\.example:8443 and not for https://chat\.example:"):
        auth.headers_for(Address.of("https://chat.example"))


def test_a_service_may_expect_another_audience(token_file: Path) -> None:
    token_file.write_text(token("custom"))
    auth = Auth.of("token-file", str(token_file), "custom")
    one, other = (auth.headers_for(Address.of(url)) for url in ("wss://one.example", "wss://other.example"))
    assert one == other


def test_a_file_is_read_once_for_all_sessions_of_a_process(token_file: Path) -> None:
    token_file.write_text(token(SERVICE))
    for _ in range(MANY):
        Auth.of("token-file", str(token_file), None).headers_for(Address.of("wss://chat.example"))
        token_file.unlink(missing_ok=True)


@pytest.mark.parametrize("url", ["ws://chat.example", "http://10.0.0.1:8080", "ws://localhost.example"])
def test_a_token_does_not_travel_in_the_clear(url: str, token_file: Path) -> None:
    token_file.write_text(token(Address.of(url).audience))
    with pytest.raises(NoToken, match=r"a token would travel in the clear to .*: use wss:// or https://"):
        Auth.of("token-file", str(token_file), None).headers_for(Address.of(url))


@pytest.mark.parametrize("url", ["ws://127.0.0.1:8080", "http://localhost:8080", "ws://[::1]:8080"])
def test_a_token_may_stay_on_this_machine(url: str, token_file: Path) -> None:
    token_file.write_text(token(Address.of(url).audience))
    assert Auth.of("token-file", str(token_file), None).headers_for(Address.of(url))


def test_who_is_asked_by_nobody_sends_nothing() -> None:
    assert Auth().headers_for(Address.of("ws://chat.example")) == {} and Auth().options == ()


def test_options_come_through_as_they_were_given() -> None:
    assert Auth.of("token-file", "a/token", "custom").options == (
        *("--auth", "token-file"),
        *("--token-file", "a/token"),
        *("--audience", "custom"),
    )
    assert Auth.of("adc", None, None).options == ("--auth", "adc")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (("token-file", None, None), "name it with --token-file PATH"),
        (("token-file", "", None), "name it with --token-file PATH"),
        (("adc", "a/token", None), "--token-file is of --auth token-file, and --auth is adc"),
        (("none", "a/token", None), "--token-file is of --auth token-file, and --auth is none"),
        (("none", None, "custom"), "--audience is of a token, and there is none"),
        (("magic", None, None), "--auth magic is not known: choose from none, gcloud, adc, metadata, token-file"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(
    given: tuple[str, str | None, str | None], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Auth.of(*given)
