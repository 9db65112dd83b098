"""A crowd that grows in steps, of people who come and go."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from loadtests.support.turn import Turn
from tests.known_delay_server import KnownDelayServer, Timing, running
from tests.loadtests.locust_run import Finished, LocustRun, for_a_while, headless

STEPS = 3
PEOPLE = 12
HOLD_SECONDS = 2
TOTAL_SECONDS = 7
STEP_SECONDS = (TOTAL_SECONDS - HOLD_SECONDS) / STEPS


@dataclass
class Truth:
    server: KnownDelayServer
    run: Finished

    def sessions(self) -> dict[str, list[Turn]]:
        """The turns of each session, in their order."""
        turns = defaultdict(list)
        for turn in self.run.turns:
            turns[turn.session].append(turn)
        return turns


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Truth]:
    with running(KnownDelayServer(Timing(gap=0.01, chunks=5))) as server:
        more = ("--steps", str(STEPS), "--hold-seconds", str(HOLD_SECONDS), "--turns-per-visit", "2")
        folder = tmp_path_factory.mktemp("steps")
        options = headless(
            server.url, PEOPLE, *for_a_while(folder, f"{TOTAL_SECONDS}s"), *more, "--think-seconds", "0.1"
        )
        yield Truth(server, LocustRun(folder, "concurrency", *options).finish())


def test_the_load_climbs_in_equal_steps(truth: Truth) -> None:
    levels = [mark for mark in truth.run.marks if mark.mark == "level"]
    assert [mark.sessions for mark in levels] == [4, 8, 12]
    assert all(after.at - before.at == pytest.approx(STEP_SECONDS, abs=1.0) for before, after in pairwise(levels))


def test_the_last_step_is_held(truth: Truth) -> None:
    (top,) = [mark for mark in truth.run.marks if mark.mark == "level" and mark.sessions == PEOPLE]
    stop = truth.run.marks[-1]
    assert (stop.mark, stop.sessions) == ("stop", PEOPLE)
    assert stop.at - top.at == pytest.approx(STEP_SECONDS + HOLD_SECONDS, abs=1.0)


def test_each_level_is_reached_before_the_next(truth: Truth) -> None:
    kinds = [(mark.mark, mark.sessions) for mark in truth.run.marks[:-1]]
    assert kinds == [(kind, people) for people in (4, 8, 12) for kind in ("level", "reached")]


def test_a_turn_carries_the_level_it_was_planned_at(truth: Truth) -> None:
    levels = [mark for mark in truth.run.marks if mark.mark == "level"]
    for turn in truth.run.turns:
        wanted = [mark.sessions for mark in levels if mark.at <= turn.planned_at]
        # A turn planned in the pause before a step and sent after it belongs to either.
        assert turn.sessions in (wanted[-1], min(wanted[-1] + 4, PEOPLE))


def test_people_leave_and_come_back_as_new_sessions(truth: Truth) -> None:
    assert truth.run.exit_code == 0, truth.run.output
    assert len(truth.sessions()) > 2 * PEOPLE
    assert len(truth.sessions()) == truth.run.rows["connect"]["num_requests"]
    assert {reply.session for reply in truth.server.replies} == set(range(len(truth.sessions())))


def test_visits_differ_in_length_around_the_mean(truth: Truth) -> None:
    lengths = {len(turns) for turns in truth.sessions().values()}
    assert lengths == {1, 2, 3}


def test_only_the_first_turn_of_a_visit_waits_for_the_door(truth: Truth) -> None:
    for first, *others in truth.sessions().values():
        assert first.connect_seconds is not None
        assert first.sent_at is not None
        assert first.sent_at - first.planned_at >= first.connect_seconds
        assert all(turn.connect_seconds is None for turn in others)
