"""One person's sessions, one after another: who served them, why they ended, and what is kept from one to the next."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from websockets.asyncio.server import ServerConnection

from loadtests.support.turn import Turn
from tests.known_delay_server import KnownDelayServer, Reply, Timing, running
from tests.loadtests.locust_run import Finished, LocustRun, headless

PEOPLE = 3
QUICK = Timing(first=0.05, gap=0.01, chunks=5)
REPLIES_BEFORE_LEAVING = 2
INTRODUCTION = (
    '{"server": {"app": "quart", "build": "0123456789ab", "instance": "a1", "revision": null, "serving_seconds": 12.5}}'
)


async def leave_in_the_third_reply(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    """As a server does that is told to stop."""
    if sum(other.session == reply.session for other in server.replies) <= REPLIES_BEFORE_LEAVING:
        await server.speak(websocket, reply)
        return
    await server.say(websocket, reply, "as I was say")
    await server.send(websocket, error={"code": "going_away", "message": "this server stops"})
    await websocket.close(1012)


LEAVING = {"leaving": leave_in_the_third_reply}


@dataclass
class Runs:
    leaving: KnownDelayServer
    came_back: Finished
    forgetful: KnownDelayServer
    kept_nothing: Finished
    babbling: Finished
    """Met a server whose introduction is none."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("sessions")
    with (
        running(
            KnownDelayServer(QUICK, misbehaviours=LEAVING, introduction=INTRODUCTION, sets_cookies=True)
        ) as leaving,
        running(KnownDelayServer(QUICK, misbehaviours=LEAVING, sets_cookies=True)) as forgetful,
        running(KnownDelayServer(QUICK, introduction='{"server": {"instance": ""}}')) as babbling,
    ):
        quick = ("--think-seconds", "0.1")
        came_back = LocustRun(folder / "a", "latency", *headless(leaving.url, PEOPLE, *quick, "--keep-cookies"))
        kept_nothing = LocustRun(folder / "b", "latency", *headless(forgetful.url, PEOPLE, *quick))
        babbled_at = LocustRun(folder / "c", "latency", *headless(babbling.url, 1, *quick))
        yield Runs(
            leaving,
            came_back.finish_when(everybody_came_back_twice),
            forgetful,
            kept_nothing.finish_when(everybody_came_back_twice),
            babbled_at.finish_when(lambda turns: len(turns) > 1),
        )


def by_session(turns: list[Turn]) -> dict[str, dict[int, list[Turn]]]:
    """The turns of each person's sessions, by the session's number."""
    people: dict[str, dict[int, list[Turn]]] = defaultdict(lambda: defaultdict(list))
    for turn in turns:
        person, _, number = turn.session.partition("/")
        people[person][int(number)].append(turn)
    return people


def everybody_came_back_twice(turns: list[Turn]) -> bool:
    people = by_session(turns)
    return len(people) == PEOPLE and all(max(sessions) >= 3 for sessions in people.values())


def row(run: Finished, name: str) -> int:
    """How often it stands in the table that Locust printed last."""
    return [int(count) for count in re.findall(rf"^chat +{name} +(\d+) +\d+\(", run.output, re.MULTILINE)][-1]


@pytest.mark.parametrize("name", ["came_back", "kept_nothing"])
def test_who_comes_back_after_a_failure_says_so_on_the_first_turn_and_on_no_other(runs: Runs, name: str) -> None:
    run: Finished = getattr(runs, name)
    for sessions in by_session(run.turns).values():
        for number, (first, *others) in sessions.items():
            assert first.reconnects_after == (None if number == 1 else "going_away")
            assert all(turn.reconnects_after is None for turn in others)
    first_turns = [turn for turn in run.turns if turn.connect_seconds is not None]
    assert row(run, "connect") == PEOPLE
    assert row(run, "reconnect") == len(first_turns) - PEOPLE


def test_the_instance_stands_on_the_first_turn_of_a_session_and_on_no_other(runs: Runs) -> None:
    for turn in runs.came_back.turns:
        introduced = (turn.instance, turn.instance_serving_seconds)
        assert introduced == (("a1", 12.5) if turn.connect_seconds is not None else (None, None))
    assert all(headers["Live-Introduction"] == "1" for headers in runs.leaving.upgrades)


def test_no_page_is_named_that_a_server_might_not_know(runs: Runs) -> None:
    assert not any("Origin" in headers for headers in runs.leaving.upgrades)


def test_an_introduction_is_no_chunk(runs: Runs) -> None:
    whole = runs.came_back.with_outcome("ok")
    assert whole
    assert {(len(turn.chunks_at), turn.foreign_chunks) for turn in whole} == {(QUICK.chunks, 0)}


def test_a_server_that_knows_of_no_introductions_is_measured_as_before(runs: Runs) -> None:
    assert {turn.instance for turn in runs.kept_nothing.turns} == {None}
    assert {turn.failure for turn in runs.kept_nothing.turns} == {None, "going_away"}


def test_an_introduction_that_is_none_is_not_the_protocol(runs: Runs) -> None:
    assert {(turn.failure, turn.instance) for turn in runs.babbling.turns} == {("bad_packet", None)}


def test_only_turns_that_failed_with_their_session_say_how_old_it_was(runs: Runs) -> None:
    for sessions in by_session(runs.came_back.turns).values():
        for first, *others in sessions.values():
            for turn in (first, *others):
                if turn.outcome != "failed":
                    assert turn.session_seconds is None
                    continue
                assert turn.session_seconds and turn.ended_at and first.begun_at and first.sent_at
                assert turn.chunks_at[-1] - first.sent_at <= turn.session_seconds <= turn.ended_at - first.begun_at


def test_each_person_keeps_their_own_cookies(runs: Runs) -> None:
    sent = [headers.get("Cookie") for headers in runs.leaving.upgrades]
    kept = [cookie for cookie in sent if cookie is not None]
    assert sent.count(None) == PEOPLE  # the first session of each
    assert len(kept) >= 2 * PEOPLE
    assert len(set(kept)) == len(kept)  # Every session set another, so that one sent twice would be a shared one.


def test_without_a_jar_nobody_keeps_any(runs: Runs) -> None:
    assert {headers.get("Cookie") for headers in runs.forgetful.upgrades} == {None}
