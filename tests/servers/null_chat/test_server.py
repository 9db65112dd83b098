import json
import socket
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from loadtests.support.address import Address
from loadtests.support.conversation import Conversation
from loadtests.support.packets import Tag, read_tag, tagged
from loadtests.support.turn import Turn
from loadtests.support.websocket_client import Connection
from servers.null_chat.timing import Timing, plan_reply
from tests.null_chat_process import QUICK, RunningNullChat, null_chat
from tests.waiting import DEADLINE_SECONDS, wait_until

FOREVER = ("--first-seconds", "0", "--gap-seconds", "3600", "--spread", "0")
"""One chunk at once, and then nothing for longer than any test waits."""
UPGRADE = b"GET /live HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningNullChat]:
    with null_chat(*QUICK) as running:
        yield running


@pytest.fixture(scope="module")
def patient() -> Iterator[RunningNullChat]:
    with null_chat(*FOREVER) as running:
        yield running


def open_session(server: RunningNullChat) -> ClientConnection:
    return connect(f"{server.url}/live", proxy=None, open_timeout=DEADLINE_SECONDS)


def packets_until_complete(session: ClientConnection) -> list[dict[str, object]]:
    packets = [json.loads(session.recv(DEADLINE_SECONDS))]
    while not packets[-1]["turn_complete"]:
        packets.append(json.loads(session.recv(DEADLINE_SECONDS)))
    return packets


def tags(packets: list[dict[str, object]]) -> list[Tag]:
    return [tag for packet in packets if (tag := read_tag(str(packet["text"])))]


def test_load_generator_hears_a_whole_reply_with_attribution(server: RunningNullChat) -> None:
    conversation = Conversation()
    turn = Turn(id="1.7.1", session="7/1", sessions=1, prompt_characters=4, planned_at=0.0)
    conversation.ask(turn)
    connection = Connection(Address.of(server.url), DEADLINE_SECONDS, conversation.hear)
    turn.sent_at = connection.send(tagged(turn.id, "why?"))
    while conversation.waiting:
        connection.wait(turn.sent_at + DEADLINE_SECONDS)
        assert time.time() < turn.sent_at + DEADLINE_SECONDS
    connection.leave()
    expected = plan_reply(Timing(0.005, 0.002, 5), 1, tagged(turn.id, "why?")).dues_nanoseconds
    assert (turn.outcome, turn.failure, turn.foreign_chunks) == ("ok", None, 0)
    assert len(turn.chunks_sent_at) == len(turn.chunks_spent_seconds) == len(expected)
    spans = zip(turn.chunks_sent_at, turn.chunks_spent_seconds, strict=True)
    received_at = [sent_at - spent for sent_at, spent in spans]
    # All chunks tell the same moment at which the prompt came in, to the microsecond that `spent` is told in.
    assert max(received_at) - min(received_at) < 3e-6
    for spent, due in zip(turn.chunks_spent_seconds, expected, strict=True):
        assert spent >= due / 1e9 - 2e-6


def test_prompts_are_stamped_by_the_kernel(server: RunningNullChat) -> None:
    server.get("/ledger?reset=1")
    with open_session(server) as session:
        session.send("#a why?")
        packets_until_complete(session)
    account = server.ledger_once(lambda account: account["prompts"] == 1)
    assert account["prompts_without_kernel_stamp"] == 0


def test_freeze_counts_into_what_was_spent() -> None:
    often = ("--freeze-every-seconds", "0.05", "--freeze-seconds", "0.2", "--spread", "0")
    with null_chat("--first-seconds", "0", "--chunks", "1", *often) as server, open_session(server) as session:
        spent: list[float] = []

        def was_caught() -> bool:
            """Whoever asks without end has, sooner or later, a prompt in a freeze."""
            session.send(f"#{len(spent)} why?")
            spent.extend(tag.spent_seconds for tag in tags(packets_until_complete(session)))
            return spent[-1] > 0.1

        wait_until(was_caught, "a prompt waited for the end of a freeze")
        account = server.get("/ledger")
    assert account["freezes"] > 0
    assert account["lateness_seconds"]["max"] < max(spent)


def test_untagged_prompt_gets_plain_text(server: RunningNullChat) -> None:
    with open_session(server) as session:
        session.send("why?")
        assert tags(packets_until_complete(session)) == []


def test_barge_in_cuts_the_reply_and_is_answered(patient: RunningNullChat) -> None:
    with open_session(patient) as session:
        session.send("#old tell me more")
        assert [tag.id for tag in tags([json.loads(session.recv(DEADLINE_SECONDS))])] == ["old"]
        session.send("#new stop")
        cut, over = (json.loads(session.recv(DEADLINE_SECONDS)) for _ in range(2))
        new = json.loads(session.recv(DEADLINE_SECONDS))
    assert cut == {"text": "", "turn_complete": False, "interrupted": True}
    assert over == {"text": "", "turn_complete": True}
    assert [(tag.id, tag.index) for tag in tags([new])] == [("new", 0)]


def test_stall_is_in_the_times_that_chunks_tell() -> None:
    always = ("--stall-share", "1", "--stall-seconds", "0.3")
    with null_chat("--gap-seconds", "0.001", "--first-seconds", "0.001", *always) as server:
        with open_session(server) as session:
            session.send("#a why?")
            spent = [0.0, *(tag.spent_seconds for tag in tags(packets_until_complete(session)))]
        account = server.get("/ledger")
    assert max(later - earlier for earlier, later in pairwise(spent)) >= 0.29
    assert account["turns_stalled"] == account["turns_completed"] == 1


def test_ledger_counts_and_is_reset(server: RunningNullChat) -> None:
    server.ledger_once(lambda account: account["sessions_open"] == 0)
    server.get("/ledger?reset=1")
    with open_session(server) as session:
        for number in range(3):
            session.send(f"#{number} why?")
            packets_until_complete(session)
        account = server.get("/ledger?reset=1")
    assert (account["sessions_open"], account["prompts"], account["turns_completed"]) == (1, 3, 3)
    assert account["chunks"] == account["lateness_seconds"]["count"] > 3
    assert account["cpu_seconds"] > 0
    assert server.ledger_once(lambda account: account["sessions_open"] == 0)["prompts"] == 0


def test_health_says_that_no_real_model_is_behind_it(server: RunningNullChat) -> None:
    health = server.get("/healthz")
    assert (health["app"], health["backend"], health["revision"]) == ("null_chat", "custom", None)
    assert health["build"] and health["instance"]


def test_it_introduces_itself_to_who_asks_and_to_no_one_else(server: RunningNullChat) -> None:
    for asked in ({"Live-Introduction": "1"}, {"Live-Introduction": "0"}, {}):
        with connect(f"{server.url}/live", proxy=None, additional_headers=asked) as session:
            session.send("why?")
            first = json.loads(session.recv(DEADLINE_SECONDS))
            assert ("server" in first) == (asked.get("Live-Introduction") == "1")
            if "server" in first:
                assert first["server"].pop("serving_seconds") > 0
                assert {**first["server"], "backend": "custom"} == server.get("/healthz")
                first = json.loads(session.recv(DEADLINE_SECONDS))
            assert first["text"]


def test_ping_is_answered_while_a_reply_is_due(patient: RunningNullChat) -> None:
    with open_session(patient) as session:
        session.send("#a why?")
        assert session.ping("still there?").wait(DEADLINE_SECONDS)


def test_close_is_answered_with_its_code(server: RunningNullChat) -> None:
    with open_session(server) as session:
        session.close(1000, "done")
        assert session.close_code == 1000


@pytest.mark.parametrize(
    ("wrong", "close_code"),
    [
        ("", 1008),
        ("  ", 1008),
        (b"audio", 1008),
        ("x" * 70_000, 1009),
        (["x" * 40_000, "x" * 40_000], 1009),
    ],
)
def test_what_is_no_prompt_ends_the_session(server: RunningNullChat, wrong: str | bytes, close_code: int) -> None:
    with open_session(server) as session:
        with pytest.raises(ConnectionClosed):
            session.send(wrong)  # Of several fragments, the last may meet the close already.
            while True:
                session.recv(DEADLINE_SECONDS)
        assert session.close_code == close_code


def test_prompt_that_is_not_utf8_ends_the_session(server: RunningNullChat) -> None:
    with open_session(server) as session:
        session.send(b"\xff", text=True)
        with pytest.raises(ConnectionClosed):
            session.recv(DEADLINE_SECONDS)
        assert session.close_code == 1007


def test_prompt_in_fragments_is_a_prompt(server: RunningNullChat) -> None:
    with open_session(server) as session:
        session.send(["#a how ", "far ", "is it?"])
        assert {tag.id for tag in tags(packets_until_complete(session))} == {"a"}


def test_prompt_sent_with_the_upgrade_is_heard(server: RunningNullChat) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_SECONDS) as hasty:
        hasty.sendall(UPGRADE + Frame(Opcode.TEXT, b"why?").serialize(mask=True))
        heard = b""
        while b'"turn_complete": true' not in heard:
            heard += hasty.recv(4096)


@pytest.mark.parametrize(("request_line", "status"), [("GET /nowhere HTTP/1.1", 404), ("GET /live HTTP/1.1", 400)])
def test_other_requests_are_turned_away(server: RunningNullChat, request_line: str, status: int) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_SECONDS) as client:
        client.sendall(f"{request_line}\r\nHost: x\r\n\r\n".encode())
        heard = b""
        while piece := client.recv(4096):
            heard += piece
    assert heard.startswith(f"HTTP/1.1 {status} ".encode())


def test_client_that_vanishes_in_mid_reply_leaves_nothing_behind(patient: RunningNullChat) -> None:
    patient.ledger_once(lambda account: account["sessions_open"] == 0)
    with socket.create_connection(("127.0.0.1", patient.port), timeout=DEADLINE_SECONDS) as client:
        client.sendall(UPGRADE + Frame(Opcode.TEXT, b"why?").serialize(mask=True))
        patient.ledger_once(lambda account: account["sessions_open"] == 1)
    patient.ledger_once(lambda account: account["sessions_open"] == 0)


def test_server_that_stops_says_so_to_everyone() -> None:
    with null_chat(*QUICK) as server, open_session(server) as session:
        server.process.terminate()
        with pytest.raises(ConnectionClosed):
            session.recv(DEADLINE_SECONDS)
        assert session.close_code == 1001
        assert server.process.wait(DEADLINE_SECONDS) == 0
