"""Servers that misbehave: every failure gets its label, is counted, and keeps nobody from going on."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Response

from loadtests.support.turn import Turn
from tests.known_delay_server import KnownDelayServer, Reply, Timing, empty_response, running
from tests.loadtests.locust_run import Finished, LocustRun, deserted_url, headless

PEOPLE = 8


async def close_with(server: KnownDelayServer, websocket: ServerConnection, reply: Reply, code: int) -> None:
    await server.say(websocket, reply, "as I was say")
    await websocket.close(code)


async def upstream(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await server.send(websocket, error={"code": "unreachable", "message": "Gemini cannot be reached"})
    await websocket.close(1011)


async def full(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await server.send(websocket, error={"code": "full", "message": "100 sessions are open"})
    await websocket.close(1013)


async def refused(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await close_with(server, websocket, reply, 1008)


async def going_away(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await close_with(server, websocket, reply, 1012)


async def closed(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await close_with(server, websocket, reply, 1000)


async def lost(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await server.say(websocket, reply, "as I was say")
    websocket.transport.abort()


async def error_teapot(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await server.send(websocket, error={"code": "teapot", "message": "short and stout"})
    await websocket.close(1000)


async def timeout(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await server.say(websocket, reply, "let me think")
    await server.stopping.wait()


async def bad_packet(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await websocket.send("this is no JSON")
    await server.complete(websocket, reply)


async def empty_reply(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await server.complete(websocket, reply)


async def cut_short(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await server.say(websocket, reply, "as I was say")
    await server.send(websocket, text="", turn_complete=False, interrupted=True)
    await server.complete(websocket, reply)


async def rate_limited(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    number = sum(other.session == reply.session for other in server.replies)
    error = {"code": "rate_limited", "message": "wait", "prompt": number, "retry_after_seconds": 0.5}
    await server.send(websocket, error=error)


async def lost_chunk(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
    await server.say(websocket, reply, "one ")
    reply.chunks_at.append(reply.chunks_at[-1])
    await server.say(websocket, reply, "three")
    await server.complete(websocket, reply)


MISBEHAVIOURS = {
    misbehaviour.__name__: misbehaviour
    for misbehaviour in (
        *(upstream, full, refused, going_away, closed, lost, error_teapot, timeout),
        *(bad_packet, empty_reply, cut_short, lost_chunk, rate_limited),
    )
}


async def no_way_in(server: KnownDelayServer, upgrade: int) -> Response | None:
    """Answers every second upgrade with another status than 101, the others not at all."""
    if upgrade % 2:
        await server.stopping.wait()
    return empty_response(HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass
class Runs:
    misbehaving: KnownDelayServer
    met_misbehaviour: Finished
    met_closed_doors: Finished
    nobody_listened: Finished
    died: KnownDelayServer
    saw_it_die: Finished


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("failures")
    with (
        running(KnownDelayServer(misbehaviours=MISBEHAVIOURS)) as misbehaving,
        running(KnownDelayServer(upgrade=no_way_in)) as doorless,
        running(KnownDelayServer(Timing(gap=0.1))) as mortal,
    ):
        quick = ("--think-seconds", "0.1", "--reply-timeout", "0.5", "--connect-timeout", "0.5")
        met_misbehaviour = LocustRun(folder / "a", "latency", *headless(misbehaving.url, PEOPLE, *quick))
        met_closed_doors = LocustRun(folder / "b", "latency", *headless(doorless.url, 4, *quick))
        saw_it_die = LocustRun(folder / "c", "latency", *headless(mortal.url, PEOPLE, *quick))
        nobody_listened = LocustRun(folder / "d", "latency", *headless(deserted_url(), 2, *quick))
        saw_it_die.wait_until(lambda lines: sum(isinstance(line, Turn) for line in lines) > PEOPLE)
        mortal.stop()
        yield Runs(
            misbehaving,
            met_misbehaviour.finish_when(everything_happened_and_everybody_came_back),
            met_closed_doors.finish_when(lambda turns: len(labels(turns)) == 2),
            nobody_listened.finish_when(lambda turns: len(turns) > 2),
            mortal,
            saw_it_die.finish_when(lambda turns: labels(turns)["connect_failed"] >= PEOPLE),
        )


def labels(turns: list[Turn]) -> Counter[str | None]:
    return Counter(turn.failure for turn in turns)


def everything_happened_and_everybody_came_back(turns: list[Turn]) -> bool:
    sessions = Counter(turn.id.split(".")[1] for turn in turns)
    return set(labels(turns)) >= set(MISBEHAVIOURS) and len(sessions) == PEOPLE and min(sessions.values()) > 1


@pytest.mark.parametrize("label", MISBEHAVIOURS)
def test_a_failure_has_the_label_of_what_happened(runs: Runs, label: str) -> None:
    ids = {reply.tag for reply in runs.misbehaving.replies if reply.misbehaviour == label}
    turns = [turn for turn in runs.met_misbehaviour.turns if turn.id in ids]
    assert turns
    assert {(turn.outcome, turn.failure) for turn in turns} == {("failed", label)}


def test_every_failed_turn_is_recorded_and_counted_once(runs: Runs) -> None:
    run = runs.met_misbehaviour
    assert run.exit_code == 3, run.output
    assert sorted(turn.id for turn in run.turns) == sorted(str(r.tag) for r in runs.misbehaving.replies)
    assert run.printed_turns == (len(run.turns), len(run.with_outcome("failed")))
    assert run.ends[0].turns == len(run.turns)


def test_the_servers_own_words_are_logged_once(runs: Runs) -> None:
    assert runs.met_misbehaviour.output.count("a turn failed: upstream: unreachable: Gemini cannot be reached") == 1


def test_a_person_whose_session_failed_comes_back_on_a_new_one(runs: Runs) -> None:
    ended = {turn.session for turn in runs.met_misbehaviour.turns if turn.failure == "lost"}
    turns = Counter(turn.session for turn in runs.met_misbehaviour.turns)
    assert ended and all(turns[session] == 1 for session in ended)
    assert {turn.id.split(".")[1] for turn in runs.met_misbehaviour.turns if turn.session.endswith("/2")}


@pytest.mark.parametrize("label", ["empty_reply", "rate_limited"])
def test_a_session_survives_what_befalls_one_turn_alone(runs: Runs, label: str) -> None:
    wrong = {turn.session for turn in runs.met_misbehaviour.turns if turn.failure == label}
    turns = Counter(turn.session for turn in runs.met_misbehaviour.turns if turn.session in wrong)
    assert max(turns.values()) > 1


def test_a_timeout_is_a_silence_of_that_length(runs: Runs) -> None:
    silent = [turn for turn in runs.met_misbehaviour.turns if turn.failure == "timeout"]
    assert silent
    assert all(turn.ended_at and turn.ended_at - turn.chunks_at[-1] >= 0.5 for turn in silent)


def test_doors_that_stay_closed_are_told_apart(runs: Runs) -> None:
    assert set(labels(runs.met_closed_doors.turns)) == {"rejected_capacity", "connect_timeout"}
    assert set(labels(runs.nobody_listened.turns)) == {"connect_failed"}
    assert all(turn.sent_at is None for turn in runs.met_closed_doors.turns + runs.nobody_listened.turns)


def test_a_server_that_dies_fails_the_turns_in_flight_and_those_that_follow(runs: Runs) -> None:
    run = runs.saw_it_die
    assert run.exit_code == 3, run.output
    assert labels(run.turns)[None] == len(run.with_outcome("ok")) > PEOPLE
    assert labels(run.turns)["lost"] >= 1
    assert set(labels(run.turns)) == {None, "lost", "connect_failed"}


def test_only_turns_that_the_dead_server_had_finished_are_ok(runs: Runs) -> None:
    finished = {reply.tag for reply in runs.died.replies if reply.ended_at is not None}
    assert {turn.id for turn in runs.saw_it_die.with_outcome("ok")} <= finished
    failed = runs.saw_it_die.with_outcome("failed")
    assert runs.saw_it_die.printed_turns == (len(runs.saw_it_die.turns), len(failed))
