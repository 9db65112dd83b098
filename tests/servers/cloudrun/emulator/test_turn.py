"""The chat servers as their manifests deploy them, the fake beside them: a turn through TLS, token and sidecar."""

import json
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from servers.cloudrun.emulator.demo import MANIFESTS
from tests.servers.cloudrun.emulator.emulator_process import Emulator, emulator_of
from tests.waiting import DEADLINE_SECONDS, wait_until


@pytest.fixture(scope="module", params=MANIFESTS, ids=[path.stem for path in MANIFESTS])
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator_of(tmp_path_factory.mktemp("deployed"), [str(request.param)], "--pending", "60") as running:
        yield running


def reply(chat: ClientConnection) -> str:
    """The text of the next reply."""
    text = ""
    while True:
        packet = json.loads(chat.recv(DEADLINE_SECONDS))
        text += packet["text"]
        if packet["turn_complete"]:
            return text


def test_turn_is_answered_by_the_fake_beside_the_server(deployed: Emulator) -> None:
    with deployed.chat() as chat:
        chat.send("Good morning!")
        assert reply(chat)
    assert list(deployed.instances()[0]["pids"]) == ["fake-gemini", "app"]


def test_page_and_health_are_served_to_who_has_a_token(deployed: Emulator) -> None:
    assert "<html" in deployed.get("/").body
    assert deployed.get("/health").told["backend"] == "custom"
    assert deployed.get("/", {}).status == 403


def test_server_that_is_shut_down_says_goodbye_and_ends_by_itself(deployed: Emulator) -> None:
    with deployed.chat() as chat:
        chat.send("Good morning!")
        assert reply(chat)
        ended = len(deployed.ended())
        deployed.shut_down(deployed.instances()[0]["id"])
        packet = json.loads(chat.recv(DEADLINE_SECONDS))
        assert packet["error"]["code"] == "going_away"
        with pytest.raises(ConnectionClosed) as closed:
            chat.recv(DEADLINE_SECONDS)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1012
    wait_until(lambda: len(deployed.ended()) > ended, "the instance has ended")
    assert deployed.ended()[-1]["exit_codes"] == {"fake-gemini": 0, "app": 0}
    assert deployed.ended()[-1]["killed"] == []


def test_next_one_is_served_by_another_instance(deployed: Emulator) -> None:
    with deployed.chat() as chat:
        chat.send("Good morning!")
        assert reply(chat)
