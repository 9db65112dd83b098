"""A load that may begin so many turns: it begins just so many, hears them out, and ends by itself."""

from pathlib import Path

import pytest

from loadtests.support.turn_limit import TurnLimit
from tests.known_delay_server import KnownDelayServer, Timing, running
from tests.loadtests.locust_run import Finished, LocustRun, deserted_url, headless

LIMIT = 7
PEOPLE = 3
QUICK = Timing(first=0.1, gap=0.05, chunks=8)
LOADS: dict[str, tuple[str, tuple[str, ...]]] = {
    "latency": ("latency", ()),
    "interruption": ("interruption", ("--barge-in-within", "0.1")),
    "concurrency": ("concurrency", ("--steps", "2")),
    "open": ("latency", ("--arrivals", "open", "--arrival-rate", "20")),
    "partly-open": ("latency", ("--arrivals", "partly-open", "--arrival-rate", "10")),
    "ends in time": ("latency", ("-t", "1s", "--max-turns", "1000")),
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[KnownDelayServer, Finished]]:
    """Impatient loads, which cut the turns in flight when they are told to stop."""
    folder = tmp_path_factory.mktemp("limit")
    finished = {}
    for number, (name, (scenario, options)) in enumerate(LOADS.items()):
        with running(KnownDelayServer(QUICK)) as server:
            limited = ("--stop-timeout", "0", "--think-seconds", "0.1", "--max-turns", str(LIMIT), *options)
            finished[name] = (
                server,
                LocustRun(folder / str(number), scenario, *headless(server.url, PEOPLE, *limited)).finish(),
            )
    return finished


@pytest.mark.parametrize("name", [name for name in LOADS if name != "ends in time"])
def test_just_so_many_turns_are_begun_and_all_are_heard_out(
    ended: dict[str, tuple[KnownDelayServer, Finished]], name: str
) -> None:
    server, run = ended[name]
    begun = [turn for turn in run.turns if turn.begun_at is not None]
    assert run.exit_code == 0, run.output
    assert len(begun) == len(server.replies) == LIMIT
    assert {turn.outcome for turn in begun} == {"ok"}
    assert all(reply.ended_at for reply in server.replies)


@pytest.mark.parametrize("name", LOADS)
def test_the_end_is_marked_once_and_nobody_begins_after_it(
    ended: dict[str, tuple[KnownDelayServer, Finished]], name: str
) -> None:
    _, run = ended[name]
    (stop,) = [mark for mark in run.marks if mark.mark == "stop"]
    assert all(turn.begun_at <= stop.at for turn in run.turns if turn.begun_at is not None)
    assert run.ends[0].turns == len(run.turns)


def test_a_limit_that_is_not_reached_changes_nothing(ended: dict[str, tuple[KnownDelayServer, Finished]]) -> None:
    _, run = ended["ends in time"]
    assert run.exit_code == 0, run.output
    assert {turn.outcome for turn in run.turns} >= {"ok", "unfinished"}


def test_turns_that_come_to_nothing_count_too(tmp_path: Path) -> None:
    run = LocustRun(tmp_path, "latency", *headless(deserted_url(), 2, "--max-turns", "3")).finish()
    assert run.exit_code == 3, run.output
    assert [turn.failure for turn in run.turns] == ["connect_failed"] * 3


def test_a_new_test_counts_anew() -> None:
    limit = TurnLimit(2)
    assert [limit.count() for _ in range(3)] == [False, True, False]
    limit.reset()
    assert [limit.count() for _ in range(2)] == [False, True]
    assert not any(TurnLimit(None).count() for _ in range(10))
