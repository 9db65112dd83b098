import asyncio
import json
import weakref
from collections.abc import Iterator
from typing import Any, cast

import pytest
from google.genai.errors import APIError
from google.genai.live import AsyncSession
from google.genai.types import LiveServerMessage
from websockets.protocol import State

from servers.fake_gemini.resumption import Conversation, Handles
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.fake_gemini.conversation import (
    DEVELOPER_TEXT_MODEL,
    ask,
    bare,
    developer,
    frames_until_complete,
    live,
    receive_turn,
    refusal_of,
    run,
    send,
    texts_of,
)

TOLD = {"response_modalities": ["TEXT"], "session_resumption": {}}


def by(handle: str) -> dict[str, object]:
    return {"response_modalities": ["TEXT"], "session_resumption": {"handle": handle}}


async def next_handle(session: AsyncSession) -> str:
    """The handle that comes after a turn."""
    async for message in session.receive():
        if (update := message.session_resumption_update) and update.resumable:
            assert update.new_handle
            return update.new_handle
    raise AssertionError("the turn ended before it came")


def updates_of(messages: list[LiveServerMessage]) -> list[tuple[str | None, bool | None]]:
    updates = [message.session_resumption_update for message in messages]
    return [(update.new_handle, update.resumable) for update in updates if update]


def test_handle_is_told_after_each_turn_and_none_while_a_reply_is_running(fake: RunningFake) -> None:
    async def conversation() -> list[list[tuple[str | None, bool | None]]]:
        async with live(developer(fake), config=TOLD) as session:
            turns = [updates_of(await ask(session, text)) for text in ("One", "Two")]
            return [*turns, [(await next_handle(session), True)]]

    first, second, third = run(conversation)
    assert first == [(None, False)]
    (earlier, resumable), *while_running = second
    assert earlier and resumable and while_running == [(None, False)]
    assert third[0][0] not in (None, earlier)


def test_handle_is_told_to_no_one_who_did_not_ask(fake: RunningFake) -> None:
    async def conversation() -> list[tuple[str | None, bool | None]]:
        async with live(developer(fake)) as session:
            return updates_of(await ask(session, "One")) + updates_of(await ask(session, "Two"))

    assert run(conversation) == []


def test_conversation_goes_on_where_its_handle_was_made(fake: RunningFake) -> None:
    fake.count_anew()

    async def conversation() -> None:
        async with live(developer(fake), config=TOLD) as session:
            await ask(session, "#a One")
            first = await next_handle(session)
            await ask(session, "#b Two")
            second = await next_handle(session)
        async with live(developer(fake), config=by(second)) as session:
            await ask(session, "#c Three")
        async with live(developer(fake), config=by(first)) as session:
            await ask(session, "#d Another second one")

    run(conversation)
    account = fake.ledger()
    assert (account["sessions_resumed"], account["longest_conversation_turns"]) == (2, 3)
    assert (account["prompts_answered"], account["prompts_repeated"]) == (4, 0)


def test_prompt_that_is_answered_twice_is_counted(fake: RunningFake) -> None:
    fake.count_anew()

    async def conversation() -> None:
        async with live(developer(fake), config=TOLD) as session:
            await ask(session, "#a One")
            handle = await next_handle(session)
            await ask(session, "#b Two")
        async with live(developer(fake), config=by(handle)) as session:
            await ask(session, "#b Two")
            await ask(session, "Untagged")
            await ask(session, "Untagged")

    run(conversation)
    account = fake.ledger()
    assert (account["prompts_answered"], account["prompts_repeated"]) == (2, 1)


def test_handle_that_nobody_was_told_is_refused(fake: RunningFake) -> None:
    assert refusal_of(developer(fake), config=by("stale")) == (1008, "BidiGenerateContent session not found")


def test_handle_is_refused_while_its_connection_is_open_and_taken_afterwards(fake: RunningFake) -> None:
    async def conversation() -> tuple[int, list[str]]:
        async with live(developer(fake), config=TOLD) as session:
            await ask(session, "One")
            handle = await next_handle(session)
            with pytest.raises(APIError) as caught:
                async with live(developer(fake), config=by(handle)):
                    pass
        async with live(developer(fake), config=by(handle)) as resumed:
            return caught.value.code, texts_of(await ask(resumed, "#b Two"))

    code, texts = run(conversation)
    assert code == 1011
    assert texts[0].startswith("{b 0 ")


def test_setup_without_a_handle_and_with_an_empty_one_are_alike(fake: RunningFake) -> None:
    async def conversation() -> list[bytes]:
        async with bare(fake) as connection:
            setup = {"model": f"models/{DEVELOPER_TEXT_MODEL}", "sessionResumption": {"handle": ""}}
            await connection.send(json.dumps({"setup": setup}))
            await connection.recv()
            await connection.send(json.dumps({"realtimeInput": {"text": "Hello"}}))
            return await frames_until_complete(connection)

    assert json.loads(run(conversation)[0]) == {"sessionResumptionUpdate": {"resumable": False}}


@pytest.fixture(scope="module")
def mortal() -> Iterator[RunningFake]:
    with fake_gemini("fast", "--connection-seconds", "1.2", "--time-left-seconds", "0.7") as fake:
        yield fake


def test_connection_is_told_to_go_and_then_closed(mortal: RunningFake) -> None:
    async def conversation() -> tuple[str | None, int, str]:
        async with live(developer(mortal)) as session:
            message = await anext(session.receive())
            assert message.go_away
            with pytest.raises(APIError) as caught:
                await receive_turn(session)
            return message.go_away.time_left, caught.value.code, str(caught.value.details)

    time_left, code, reason = run(conversation)
    assert (time_left, code) == ("0.7s", 1008)
    assert reason.startswith("Connection aborted because the client failed to close the connection after receiving")
    struck = [one["fault"] for one in json.loads(mortal.get("/faults")[1])["struck"]]
    assert struck[-2:] == ["goaway", "goaway_ignored"]


def test_fifty_turns_outlive_their_connections(mortal: RunningFake) -> None:
    mortal.count_anew()

    async def conversation() -> int:
        """As a careful client does it: it turns over once it is told to, between two turns."""
        asked, handle, connections = 0, "", 0
        while asked < 50:
            connections += 1
            async with live(developer(mortal), config=by(handle) if handle else TOLD) as session:
                told_to_go = False
                while asked < 50 and not told_to_go:
                    messages = await ask(session, f"#turn-{asked} Hello")
                    asked += 1
                    handle = await next_handle_of(session, messages)
                    told_to_go = any(message.go_away for message in messages)
                    await asyncio.sleep(0.03)
        return connections

    async def next_handle_of(session: AsyncSession, messages: list[LiveServerMessage]) -> str:
        reading = session.receive()
        while True:
            message = await anext(reading)
            messages.append(message)
            if (update := message.session_resumption_update) and update.new_handle:
                return update.new_handle

    connections = run(conversation)
    account = mortal.ledger()
    assert connections > 1
    assert (account["sessions_new"], account["sessions_resumed"]) == (1, connections - 1)
    assert account["longest_conversation_turns"] == account["prompts_answered"] == 50
    assert account["prompts_repeated"] == 0


def test_interrupted_turn_is_part_of_the_conversation(endless_fake: RunningFake) -> None:
    endless_fake.count_anew()

    async def conversation() -> None:
        async with live(developer(endless_fake), config=TOLD) as session:
            await send(session, "#a One")
            await anext(session.receive())
            await send(session, "#b Two")
            await receive_turn(session)
            await next_handle(session)

    run(conversation)
    account = endless_fake.ledger()
    assert (account["longest_conversation_turns"], account["prompts_answered"]) == (1, 1)


def test_handle_keeps_nothing_of_a_connection_that_is_over() -> None:
    class Connection:
        state = State.CLOSED

    handles, connection = Handles(), Connection()
    over = weakref.ref(connection)
    handle = handles.make(Conversation(["a"]), cast(Any, connection))
    del connection
    assert over() is None
    assert handles.resume(handle).tags == ["a"]
