"""What is recorded against what the server knows to be true."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import pytest

from loadtests.support.turn import Turn
from tests.known_delay_server import KnownDelayServer, Reply, Timing, running
from tests.loadtests.locust_run import Finished, LocustRun, for_a_while, headless

PEOPLE = 50
STALL_SEEN_SECONDS = 0.28
TOLERANCE_SECONDS = 0.02
"""Of the median; a single stamp may be late by whatever else the machine is doing."""


@dataclass
class Truth:
    server: KnownDelayServer
    run: Finished

    def pairs(self) -> Iterator[tuple[Turn, Reply]]:
        replies = {reply.tag: reply for reply in self.server.replies}
        for turn in self.run.turns:
            yield turn, replies[turn.id]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Truth]:
    timing = Timing(stall_share=0.3)
    with running(KnownDelayServer(timing)) as server:
        folder = tmp_path_factory.mktemp("latency")
        options = headless(server.url, PEOPLE, *for_a_while(folder, "4s"), "--think-seconds", "0.3")
        run = LocustRun(folder, "latency", *options).finish()
        yield Truth(server, run)


def test_every_prompt_the_server_saw_is_recorded_once(truth: Truth) -> None:
    recorded = [turn.id for turn in truth.run.turns]
    assert sorted(recorded) == sorted(str(reply.tag) for reply in truth.server.replies)
    assert len(set(recorded)) == len(recorded) >= PEOPLE


def test_every_turn_ends_well_and_every_person_takes_part(truth: Truth) -> None:
    assert truth.run.exit_code == 0, truth.run.output
    assert {turn.outcome for turn in truth.run.turns} == {"ok"}
    assert {turn.id.split(".")[1] for turn in truth.run.turns} == {str(n + 1) for n in range(PEOPLE)}


def test_chunks_are_stamped_when_they_arrive(truth: Truth) -> None:
    late = [
        seen - sent for turn, reply in truth.pairs() for seen, sent in zip(turn.chunks_at, reply.chunks_at, strict=True)
    ]
    assert 0 <= median(late) < TOLERANCE_SECONDS
    assert min(late) > -TOLERANCE_SECONDS


def test_prompts_and_ends_are_stamped_when_they_happen(truth: Truth) -> None:
    sent = [reply.prompt_at - (turn.sent_at or 0) for turn, reply in truth.pairs()]
    ended = [(turn.ended_at or 0) - (reply.ended_at or 0) for turn, reply in truth.pairs()]
    assert 0 <= median(sent) < TOLERANCE_SECONDS
    assert 0 <= median(ended) < TOLERANCE_SECONDS


def test_a_stall_is_seen_where_it_was(truth: Truth) -> None:
    stalled = [(turn, reply.stalled_before) for turn, reply in truth.pairs() if reply.stalled_before]
    assert len(stalled) > PEOPLE / 5
    gaps = [turn.chunks_at[before] - turn.chunks_at[before - 1] for turn, before in stalled]
    assert median(gaps) >= STALL_SEEN_SECONDS
    places = [_longest_gap(turn) == before for turn, before in stalled]
    assert sum(places) >= 0.9 * len(places)


def test_what_the_server_says_it_spent_is_recorded(truth: Truth) -> None:
    for turn, reply in truth.pairs():
        assert turn.chunks_sent_at == pytest.approx(reply.chunks_at, abs=1e-6)
        spent = [at - reply.prompt_at for at in reply.chunks_at]
        assert turn.chunks_spent_seconds == pytest.approx(spent, abs=1e-5)


def test_no_chunk_of_one_session_is_seen_in_another(truth: Truth) -> None:
    assert sum(turn.foreign_chunks for turn in truth.run.turns) == 0


def test_the_reply_is_counted_without_its_tags(truth: Truth) -> None:
    expected = sum(len(f"word {index} ") for index in range(truth.server.timing.chunks))
    assert {turn.characters for turn in truth.run.turns} == {expected}


def test_only_the_first_turn_of_a_session_connects(truth: Truth) -> None:
    connected = [turn.connect_seconds is not None for turn in truth.run.turns]
    assert connected.count(True) == PEOPLE
    for turn in truth.run.turns:
        assert (turn.connect_seconds is not None) == turn.id.endswith(".1")


def test_a_turn_is_planned_before_it_is_sent_and_a_first_one_before_connecting(truth: Truth) -> None:
    for turn in truth.run.turns:
        assert turn.sent_at is not None
        assert turn.planned_at <= turn.sent_at - (turn.connect_seconds or 0)


def test_locust_counts_the_same_turns(truth: Truth) -> None:
    row = truth.run.rows["turn"]
    assert (row["num_requests"], row["num_failures"]) == (len(truth.run.turns), 0)
    assert truth.run.rows["connect"]["num_requests"] == PEOPLE


def test_the_record_ends_with_its_own_count_and_its_lag(truth: Truth) -> None:
    (lines,) = truth.run.files
    (end,) = truth.run.ends
    assert lines[-1] is end
    assert end.turns == len(truth.run.turns)
    assert 0 < end.lag_seconds_p50 <= end.lag_seconds_p99 <= end.lag_seconds_max
    assert end.cpu_seconds > 0


def test_marks_tell_when_the_load_was_wanted_there_and_stopped(truth: Truth) -> None:
    marks = truth.run.marks
    assert [(mark.mark, mark.sessions) for mark in marks] == [
        ("level", PEOPLE),
        ("reached", PEOPLE),
        ("stop", PEOPLE),
    ]
    assert all(before.at <= after.at for before, after in pairwise(marks))
    assert all(marks[0].at <= turn.planned_at <= marks[2].at for turn in truth.run.turns)
    assert {turn.sessions for turn in truth.run.turns} == {PEOPLE}


def test_turns_in_flight_end_after_the_stop(truth: Truth) -> None:
    stop = truth.run.marks[-1].at
    assert any(turn.ended_at and turn.ended_at > stop for turn in truth.run.turns)


def _longest_gap(turn: Turn) -> int:
    """The number of the chunk before which it lies."""
    gaps = [after - before for before, after in pairwise(turn.chunks_at)]
    return gaps.index(max(gaps)) + 1
