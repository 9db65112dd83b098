"""What a client is told in a conversation that goes well: the same by all servers, but for an interruption."""

import asyncio

import pytest

from servers.fake_gemini.timing import load_profile, plan_turn
from servers.settings import MAX_MESSAGE_BYTES
from tests.chat_server_process import ChatServer
from tests.fake_gemini_process import RunningFake
from tests.servers.chat import Packet, chat_with, check_whole, chunks_of, run, text_of
from tests.servers.conftest import APPS, TALKATIVE_CHUNKS, Servers

SESSIONS = 50


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest) -> str:
    """Each of them: what chatting is for."""
    return str(request.param)


async def replies_to(url: str, *prompts: str) -> list[list[Packet]]:
    async with chat_with(url) as chat:
        return [await chat.ask(prompt) for prompt in prompts]


async def talk_over(url: str, old: str, new: str) -> tuple[list[Packet], list[Packet]]:
    """Prompts with the tags `old` and, once that reply has begun, `new`; all packets of the two replies."""
    async with chat_with(url) as chat:
        await chat.say(f"#{old} Tell me everything.")
        begun = [await chat.packet() for _ in range(2)]
        await chat.say(f"#{new} Stop. Only the tallest.")
        return begun + await chat.reply(), await chat.reply()


def check_talked_over(server: ChatServer, old: list[Packet], new: list[Packet], old_tag: str, new_tag: str) -> None:
    """The difference between the two servers, and the only one there is in what a client is told."""
    if server.interrupts:
        cut, end = old[-2:]
        assert (cut, end["turn_complete"]) == ({"text": "", "turn_complete": False, "interrupted": True}, True)
        check_whole([*old[:-2], end], old_tag)
        assert len(old) - 2 < TALKATIVE_CHUNKS
    else:
        check_whole(old, old_tag, TALKATIVE_CHUNKS)
    check_whole(new, new_tag, TALKATIVE_CHUNKS)


def test_reply_streams_and_completes(server: ChatServer) -> None:
    (reply,) = run(replies_to(server.live_url, "#a Hello"))
    assert len(reply) > 3
    check_whole(reply, "a")


def test_untagged_prompt_gets_plain_text(server: ChatServer) -> None:
    (reply,) = run(replies_to(server.live_url, "Hello"))
    assert text_of(reply)[0].isalpha()
    assert text_of(reply).endswith(".")


def test_chunk_is_passed_on_while_the_reply_is_being_spoken(
    talkative_server: ChatServer, talkative_gemini: RunningFake
) -> None:
    async def converse() -> int:
        async with chat_with(talkative_server.live_url) as chat:
            talkative_gemini.ledger_once(lambda account: account["sessions_open"] == 1)
            talkative_gemini.ledger(reset=True)
            await chat.say("Hello")
            await chat.packet()
            chunks: int = talkative_gemini.ledger()["chunks"]
            return chunks

    talkative_gemini.ledger_once(lambda account: account["sessions_open"] == 0)
    assert 0 < run(converse()) < TALKATIVE_CHUNKS


def test_conversation_goes_on_after_a_reply(server: ChatServer) -> None:
    first, second = run(replies_to(server.live_url, "#1 Hello", "#2 And then?"))
    check_whole(first, "1")
    check_whole(second, "2")


def test_prompt_during_a_reply_interrupts_it_where_the_server_listens(talkative_server: ChatServer) -> None:
    """In many sessions at the same time, of which none hears another."""

    async def converse() -> list[tuple[list[Packet], list[Packet]]]:
        return await asyncio.gather(
            *(talk_over(talkative_server.live_url, f"{number}.old", f"{number}.new") for number in range(SESSIONS))
        )

    for number, (old, new) in enumerate(run(converse())):
        check_talked_over(talkative_server, old, new, f"{number}.old", f"{number}.new")


def test_prompts_sent_at_once_are_each_completed_once_and_in_order(server: ChatServer) -> None:
    async def converse() -> list[list[Packet]]:
        async with chat_with(server.live_url) as chat:
            for number in range(5):
                await chat.say(f"#{number} Hello")
            return [await chat.reply() for _ in range(5)]

    *replies, last = run(converse())
    check_whole(last, "4")
    for number, reply in enumerate(replies):
        if server.interrupts:
            assert {chunk.tag for chunk in chunks_of(reply)} <= {str(number)}
        else:
            check_whole(reply, str(number))


@pytest.mark.parametrize(
    "prompt",
    [
        "Wie geht's? 🙂 \u200f مرحبا 你好 e\u0301",
        "\u2028\x00\x1f\\\"'<b>&amp;",
        "word " * 6_000,
        "🙂" * MAX_MESSAGE_BYTES,
    ],
    ids=["scripts", "controls", "30 kB", "longest"],
)
def test_prompt_reaches_gemini_as_it_was_sent(servers: Servers, prompt: str) -> None:
    """A reply depends on every character of its prompt, so replies that agree show that the prompts did."""
    one, *others = (text_of(run(replies_to(server.live_url, prompt))[0]) for server in servers.values())
    assert others == [one] * len(others)
    assert text_of(run(replies_to(servers["quart"].live_url, prompt[:-1]))[0]) != one


def test_all_servers_meet_the_same_model(servers: Servers) -> None:
    prompts = [f"#{number} What is new?" for number in range(5)]
    by_server = (run(replies_to(server.live_url, *prompts)) for server in servers.values())
    for prompt, *replies in zip(prompts, *by_server, strict=True):
        one, *others = ([chunk.text for chunk in chunks_of(reply)] for reply in replies)
        assert all(other == one for other in others)
        due_seconds = plan_turn(load_profile("fast"), 1, prompt).chunks_due_seconds
        for reply in replies:
            spent_seconds = [chunk.spent_seconds for chunk in chunks_of(reply)]
            assert all(spent > due - 1e-5 for spent, due in zip(spent_seconds, due_seconds, strict=True))


def test_ping_is_answered_between_turns_and_during_a_reply(talkative_server: ChatServer) -> None:
    async def converse() -> None:
        async with chat_with(talkative_server.live_url) as chat:
            await (await chat.connection.ping(b"between turns"))
            await chat.say("Hello")
            await chat.packet()
            await (await chat.connection.ping(b"during a reply"))
            assert not (await chat.packet())["turn_complete"]

    run(converse())


def test_sessions_at_the_same_time_do_not_hear_each_other(server: ChatServer) -> None:
    async def converse() -> list[list[list[Packet]]]:
        talks = (replies_to(server.live_url, *(f"#{n}.{turn} Hi" for turn in range(4))) for n in range(SESSIONS))
        return await asyncio.gather(*talks)

    for number, replies in enumerate(run(converse())):
        for turn, reply in enumerate(replies):
            check_whole(reply, f"{number}.{turn}")
