"""People who meet faults: they ask again, and do not wait for ever."""

import json
from collections.abc import Iterator
from threading import Lock, Thread

import pytest
from websockets.sync.server import ServerConnection, serve

from tests.loadtests.locust_run import Finished, LocustRun, for_a_while, headless

GIVE_UP_SECONDS = 0.4


class Unreliable:
    """A server that fails the first prompt with an error packet, never answers the second, and answers the rest."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self._lock = Lock()

    def serve(self, connection: ServerConnection) -> None:
        for prompt in connection:
            with self._lock:
                self.prompts.append(str(prompt))
                number = len(self.prompts)
            if number == 1:
                connection.send(json.dumps({"error": {"code": "upstream", "message": "gone"}}))
                connection.close(1011)
            elif number > 2:
                connection.send(json.dumps({"text": "yes", "turn_complete": False}))
                connection.send(json.dumps({"text": "", "turn_complete": True}))


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Unreliable, Finished]]:
    unreliable = Unreliable()
    folder = tmp_path_factory.mktemp("faults")
    with serve(unreliable.serve, "127.0.0.1", 0) as server:
        Thread(target=server.serve_forever).start()
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        options = headless(url, 1, *for_a_while(folder, "6s"), "--no-tags", "--think-seconds", "0.1")
        run = LocustRun(folder, "faults", *options, "--give-up", str(GIVE_UP_SECONDS))
        yield unreliable, run.finish()
        server.shutdown()


def test_a_question_is_asked_again_until_it_is_answered(met: tuple[Unreliable, Finished]) -> None:
    server, run = met
    first, second, third, fourth = run.turns[:4]
    assert (first.asks_again, second.asks_again, third.asks_again) == (None, first.id, second.id)
    assert third.outcome == "ok" and fourth.asks_again is None
    assert server.prompts[0] == server.prompts[1] == server.prompts[2] != server.prompts[3]


def test_what_the_server_said_of_a_failure_is_recorded(met: tuple[Unreliable, Finished]) -> None:
    first = met[1].turns[0]
    assert (first.failure, first.told) == ("upstream", "upstream")


def test_a_reply_that_does_not_come_is_given_up(met: tuple[Unreliable, Finished]) -> None:
    second = met[1].turns[1]
    assert (second.failure, second.told) == ("timed_out", None)
    assert second.ended_at is not None and second.sent_at is not None
    assert second.ended_at - second.sent_at >= GIVE_UP_SECONDS


def test_each_failure_costs_the_session(met: tuple[Unreliable, Finished]) -> None:
    sessions = [turn.session for turn in met[1].turns[:3]]
    assert len(set(sessions)) == 3
    assert met[1].turns[2].reconnects_after == "timed_out"
