import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from threading import Thread

import pytest

from servers import blocking_socket, closing_time as module, gemini
from servers.closing_time import ClosingTime, Replies
from servers.farewells import GoingAway
from tests.servers.test_deployments import OURS, option

Stay = Callable[[Replies], Awaitable[None]]
"""What a session does while it is there."""


async def for_ever(replies: Replies) -> None:
    await asyncio.Event().wait()


async def with_a_reply_owed(replies: Replies) -> None:
    replies.owe()
    await asyncio.Event().wait()


def stay(closing_time: ClosingTime, session: Stay, after: Callable[[], object] = lambda: None) -> None:
    """A session; `after` is called when it has begun."""

    async def limited() -> None:
        async with closing_time.limit() as replies:
            asyncio.get_running_loop().call_soon(after)
            await session(replies)

    asyncio.run(limited())


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REPLY_SECONDS", 0.01)


def test_those_who_are_there_are_told_once() -> None:
    closing_time, told = ClosingTime(), []
    with closing_time.heeded(lambda: told.append("a")), closing_time.heeded(lambda: told.append("b")):
        assert told == []
        closing_time.begin()
        closing_time.begin()
    assert sorted(told) == ["a", "b"]
    assert closing_time.begun


def test_those_who_come_later_are_told_when_they_come() -> None:
    closing_time, told = ClosingTime(), []
    closing_time.begin()
    with closing_time.heeded(lambda: told.append("late")):
        assert told == ["late"]


def test_those_who_have_left_are_not_told() -> None:
    closing_time, told = ClosingTime(), []
    with closing_time.heeded(lambda: told.append("gone")):
        pass
    closing_time.begin()
    assert told == []


def test_idle_session_is_ended_at_once_whoever_calls_time() -> None:
    closing_time = ClosingTime()
    caller = Thread(target=closing_time.begin)
    with pytest.raises(GoingAway):
        stay(closing_time, for_ever, caller.start)
    caller.join()


def test_session_that_comes_later_is_ended_at_once() -> None:
    closing_time = ClosingTime()
    closing_time.begin()
    with pytest.raises(GoingAway):
        stay(closing_time, for_ever)


def test_reply_may_end_and_with_the_last_of_them_the_session_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REPLY_SECONDS", 3600.0)
    closing_time, paid = ClosingTime(), []

    async def pay(replies: Replies) -> None:
        replies.owe()
        replies.owe()  # it has interrupted itself
        closing_time.begin()
        for number in (1, 2):
            for _ in range(5):
                await asyncio.sleep(0)  # the session is not ended here
            paid.append(number)
            replies.paid()
        await asyncio.Event().wait()

    with pytest.raises(GoingAway):
        stay(closing_time, pay)
    assert paid == [1, 2]


@pytest.mark.usefixtures("no_patience")
def test_reply_that_does_not_end_in_time_is_cut() -> None:
    closing_time = ClosingTime()
    with pytest.raises(GoingAway):
        stay(closing_time, with_a_reply_owed, closing_time.begin)


def test_end_of_a_turn_that_nobody_asked_for_owes_nothing() -> None:
    async def paid_too_often(replies: Replies) -> None:
        replies.paid()
        replies.owe()
        await asyncio.sleep(0.02)
        finished.append(True)

    closing_time, finished = ClosingTime(), []
    stay(closing_time, paid_too_often, closing_time.begin)
    assert finished == [True]


def test_timeout_of_someone_elses_passes() -> None:
    async def time_out(replies: Replies) -> None:
        raise TimeoutError("Gemini")

    with pytest.raises(TimeoutError, match="Gemini"):
        stay(ClosingTime(), time_out)


def test_session_whose_loop_is_closed_hinders_no_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session with a loop of its own may end while everyone is being told."""
    closing_time, told, closed = ClosingTime(), [], asyncio.new_event_loop()
    closed.close()

    async def leave_while_all_are_told() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(asyncio, "get_running_loop", lambda: closed)
            async with closing_time.limit():
                closing_time.begin()

    with closing_time.heeded(lambda: told.append(True)):
        asyncio.run(leave_while_all_are_told())
    assert told == [True]


def test_what_a_session_says_after_it_has_been_cut_does_no_harm() -> None:
    closing_time, said = ClosingTime(), []

    async def speak_last(replies: Replies) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            replies.owe()
            replies.paid()
            said.append(True)

    with pytest.raises(GoingAway):
        stay(closing_time, speak_last, closing_time.begin)
    assert said == [True]


STUCK = """
import threading
from servers import closing_time
closing_time.LAST_SECONDS = 0.05
times = closing_time.ClosingTime()
times.call()
times.call()
assert times.begun
print(threading.active_count(), flush=True)
threading.Event().wait()
"""


def test_process_that_does_not_end_by_itself_is_ended_with_code_0() -> None:
    ended = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "2\n", "")


def test_there_is_time_for_reply_and_farewell_before_anyone_loses_patience() -> None:
    farewell_seconds = max(gemini.CLOSE_SECONDS, blocking_socket.GRACE_SECONDS)
    for deployment in OURS:
        assert module.REPLY_SECONDS + farewell_seconds < module.LAST_SECONDS
        assert module.LAST_SECONDS < float(option(deployment, "--graceful-timeout")) <= 8
