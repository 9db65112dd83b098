"""Barge-ins, as recorded against what the server did: one server that can be interrupted and one that cannot."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from loadtests.support.turn import Turn
from tests.known_delay_server import KnownDelayServer, Reply, Timing, running
from tests.loadtests.locust_run import Finished, LocustRun, for_a_while, headless

TIMING = Timing(first=0.1, gap=0.06, chunks=15)
TOLERANCE_SECONDS = 0.02


@dataclass
class Truth:
    server: KnownDelayServer
    run: Finished

    @property
    def barged_in_on(self) -> list[Turn]:
        return [turn for turn in self.run.turns if turn.interrupted_at is not None]


@dataclass
class Both:
    interruptible: Truth
    deaf: Truth
    """Not interruptible, and met by people who send no tags."""
    crossed: Truth
    """Hands a chunk of one session to another now and then."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("interruption")
    with (
        running(KnownDelayServer(TIMING)) as interruptible,
        running(KnownDelayServer(TIMING, interruptible=False)) as deaf,
        running(KnownDelayServer(TIMING, swaps_chunks=True)) as crossed,
    ):
        soon = ("--think-seconds", "0.2")
        runs = [
            _start(folder / "a", "interruption", interruptible, *soon),
            _start(folder / "b", "interruption", deaf, "--no-tags"),
            _start(folder / "c", "latency", crossed, *soon),
        ]
        a, b, c = [run.finish() for run in runs]
        yield Both(Truth(interruptible, a), Truth(deaf, b), Truth(crossed, c))


def _start(folder: Path, scenario: str, server: KnownDelayServer, *options: str) -> LocustRun:
    return LocustRun(folder, scenario, *headless(server.url, 12, *for_a_while(folder, "3s"), *options))


@pytest.fixture(scope="module")
def interruptible(both: Both) -> Truth:
    return both.interruptible


@pytest.fixture(scope="module")
def deaf(both: Both) -> Truth:
    return both.deaf


def test_every_turn_is_answered_whether_barged_in_on_or_not(interruptible: Truth, deaf: Truth) -> None:
    for truth in (interruptible, deaf):
        assert truth.run.exit_code == 0, truth.run.output
        assert {turn.outcome for turn in truth.run.turns} == {"ok"}
        assert truth.run.ends[0].turns == len(truth.run.turns) == truth.run.rows["turn"]["num_requests"]


def test_a_barge_in_names_the_turn_it_interrupts_and_happens_when_it_is_sent(interruptible: Truth) -> None:
    turns = {turn.id: turn for turn in interruptible.run.turns}
    interrupting = [turn for turn in turns.values() if turn.barges_in_on]
    assert len(interrupting) == len(interruptible.barged_in_on) > 10
    for turn in interrupting:
        assert turn.barges_in_on
        assert turns[turn.barges_in_on].interrupted_at == turn.sent_at
        assert turns[turn.barges_in_on].session == turn.session
        assert turn.connect_seconds is None


def test_a_barge_in_comes_between_the_first_chunk_and_the_longest_patience(interruptible: Truth) -> None:
    waited = [turn.interrupted_at - turn.chunks_at[0] for turn in interruptible.barged_in_on if turn.interrupted_at]
    assert min(waited) >= 0.05
    assert median(waited) < 0.8
    assert max(waited) - min(waited) > 0.2


def test_a_barge_in_was_planned_for_its_moment(interruptible: Truth) -> None:
    late = [turn.sent_at - turn.planned_at for turn in interruptible.run.turns if turn.barges_in_on and turn.sent_at]
    assert min(late) >= 0
    assert median(late) < TOLERANCE_SECONDS


def test_some_people_barge_in_on_the_reply_to_a_barge_in(interruptible: Truth) -> None:
    assert any(turn.barges_in_on and turn.interrupted_at for turn in interruptible.run.turns)


def test_a_cut_is_acknowledged_when_the_server_says_so(interruptible: Truth) -> None:
    replies = {reply.tag: reply for reply in interruptible.server.replies}
    late = []
    for turn in interruptible.run.turns:
        reply = replies[turn.id]
        assert (turn.acknowledged_at is None) == (reply.interrupted_at is None)
        assert len(turn.chunks_at) == len(reply.chunks_at)
        if turn.acknowledged_at and reply.interrupted_at:
            late.append(turn.acknowledged_at - reply.interrupted_at)
    assert 0 <= median(late) < TOLERANCE_SECONDS


def test_after_its_acknowledgement_a_reply_says_no_more(interruptible: Truth) -> None:
    for turn in interruptible.run.turns:
        assert turn.acknowledged_at is None or all(at <= turn.acknowledged_at for at in turn.chunks_at)


def test_a_reply_that_cannot_be_cut_is_heard_to_its_end(deaf: Truth) -> None:
    assert len(deaf.barged_in_on) > 10
    for turn in deaf.barged_in_on:
        assert turn.acknowledged_at is None
        assert len(turn.chunks_at) == TIMING.chunks
    talked_on = [turn for turn in deaf.barged_in_on if turn.chunks_at[-1] > (turn.interrupted_at or 0)]
    assert len(talked_on) > len(deaf.barged_in_on) / 2


def test_without_tags_every_chunk_finds_its_turn_by_order(deaf: Truth) -> None:
    recorded, sent = defaultdict(list), defaultdict(list)
    for turn in deaf.run.turns:
        assert not turn.chunks_sent_at
        recorded[turn.session].append((turn.prompt_characters, len(turn.chunks_at), turn.characters))
    for reply in deaf.server.replies:
        sent[str(reply.session)].append((len(reply.prompt), len(reply.chunks_at), _characters(reply)))
        assert reply.tag is None
    assert sorted(recorded.values()) == sorted(sent.values())


def test_locust_shows_how_long_an_interrupted_reply_talked_on(deaf: Truth, interruptible: Truth) -> None:
    assert deaf.run.rows["stop"]["num_requests"] == len(deaf.barged_in_on)
    assert deaf.run.rows["stop"]["max_response_time"] > interruptible.run.rows["stop"]["max_response_time"]


def test_the_same_person_says_the_same_to_every_server(interruptible: Truth, deaf: Truth) -> None:
    said = {turn.id: turn.prompt_characters for turn in interruptible.run.turns}
    again = {turn.id: turn.prompt_characters for turn in deaf.run.turns}
    assert len(said.keys() & again.keys()) > 10
    assert all(said[id_] == again[id_] for id_ in said.keys() & again.keys())


def test_a_chunk_that_ends_up_in_another_session_is_caught(both: Both) -> None:
    crossed = both.crossed.run
    assert sum(turn.foreign_chunks for turn in crossed.turns) > 0
    assert {turn.failure for turn in crossed.with_outcome("failed")} == {"lost_chunk"}


def _characters(reply: Reply) -> int:
    return sum(len(f"word {index} ") for index in range(len(reply.chunks_at)))
