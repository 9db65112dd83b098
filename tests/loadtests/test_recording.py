"""Every turn that was begun is in a file once, however the load ends."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from loadtests.support.turn import End
from tests.known_delay_server import KnownDelayServer, Timing, running
from tests.loadtests.locust_run import Finished, LocustRun, for_a_while, headless

PEOPLE = 10
LONG_REPLIES = Timing(first=0.1, gap=0.5, chunks=60)


@dataclass
class Runs:
    slow: KnownDelayServer
    cut: Finished
    """At the end of its time, without patience for turns in flight."""
    terminated: Finished


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("recording")
    with (
        running(KnownDelayServer(LONG_REPLIES)) as slow,
        running(KnownDelayServer(LONG_REPLIES)) as slow_too,
    ):
        hurried = ("--stop-timeout", "0", "--think-seconds", "0")
        briefly = for_a_while(folder / "a", "4s")  # a busy machine takes a while to connect everybody
        cut = LocustRun(folder / "a", "interruption", *headless(slow.url, PEOPLE, *briefly, *hurried))
        terminated = LocustRun(folder / "c", "latency", *headless(slow_too.url, PEOPLE, *hurried))
        yield Runs(
            slow,
            cut.finish(),
            terminated.finish_when(lambda _: sum(bool(r.chunks_at) for r in slow_too.replies) >= PEOPLE),
        )


def test_turns_cut_by_the_end_are_recorded_as_unfinished(runs: Runs) -> None:
    turns = runs.cut.turns
    assert sorted(turn.id for turn in turns) == sorted(str(reply.tag) for reply in runs.slow.replies)
    unfinished = runs.cut.with_outcome("unfinished")
    assert len(unfinished) >= PEOPLE
    assert all(turn.sent_at and turn.ended_at is None and turn.failure is None for turn in unfinished)
    assert any(turn.chunks_at for turn in unfinished)


def test_unfinished_turns_are_not_in_locusts_table(runs: Runs) -> None:
    row = runs.cut.rows["turn"]
    assert (row["num_requests"], row["num_failures"]) == (len(runs.cut.with_outcome("ok")), 0)
    assert row["num_requests"] < len(runs.cut.turns)


def test_a_signal_leaves_one_end_and_it_comes_last(runs: Runs) -> None:
    assert {turn.outcome for turn in runs.terminated.turns} == {"unfinished"}
    assert len(runs.terminated.turns) >= PEOPLE
    (lines,) = runs.terminated.files
    assert [isinstance(line, End) for line in lines].count(True) == 1
    assert isinstance(lines[-1], End)
    assert lines[-1].turns == len(runs.terminated.turns)
    assert [mark.mark for mark in runs.terminated.marks] == ["level", "reached", "stop"]
