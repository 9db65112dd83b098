from collections.abc import Mapping
from pathlib import Path

import pytest

from bench import serve as module
from bench.chat_server import free_port
from bench.errors import BenchError
from bench.fake import RULES, FakeGemini


class Started(Exception):
    """A server would have been, with this environment."""


class NoFake(FakeGemini):
    """Is there in name only: what it tells servers to do is what counts here."""

    def __init__(self, profile: str, seed: int, logs: Path, cores: frozenset[int]) -> None:
        self.url, self.certificate = "https://localhost:1", logs / "ca.pem"

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: object, __: int, environment: Mapping[str, str], *___: object) -> None:
        raise Started(environment)

    monkeypatch.setattr(module, "FakeGemini", NoFake)
    monkeypatch.setattr(module, "launch", start)
    for name in RULES:
        monkeypatch.delenv(name, raising=False)


def environment_of(real: bool = False) -> dict[str, str]:
    """What a server is started with beside what it inherits."""
    with pytest.raises(Started) as started:
        module.serve(["quart"], free_port(), real=real, say=print)
    environment: dict[str, str] = started.value.args[0]
    return environment


def test_rules_that_the_environment_sets_hold_with_the_fake_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTS_PER_MINUTE", "2")
    environment = environment_of()
    assert (environment["PROMPTS_PER_MINUTE"], environment["MAX_SESSIONS"]) == ("2", "")
    assert environment["GOOGLE_GEMINI_BASE_URL"] == "https://localhost:1"


def test_server_with_the_real_gemini_is_served_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "AIza-not-a-key")
    assert environment_of(real=True) == {}


@pytest.mark.parametrize("real", [False, True], ids=["fake", "real"])
def test_rule_that_makes_no_sense_is_told_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch, real: bool
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "AIza-not-a-key")
    monkeypatch.setenv("MAX_SESSIONS", "many")
    with pytest.raises(BenchError, match="MAX_SESSIONS is 'many'"):
        module.serve(["quart"], free_port(), real=real, say=print)


def test_no_rule_of_the_users_holds_where_servers_are_measured(tmp_path: Path) -> None:
    environment = NoFake("fast", 1, tmp_path, frozenset()).server_environment
    assert {environment[name] for name in RULES} == {""}
