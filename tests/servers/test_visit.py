import json
import logging
from typing import Any

import pytest
from google.genai.errors import APIError
from google.genai.types import UsageMetadata

from servers import logs
from servers.allowance import Allowance
from servers.farewells import GoingAway, Refused
from servers.metrics import Metrics
from servers.settings import Settings
from servers.visit import Visit, tokens_in
from tests.servers.test_allowance import Clock
from tests.servers.test_causes import not_upgraded
from tests.servers.test_metrics import NAMES, samples

WORDS = json.dumps({"text": "some words", "turn_complete": False})
QUOTING = json.dumps({"text": 'said "interrupted": true}', "turn_complete": False})
CUT = json.dumps({"text": "", "turn_complete": False, "interrupted": True})
END = json.dumps({"text": "", "turn_complete": True})


class Stay:
    """A visit, its clock and what it shares."""

    def __init__(self, prompts: int | None = None, tokens: int | None = None, log_prompts: bool = False) -> None:
        self.clock, self.metrics = Clock(), Metrics(NAMES)
        self.tokens = Allowance(tokens, self.clock) if tokens else None
        settings = Settings("custom", "m", "TEXT", prompts_per_minute=prompts, log_prompts=log_prompts)
        self.visit = Visit(settings, self.metrics, self.tokens, {"session": 1, "instance": "i"}, self.clock)

    def ask(self, prompt: str = "Hello") -> dict[str, Any] | None:
        """The error that refuses it."""
        refusal = self.visit.refusal_of(prompt)
        return json.loads(refusal)["error"] if refusal else None

    def hear(self, seconds: float, packet: str) -> None:
        """After so many seconds more."""
        self.clock.seconds += seconds
        self.visit.saw(packet)
        if packet == END:
            self.visit.over()

    def told(self, name: str) -> float:
        return samples(self.metrics).get(name, 0.0)


def test_prompts_beyond_a_minutes_worth_are_refused_by_number_until_there_is_one_again() -> None:
    stay = Stay(prompts=2)
    assert [stay.ask(), stay.ask()] == [None, None]
    refusal = stay.ask()
    assert refusal == {
        "code": "rate_limited",
        "message": "too much was said in a minute: ask again in 30 s",
        "prompt": 3,
        "retry_after_seconds": 30.0,
    }
    stay.clock.seconds += 29.5
    refusal = stay.ask()
    assert refusal and refusal["prompt"] == 4
    assert refusal["retry_after_seconds"] == pytest.approx(0.5, abs=0.002)
    stay.clock.seconds += refusal["retry_after_seconds"]
    assert stay.ask() is None
    assert stay.told("chat_turns_total,outcome=rate_limited") == 2
    assert stay.told("chat_refusals_total,cause=rate_limited") == 2


def test_tokens_are_taken_when_gemini_has_counted_them_and_prompts_refused_while_they_are_owed() -> None:
    stay = Stay(tokens=600)
    assert stay.ask() is None
    stay.visit.used(900)
    stay.hear(0.0, END)
    refusal = stay.ask()
    assert refusal and refusal["retry_after_seconds"] == pytest.approx(30.0)
    stay.clock.seconds += 30.1
    assert stay.ask() is None


def test_prompt_has_its_estimate_taken_at_once_and_set_right_afterwards() -> None:
    stay = Stay(tokens=100)
    assert stay.tokens
    assert stay.ask("x" * 800) is None
    assert stay.tokens.debt_seconds() == pytest.approx(101 / 100 * 60)
    stay.visit.used(50)
    assert stay.tokens.debt_seconds() == 0.0
    assert stay.tokens.take(50) == 0.0
    assert stay.tokens.take(1) > 0.0


def test_count_that_grows_while_a_reply_lasts_is_taken_once() -> None:
    stay = Stay(tokens=100)
    assert stay.tokens
    stay.ask()
    for so_far in (20, 40, 60):
        stay.visit.used(so_far)
    assert stay.tokens.take(40) == 0.0
    assert stay.tokens.take(1) > 0.0
    assert stay.told("chat_tokens_total") == 60


def test_prompt_that_is_refused_for_tokens_takes_none_of_the_prompts() -> None:
    stay = Stay(prompts=2, tokens=60)
    stay.ask()
    stay.visit.used(120)
    assert all(stay.ask() for _ in range(5))
    stay.clock.seconds += 60
    assert stay.ask() is None


def test_first_words_are_timed_from_the_prompt_and_once() -> None:
    stay = Stay()
    stay.ask()
    for seconds in (0.4, 0.1, 5.0):
        stay.hear(seconds, WORDS)
    stay.hear(0.1, END)
    assert stay.told("chat_first_words_seconds_count") == 1
    assert stay.told("chat_first_words_seconds_sum") == pytest.approx(0.4)
    assert stay.told("chat_turns_total,outcome=complete") == 1


def test_stop_is_timed_from_the_prompt_in_mid_reply_to_the_last_words_of_that_reply() -> None:
    stay = Stay()
    stay.ask()
    stay.hear(0.5, WORDS)
    stay.clock.seconds += 1.0
    stay.ask("Wait")
    for seconds, packet in ((0.02, WORDS), (0.03, WORDS), (0.1, CUT), (0.1, END), (0.2, WORDS), (0.1, END)):
        stay.hear(seconds, packet)
    assert stay.told("chat_stop_seconds_count") == 1
    assert stay.told("chat_stop_seconds_sum") == pytest.approx(0.05)
    assert stay.told("chat_first_words_seconds_sum") == pytest.approx(0.5 + 0.45)
    assert stay.told("chat_turns_total,outcome=interrupted") == stay.told("chat_turns_total,outcome=complete") == 1


def test_reply_that_falls_silent_at_once_has_stopped_in_no_time() -> None:
    stay = Stay()
    stay.ask()
    stay.hear(0.5, WORDS)
    stay.ask("Wait")
    stay.hear(0.1, CUT)
    stay.hear(0.1, END)
    assert (stay.told("chat_stop_seconds_count"), stay.told("chat_stop_seconds_sum")) == (1, 0)


def test_prompt_that_is_refused_stops_nothing() -> None:
    stay = Stay(prompts=1)
    stay.ask()
    stay.hear(0.5, WORDS)
    assert stay.ask("Wait")
    stay.hear(0.5, WORDS)
    stay.hear(0.5, END)
    assert stay.told("chat_stop_seconds_count") == 0
    assert stay.told("chat_turns_total,outcome=complete") == 1


def test_words_that_look_like_an_interruption_are_none() -> None:
    stay = Stay()
    stay.ask()
    stay.hear(0.1, WORDS)
    stay.hear(0.1, QUOTING)
    stay.hear(0.1, END)
    assert stay.told("chat_turns_total,outcome=interrupted") == 0


@pytest.mark.parametrize(
    ("error", "outcome", "upstream", "refused"),
    [
        (None, "left", None, None),
        (GoingAway(), "failed", None, None),
        (Refused("idle", "x"), "failed", None, "idle"),
        (Refused("quota", "x", 1013), "failed", None, "quota"),
        (APIError(1008, "x"), "failed", "closed_1008", None),
        (ConnectionRefusedError(), "failed", "unreachable", None),
        (not_upgraded(503), "failed", "http_503", None),
        (ZeroDivisionError(), "failed", None, None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_end_of_a_session_is_counted_by_its_cause(
    error: Exception | None, outcome: str, upstream: str | None, refused: str | None
) -> None:
    stay = Stay()
    assert stay.told("chat_sessions_open") == 1
    stay.ask()
    stay.ask()
    stay.visit.ends(error)
    told = samples(stay.metrics)
    assert (told["chat_sessions_open"], told["chat_sessions_opened_total"]) == (0, 1)
    assert told[f"chat_turns_total,outcome={outcome}"] == 2
    causes = {name: count for name, count in told.items() if "cause=" in name}
    assert causes == {
        **({f"chat_upstream_errors_total,cause={upstream}": 1} if upstream else {}),
        **({f"chat_refusals_total,cause={refused}": 1} if refused else {}),
    }


def test_each_refusal_of_geminis_to_open_a_session_is_counted_by_its_cause() -> None:
    stay = Stay()
    for status in (429, 429, 503):
        stay.visit.turned_away(not_upgraded(status))
    assert stay.told("chat_upstream_errors_total,cause=quota") == 2
    assert stay.told("chat_upstream_errors_total,cause=http_503") == 1


def events(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(logs.line_of(record)) for record in caplog.records]


def test_session_is_written_down_when_it_comes_and_when_it_goes(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "servers"):
        stay = Stay()
        stay.ask("a secret")
        stay.clock.seconds += 2.5
        stay.visit.ends(Refused("idle", "x"))
    opened, closed = events(caplog)
    assert (opened["message"], opened["severity"], opened["session"], opened["instance"]) == (
        *("session opened", "INFO", 1, "i"),
    )
    assert closed | {"time": ""} == {
        "severity": "INFO",
        "time": "",
        "message": "session closed",
        "logger": "servers.visit",
        "session": 1,
        "instance": "i",
        "close_code": 1008,
        "cause": "idle",
        "turns": 1,
        "seconds": 2.5,
    }
    assert "secret" not in caplog.text + str(events(caplog))


def test_prompts_are_written_down_where_they_are_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "servers"):
        Stay(log_prompts=True).ask("a secret")
    said = events(caplog)[1]
    assert (said["message"], said["number"], said["prompt"]) == ("prompt", 1, "a secret")


@pytest.mark.parametrize(
    ("error", "severity"), [(None, "INFO"), (GoingAway(), "INFO"), (APIError(1011, "x"), "WARNING")], ids=str
)
def test_session_that_gemini_ended_is_worth_a_warning(
    caplog: pytest.LogCaptureFixture, error: Exception | None, severity: str
) -> None:
    with caplog.at_level(logging.INFO, "servers"):
        Stay().visit.ends(error)
    assert events(caplog)[-1]["severity"] == severity


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (UsageMetadata(total_token_count=50, prompt_token_count=20, response_token_count=30), 50),
        (UsageMetadata(prompt_token_count=20, response_token_count=30, thoughts_token_count=5), 55),
        (UsageMetadata(), 0),
    ],
)
def test_tokens_are_the_total_or_the_sum_of_what_is_told(usage: UsageMetadata, tokens: int) -> None:
    assert tokens_in(usage) == tokens
