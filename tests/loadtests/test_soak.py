"""The people of a soak, as a server saw them that knows all that it did."""

from collections.abc import Iterator

import pytest

from tests.known_delay_server import KnownDelayServer, Timing, running
from tests.loadtests.locust_run import Finished, LocustRun, headless

TIMING = Timing(first=0.02, gap=0.01, chunks=12)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """Ended once everything has been done that people do."""
    folder = tmp_path_factory.mktemp("soak")
    with running(KnownDelayServer(TIMING)) as server:
        options = headless(server.url, 15, "-t", "50s", "--think-seconds", "0.05")
        yield LocustRun(folder, "soak", *options).finish_when(
            lambda turns: (
                len(turns) >= 150
                and any(turn.interrupted_at for turn in turns)
                and sum(turn.outcome == "unfinished" for turn in turns) >= 10
            )
        )


def test_nobody_fails_by_what_people_do_themselves(run: Finished) -> None:
    assert not run.with_outcome("failed"), {turn.failure for turn in run.with_outcome("failed")}
    assert run.exit_code == 0


def test_some_barge_in_and_some_leave_in_the_midst_of_a_reply(run: Finished) -> None:
    assert any(turn.interrupted_at for turn in run.with_outcome("ok"))
    left = [turn for turn in run.with_outcome("unfinished") if turn.chunks_at and turn.ended_at is None]
    assert left


def test_people_come_back_in_new_sessions(run: Finished) -> None:
    sessions = {turn.session for turn in run.turns}
    assert len(sessions) > 2 * len({session.partition("/")[0] for session in sessions})
