"""What a client is told when Gemini misbehaves in the ways that its users have seen, by all servers alike."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from servers.fake_gemini.faults.kinds import KINDS
from tests.chat_server_process import speaking_to
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.chat import Farewell, Packet, chat_with, check_whole, run, wait_until
from tests.servers.conftest import MOSTLY, Servers, all_servers
from tests.servers.fake_gemini.suffering import arming
from tests.servers.test_limits import counts, wait_until_empty

CLOSES = [name for name, kind in KINDS.items() if kind.act == "close" and kind.moments[0] in ("prompt", "mid_reply")]


@pytest.fixture(scope="module")
def ailing() -> Iterator[RunningFake]:
    with fake_gemini("fast") as fake:
        yield fake


@pytest.fixture(scope="module")
def chats(ailing: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with all_servers(speaking_to(ailing), tmp_path_factory.mktemp("ailing")) as servers:
        yield servers


@pytest.fixture
def chat_url(chats: Servers, app: str) -> str:
    return chats[app].live_url


def arm(fake: RunningFake, what: str, **more: object) -> None:
    """From now on the next opportunity for a fault is taken, and no other."""
    entry = "".join(f"{name} = {value!r}\n" for name, value in more.items())
    status, answer = fake.get(arming(f'[[fault]]\nwhat = "{what}"\ntimes = 1\n{entry}'))
    assert status == 200, answer


def farewell_after(url: str, prompt: str) -> Farewell:
    async def converse() -> Farewell:
        async with chat_with(url) as chat:
            with suppress(ConnectionClosed):  # the server may have left by then
                await chat.say(prompt)
            return await chat.farewell()

    return run(converse())


def replies_to(url: str, *prompts: str) -> list[list[Packet]]:
    async def converse() -> list[list[Packet]]:
        async with chat_with(url) as chat:
            return [await chat.ask(prompt) for prompt in prompts]

    return run(converse())


def check_next_client_is_served(url: str) -> None:
    (reply,) = replies_to(url, "#next Hello")
    check_whole(reply, "next")


@pytest.mark.parametrize("what", CLOSES)
def test_close_is_told_in_geminis_words(ailing: RunningFake, chat_url: str, what: str) -> None:
    arm(ailing, what)
    farewell = farewell_after(chat_url, "#a Hello")
    refusal = KINDS[what].refusal
    assert refusal is not None
    assert (farewell.error_code, farewell.close_code, farewell.close_reason) == ("upstream", 1011, "upstream")
    assert farewell.message == f"Gemini closed the session: {refusal.code} {refusal.reason}"
    check_next_client_is_served(chat_url)


@pytest.mark.parametrize("what", ["drop", "drop_in_frame", "oversize_frame"])
def test_connection_that_is_lost_is_told(ailing: RunningFake, chat_url: str, what: str) -> None:
    arm(ailing, what)
    farewell = farewell_after(chat_url, "#a Hello")
    assert (farewell.error_code, farewell.close_code) == ("upstream", 1011)
    check_next_client_is_served(chat_url)


NOT_UNDERSTOOD = "Gemini sent a message that is not understood"


@pytest.mark.parametrize("what", ["error_frame", "not_json"])
def test_message_that_is_none_is_geminis_failure_and_none_of_the_servers(
    ailing: RunningFake, chats: Servers, app: str, what: str
) -> None:
    """The SDK does not know an error that comes as a message; who does without it does."""
    wait_until_empty(chats[app])
    knows = app == "raw" and what == "error_frame"
    counted = f"chat_upstream_errors_total {'closed_otherwise' if knows else 'not_understood'}"
    before = counts(chats[app])
    arm(ailing, what)
    farewell = farewell_after(chats[app].live_url, "#a Hello")
    assert (farewell.error_code, farewell.close_code) == ("upstream", 1011)
    assert farewell.message == (
        "Gemini closed the session: 500 Internal error encountered." if knows else NOT_UNDERSTOOD
    )
    wait_until_empty(chats[app])
    after = counts(chats[app])
    assert after[counted] - before.get(counted, 0) == 1
    unreachable = "chat_upstream_errors_total unreachable"
    assert after.get(unreachable, 0) == before.get(unreachable, 0)
    assert "Traceback" not in chats[app].log()
    check_next_client_is_served(chats[app].live_url)


def test_message_of_a_kind_that_is_not_known_yet_ends_a_session_by_the_sdk_and_no_other(
    ailing: RunningFake, chats: Servers, app: str
) -> None:
    """The SDK takes no fields that it has no name for; who does without it passes over them."""
    arm(ailing, "unknown_frame")
    if app == "raw":
        (reply,) = replies_to(chats[app].live_url, "#a Hello")
        check_whole(reply, "a")
    else:
        farewell = farewell_after(chats[app].live_url, "#a Hello")
        assert (farewell.error_code, farewell.close_code) == ("upstream", 1011)
        assert farewell.message == NOT_UNDERSTOOD
        assert "Traceback" not in chats[app].log()
    check_next_client_is_served(chats[app].live_url)


@pytest.mark.parametrize("what", ["upgrade_401", "upgrade_403"])
def test_upgrade_that_is_refused_is_told(ailing: RunningFake, chat_url: str, what: str) -> None:
    arm(ailing, what)
    farewell = farewell_after(chat_url, "#a Hello")
    assert (farewell.error_code, farewell.close_code) == ("unreachable", 1011)
    check_next_client_is_served(chat_url)


@pytest.mark.parametrize("what", ["upgrade_429", "upgrade_503"])
def test_upgrade_that_is_refused_for_now_is_asked_for_again(ailing: RunningFake, chat_url: str, what: str) -> None:
    arm(ailing, what)
    (reply,) = replies_to(chat_url, "#a Hello")
    check_whole(reply, "a")
    assert what in ailing.get("/faults")[1]


def test_reply_that_stalls_goes_on(ailing: RunningFake, chat_url: str) -> None:
    arm(ailing, "stall", seconds=0.5)
    for tag, reply in zip("ab", replies_to(chat_url, "#a Hello", "#b Hello"), strict=True):
        check_whole(reply, tag)


def test_interruption_that_nobody_caused_ends_a_reply_and_not_the_session(ailing: RunningFake, chat_url: str) -> None:
    arm(ailing, "phantom_interrupted")
    cut, whole = replies_to(chat_url, "#a Hello", "#b Hello")
    assert [packet for packet in cut if packet.get("interrupted")]
    check_whole(whole, "b")


def test_turn_without_a_word_is_completed(ailing: RunningFake, chat_url: str) -> None:
    arm(ailing, "empty_turn")
    empty, whole = replies_to(chat_url, "#a Hello", "#b Hello")
    assert empty == [{"text": "", "turn_complete": True}]
    check_whole(whole, "b")


@pytest.mark.parametrize(("what", "seconds"), [("setup_stall", 0.5), ("slow_pong", 5.0), ("slow_close", 1.5)])
def test_slowness_is_borne(ailing: RunningFake, chat_url: str, what: str, seconds: float) -> None:
    arm(ailing, what, seconds=seconds)
    (reply,) = replies_to(chat_url, "#a Hello")
    check_whole(reply, "a")
    check_next_client_is_served(chat_url)


@pytest.mark.parametrize("app", [app for app in MOSTLY if app != "flask"])
def test_prompt_after_one_that_hangs_is_answered_where_the_server_does_not_wait(
    ailing: RunningFake, chats: Servers, app: str
) -> None:
    """The blocking one waits for a reply that never ends until its session is given up."""
    arm(ailing, "hung_turn")

    async def converse() -> list[Packet]:
        async with chat_with(chats[app].live_url) as chat:
            await chat.say("#a Hello")
            return await chat.ask("#b Hello")

    check_whole(run(converse()), "b")


@pytest.mark.parametrize("what", ["setup_stall", "hung_turn"])
def test_client_that_gives_up_on_what_never_comes_is_let_go(
    ailing: RunningFake, chats: Servers, app: str, what: str
) -> None:
    arm(ailing, what)

    async def lose_patience() -> None:
        async with chat_with(chats[app].live_url) as chat:
            await chat.say("#a Hello")
            await asyncio.to_thread(wait_until, lambda: f'"{what}"' in ailing.get("/faults")[1], "it hangs")

    run(lose_patience())
    wait_until_empty(chats[app])
    ailing.ledger_once(lambda account: account["sessions_open"] == 0)
    check_next_client_is_served(chats[app].live_url)


def test_log_shows_no_fault_of_the_servers_own(chats: Servers) -> None:
    assert chats.started and all("Traceback" not in server.log() for server in chats.started.values())
