import json

import pytest
from google.genai.errors import APIError

from servers.fake_gemini.limits import Limits, TokenMeter
from tests.fake_gemini_process import RunningFake
from tests.servers.fake_gemini.conversation import ask, developer, live, receive_turn, refusal_of, run
from tests.servers.fake_gemini.suffering import Suffering

QUOTA = "You exceeded your current quota, please check your plan and billing details."


def test_tokens_are_those_of_the_last_minute() -> None:
    meter = TokenMeter()
    meter.spend(60, 0.0)
    meter.spend(40, 30.0)
    assert meter.exhausted(100, 59.9)
    assert not meter.exhausted(101, 59.9)
    assert not meter.exhausted(41, 60.0)
    assert meter.exhausted(40, 89.9)
    assert not meter.exhausted(1, 90.0)


@pytest.mark.parametrize(
    ("limits", "seconds"),
    [
        (Limits(connection_seconds=600.0), 50.0),
        (Limits(connection_seconds=6.0), 3.0),
        (Limits(connection_seconds=6.0, time_left_seconds=1.0), 1.0),
        (Limits(connection_seconds=6.0, time_left_seconds=9.0), 6.0),
    ],
)
def test_goaway_is_said_while_there_is_time(limits: Limits, seconds: float) -> None:
    assert limits.goodbye_seconds == seconds


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("too_many_sessions", "Request trace id: 5f3c9a1e07b24d68, [ORIGINAL ERROR] generic::resource_exhausted: "),
        ("quota", QUOTA),
    ],
)
def test_session_too_many_is_refused_until_another_leaves(suffering: Suffering, words: str, reason: str) -> None:
    fake = suffering(f'max_sessions = 2\nsessions_refusal = "{words}"')

    async def conversation() -> APIError:
        async with live(developer(fake)), live(developer(fake)):
            with pytest.raises(APIError) as caught:
                async with live(developer(fake)):
                    pass
        fake.ledger_once(lambda account: account["sessions_open"] == 0)
        async with live(developer(fake)) as session:
            await ask(session, "Hello")
        return caught.value

    refused = run(conversation)
    assert refused.code == 1011
    assert str(refused.details).startswith(reason)
    assert faults_of(fake) == [words]


def faults_of(fake: RunningFake) -> list[str]:
    return [one["fault"] for one in json.loads(fake.get("/faults")[1])["struck"]]


def test_session_that_uses_up_the_minutes_tokens_is_closed_after_its_turn_and_no_other_begins(
    suffering: Suffering,
) -> None:
    fake = suffering("tokens_per_minute = 50")

    async def conversation() -> APIError:
        async with live(developer(fake)) as session:
            with pytest.raises(APIError) as caught:
                for _ in range(50):
                    await ask(session, "Hello")
            return caught.value

    error = run(conversation)
    assert error.code == 1011
    assert str(error.details).startswith(QUOTA)
    account = fake.ledger()
    assert account["turns_completed"] == account["turns_started"] > 1
    assert refusal_of(developer(fake)) == (1011, error.details)
    assert faults_of(fake) == ["quota", "quota"]


def test_limits_end_with_the_script(suffering: Suffering) -> None:
    fake = suffering("max_sessions = 1\nconnection_seconds = 0.2")
    fake.get("/faults?arm=")

    async def conversation() -> bool:
        async with live(developer(fake)) as one, live(developer(fake)) as other:
            return bool(await ask(one, "Hello")) and bool(await ask(other, "Hello"))

    assert run(conversation)
    assert faults_of(fake) == []


def test_others_are_not_touched_by_a_session_that_is_refused(suffering: Suffering) -> None:
    fake = suffering("max_sessions = 1")

    async def conversation() -> int:
        async with live(developer(fake)) as session:
            await ask(session, "Hello")
            with pytest.raises(APIError):
                async with live(developer(fake)) as refused:
                    await receive_turn(refused)
            return len(await ask(session, "Hello"))

    assert run(conversation)
