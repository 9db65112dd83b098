import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from google.genai.errors import APIError
from websockets.exceptions import InvalidStatus

from servers.farewells import Refused
from servers.patience import WAITS_SECONDS, connected
from tests.servers.test_causes import not_upgraded

NO_MORE = APIError(1011, "Resource has been exhausted (e.g. check quota).")


class Door:
    """Refuses as often as there are errors, and then lets in."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.attempts = self.refusals = 0
        self.waits_seconds: list[float] = []
        self.closed = False

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[str]:
        self.attempts += 1
        if self.errors:
            raise self.errors.pop(0)
        try:
            yield "session"
        finally:
            self.closed = True

    def refused(self, _: Exception) -> None:
        self.refusals += 1

    async def wait(self, seconds: float) -> None:
        self.waits_seconds.append(seconds)

    def opened(self) -> AbstractAsyncContextManager[str]:
        return connected(self.connect, self.refused, self.wait)


def enter(door: Door, then: Callable[[], object] = lambda: None) -> str:
    async def converse() -> str:
        async with door.opened() as session:
            assert not door.closed
            then()
            return session

    return asyncio.run(converse())


def test_who_is_let_in_at_once_has_not_waited() -> None:
    door = Door()
    assert enter(door) == "session"
    assert (door.attempts, door.waits_seconds, door.closed) == (1, [], True)


def test_who_is_refused_for_quota_waits_and_asks_again() -> None:
    door = Door(NO_MORE, NO_MORE)
    assert enter(door) == "session"
    assert (door.attempts, door.refusals, door.closed) == (3, 2, True)


def test_waits_grow_and_each_is_drawn_between_nothing_and_its_most(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        drawn.append((low, high))
        return high / 2

    monkeypatch.setattr("random.uniform", draw)
    door = Door(*[NO_MORE] * len(WAITS_SECONDS))
    enter(door)
    assert drawn == [(0.0, most) for most in (1.0, 2.0, 4.0)]
    assert door.waits_seconds == [0.5, 1.0, 2.0]


def test_who_is_refused_every_time_is_told_so() -> None:
    door = Door(*[NO_MORE] * 100)
    with pytest.raises(Refused) as told:
        enter(door)
    assert (told.value.farewell.code, told.value.farewell.close_code) == ("quota", 1013)
    assert told.value.__cause__ is NO_MORE
    assert door.attempts == door.refusals == len(door.waits_seconds) + 1 == 4


def test_gemini_that_is_not_to_be_had_is_asked_as_often_and_what_it_said_last_is_passed_on() -> None:
    """All but the last are told, which is whoever's that catches it."""
    errors = [not_upgraded(503) for _ in range(5)]
    door = Door(*errors)
    with pytest.raises(InvalidStatus) as told:
        enter(door)
    assert told.value is errors[3]
    assert (door.attempts, door.refusals, len(door.waits_seconds)) == (4, 3, 3)


@pytest.mark.parametrize("last", [NO_MORE, not_upgraded(503)], ids=["quota", "unavailable"])
def test_it_is_the_last_refusal_that_is_told(last: Exception) -> None:
    before = not_upgraded(503) if last is NO_MORE else NO_MORE
    with pytest.raises(Refused if last is NO_MORE else InvalidStatus):
        enter(Door(*[before] * len(WAITS_SECONDS), last))


def test_any_other_refusal_passes_at_once() -> None:
    door = Door(APIError(1007, "API key not valid."))
    with pytest.raises(APIError):
        enter(door)
    assert (door.attempts, door.refusals) == (1, 0)


def test_quota_that_runs_out_in_a_session_ends_it() -> None:
    def run_out() -> None:
        raise NO_MORE

    door = Door()
    with pytest.raises(APIError):
        enter(door, run_out)
    assert (door.attempts, door.refusals, door.closed) == (1, 0, True)


def test_whatever_ends_the_wait_ends_the_attempts() -> None:
    class Left(Exception):
        pass

    async def leave(seconds: float) -> None:
        raise Left

    door = Door(NO_MORE)
    door.wait = leave  # type: ignore[method-assign]
    with pytest.raises(Left):
        enter(door)
    assert door.attempts == 1
