import asyncio
import json

import pytest
from google.genai.errors import APIError
from google.genai.live import AsyncSession
from websockets.exceptions import ConnectionClosedError

from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.fake_gemini.conversation import (
    AUDIO_MODEL,
    DEVELOPER_PATH,
    SETUP,
    SPOKEN,
    TRANSCRIBED,
    ask,
    bare,
    developer,
    live,
    receive_turn,
    refusal_of,
    run,
    send,
    set_up,
    texts_of,
    vertex_express,
    vertex_project,
)

NATIVE_AUDIO = "gemini-live-2.5-flash-native-audio"
INVALID = (1007, "Request contains an invalid argument.")


def test_session_is_set_up_and_answers(fake: RunningFake) -> None:
    async def conversation() -> tuple[object, str]:
        async with live(developer(fake)) as session:
            return session.setup_complete, "".join(texts_of(await ask(session, "Hello")))

    setup_complete, reply = run(conversation)
    assert setup_complete is not None
    assert len(reply.split()) >= 8
    assert reply.endswith(".")


def test_session_holds_turn_after_turn(fake: RunningFake) -> None:
    async def conversation() -> list[str]:
        async with live(developer(fake)) as session:
            return ["".join(texts_of(await ask(session, text))) for text in ("One", "Two", "Three")]

    assert len(set(run(conversation))) == 3


def test_text_without_turn_complete_is_kept_in_silence_for_the_next_prompt(fake: RunningFake) -> None:
    async def conversation() -> tuple[list[str], list[str]]:
        async with live(developer(fake)) as session:
            await send(session, "#t-1 First", turn_complete=False)
            await send(session, "second", turn_complete=False)
            in_parts = await ask(session, "third")
            return texts_of(in_parts), texts_of(await ask(session, "#t-1 First\nsecond\nthird"))

    in_parts, at_once = run(conversation)
    assert in_parts[0].startswith("{t-1 0 ")
    assert [without_stamp(text) for text in in_parts] == [without_stamp(text) for text in at_once]


def without_stamp(text: str) -> str:
    return text.partition("}")[2]


def test_bare_turn_complete_asks_what_was_kept(fake: RunningFake) -> None:
    async def conversation() -> list[str]:
        async with live(developer(fake)) as session:
            await send(session, "#kept please", turn_complete=False)
            await session.send_client_content(turn_complete=True)
            return texts_of(await receive_turn(session))

    assert run(conversation)[0].startswith("{kept 0 ")


def test_realtime_text_is_a_prompt(fake: RunningFake) -> None:
    async def conversation() -> list[str]:
        async with live(developer(fake)) as session:
            await session.send_realtime_input(text="#now Hello?")
            return texts_of(await receive_turn(session))

    assert run(conversation)[0].startswith("{now 0 ")


def test_history_of_the_model_is_no_part_of_the_prompt(fake: RunningFake) -> None:
    async def conversation() -> list[str]:
        async with live(developer(fake)) as session:
            turns = [("user", "#old Hi"), ("model", "Hello."), ("user", "#new And now?")]
            await session.send_client_content(
                turns=[{"role": role, "parts": [{"text": text}]} for role, text in turns]  # type: ignore[misc]
            )
            return texts_of(await receive_turn(session))

    assert run(conversation)[0].startswith("{new 0 ")


def test_history_that_is_seeded_is_not_answered(fake: RunningFake) -> None:
    config = {"response_modalities": ["TEXT"], "history_config": {"initial_history_in_client_content": True}}

    async def conversation() -> list[str]:
        async with live(developer(fake), config=config) as session:
            await send(session, "#before What was said")
            return texts_of(await ask(session, "#after What is asked"))

    assert run(conversation)[0].startswith("{after 0 ")


def test_realtime_text_is_no_history_to_seed(fake: RunningFake) -> None:
    config = {"response_modalities": ["TEXT"], "history_config": {"initial_history_in_client_content": True}}

    async def conversation() -> list[str]:
        async with live(developer(fake), config=config) as session:
            await session.send_realtime_input(text="#now Hello?")
            return texts_of(await receive_turn(session))

    assert run(conversation)[0].startswith("{now 0 ")


def test_audio_video_and_context_are_taken_without_an_answer(fake: RunningFake) -> None:
    async def conversation() -> list[str]:
        async with live(developer(fake)) as session:
            await session.send_realtime_input(audio={"data": bytes(3200), "mime_type": "audio/pcm;rate=16000"})
            await session.send_realtime_input(video={"data": b"\xff\xd8\xff", "mime_type": "image/jpeg"})
            await session.send_tool_response(function_responses={"id": "1", "name": "f", "response": {"result": "ok"}})
            return texts_of(await ask(session, "#typed Hello"))

    assert run(conversation)[0].startswith("{typed 0 ")


@pytest.mark.parametrize("make_client", [vertex_express, vertex_project])
def test_vertex_answers_by_key_and_by_project(fake: RunningFake, make_client: object) -> None:
    async def conversation() -> list[str]:
        async with live(make_client(fake)) as session:  # type: ignore[operator]
            return texts_of(await ask(session, "Hello"))

    assert run(conversation)


@pytest.mark.parametrize("version", ["v1", "v1beta", "v1alpha"])
def test_any_version_of_the_api_is_served(fake: RunningFake, version: str) -> None:
    async def conversation() -> list[str]:
        async with live(developer(fake, api_version=version)) as session:
            return texts_of(await ask(session, "Hello"))

    assert run(conversation)


def test_doubled_slash_before_ws_is_served(fake: RunningFake) -> None:
    async def conversation() -> list[str]:
        async with live(developer(fake, base_url=fake.url + "/")) as session:
            return texts_of(await ask(session, "Hello"))

    assert run(conversation)


@pytest.mark.filterwarnings("ignore:The SDK's ephemeral token support is experimental")
def test_ephemeral_token_opens_the_constrained_endpoint(fake: RunningFake) -> None:
    async def conversation() -> list[str]:
        async with live(developer(fake, api_key="auth_tokens/abc", api_version="v1alpha")) as session:
            return texts_of(await ask(session, "Hello"))

    assert run(conversation)


@pytest.mark.parametrize("query", ["?key=any", "?access_token=any"])
def test_credentials_may_stand_in_the_query(fake: RunningFake, query: str) -> None:
    async def conversation() -> bytes:
        async with bare(fake, DEVELOPER_PATH + query) as connection:
            return await set_up(connection)

    assert json.loads(run(conversation)) == {"setupComplete": {}}


def test_model_the_developer_api_does_not_know_is_refused(fake: RunningFake) -> None:
    code, reason = refusal_of(developer(fake, api_version="v1beta"), model="gemini-9")
    assert code == 1008
    assert reason.startswith("models/gemini-9 is not found for API version v1beta, or is not supported for bidiGen")
    assert len(reason.encode()) == 123


def test_model_vertex_does_not_know_is_refused(fake: RunningFake) -> None:
    code, reason = refusal_of(vertex_project(fake), model="gemini-9")
    assert code == 1008
    assert reason.startswith("Publisher Model `projects/p/locations/global/publishers/google/models/gemini-9` was not ")
    assert len(reason.encode()) == 123


def test_model_is_refused_in_a_region_that_does_not_serve_it(fake: RunningFake) -> None:
    code, _ = refusal_of(vertex_project(fake, "global"), NATIVE_AUDIO, SPOKEN)
    assert code == 1008


def test_model_is_accepted_in_a_region_that_serves_it(fake: RunningFake) -> None:
    async def conversation() -> int:
        async with live(vertex_project(fake, "us-central1"), NATIVE_AUDIO, SPOKEN) as session:
            return len(await ask(session, "Hello"))

    assert run(conversation)


@pytest.mark.parametrize(
    ("model", "refusal"),
    [
        (
            AUDIO_MODEL,
            (1007, "The requested combination of response modalities (TEXT) is not supported by the model."),
        ),
        ("gemini-3.1-flash-live-preview", (1011, "Internal error encountered.")),
        ("gemini-2.5-flash-native-audio-latest", (1007, "Cannot extract voices from a non-audio request.")),
    ],
)
def test_text_from_a_model_that_only_speaks_is_refused(fake: RunningFake, model: str, refusal: tuple[int, str]) -> None:
    assert refusal_of(developer(fake), model) == refusal


def test_text_from_a_vertex_model_that_only_speaks_is_refused(fake: RunningFake) -> None:
    assert refusal_of(vertex_express(fake), NATIVE_AUDIO) == INVALID


def test_two_modalities_at_once_are_refused(fake: RunningFake) -> None:
    assert refusal_of(developer(fake), config={"response_modalities": ["TEXT", "AUDIO"]}) == INVALID


def test_wrong_key_is_refused_where_one_key_is_accepted() -> None:
    with fake_gemini("fast", "--api-key", "right") as fake:
        assert refusal_of(developer(fake, api_key="wrong")) == (
            1007,
            "API key not valid. Please pass a valid API key.",
        )
        assert refusal_of(vertex_project(fake))[0] == 1008

        async def conversation() -> int:
            async with live(developer(fake, api_key="right")) as session:
                return len(await ask(session, "Hello"))

        assert run(conversation)


def closed_with(fake: RunningFake, *frames: str | bytes, path: str = DEVELOPER_PATH + "?key=any") -> tuple[int, str]:
    """Code and reason of the close that these frames, sent on a fresh connection, lead to."""

    async def conversation() -> tuple[int, str]:
        async with bare(fake, path) as connection:
            for frame in frames:
                await connection.send(frame)
            with pytest.raises(ConnectionClosedError) as caught:
                while True:
                    await connection.recv()
        assert caught.value.rcvd is not None
        return caught.value.rcvd.code, caught.value.rcvd.reason

    return run(conversation)


def test_caller_without_credentials_is_refused_after_the_upgrade(fake: RunningFake) -> None:
    code, reason = closed_with(fake, json.dumps(SETUP), path=DEVELOPER_PATH)
    assert code == 1008
    assert reason.startswith("Method doesn't allow unregistered callers")


def test_prompt_before_the_setup_is_refused(fake: RunningFake) -> None:
    assert closed_with(fake, json.dumps({"realtime_input": {"text": "Hello"}})) == INVALID


def test_second_setup_is_refused(fake: RunningFake) -> None:
    assert closed_with(fake, json.dumps(SETUP), json.dumps(SETUP)) == INVALID


@pytest.mark.parametrize("frame", ["{", b"\xff\xfe", "[]", "{}", '{"clientContent": 7}', '{"shout": {}}'])
def test_malformed_message_is_refused(fake: RunningFake, frame: str | bytes) -> None:
    assert closed_with(fake, json.dumps(SETUP), frame) == INVALID


def test_unknown_setup_field_is_refused_by_its_name(fake: RunningFake) -> None:
    setup = {"setup": {**SETUP["setup"], "temprature": 1}}
    code, reason = closed_with(fake, json.dumps(setup))
    assert (code, reason) == (
        1007,
        "Invalid JSON payload received. Unknown name \"temprature\" at 'setup': Cannot find field.",
    )


def test_refusal_in_the_middle_of_a_reply_ends_it(endless_fake: RunningFake) -> None:
    async def conversation() -> APIError:
        async with live(developer(endless_fake)) as session:
            await send(session, "Hello")
            await anext(session.receive())
            await session._ws.send("{")
            with pytest.raises(APIError) as caught:
                await receive_turn(session)
            return caught.value

    error = run(conversation)
    assert (error.code, error.details) == INVALID


def test_close_of_the_client_is_answered_in_the_middle_of_a_reply(endless_fake: RunningFake) -> None:
    endless_fake.count_anew()

    async def conversation() -> None:
        async with live(developer(endless_fake)) as session:
            await send(session, "Hello")
            await anext(session.receive())

    run(conversation)
    account = endless_fake.ledger_once(lambda account: account["sessions_open"] == 0)
    assert account["closes"] == {"1000": 1}


def test_client_that_vanishes_in_the_middle_of_a_reply_leaves_no_session(endless_fake: RunningFake) -> None:
    endless_fake.count_anew()

    async def vanish(session: AsyncSession) -> None:
        await send(session, "Hello")
        await anext(session.receive())
        session._ws.transport.abort()  # type: ignore[union-attr]

    async def conversation() -> None:
        async with live(developer(endless_fake)) as session:
            await vanish(session)

    run(conversation)
    account = endless_fake.ledger_once(lambda account: account["sessions_open"] == 0)
    assert account["closes"] == {"1006": 1}
    assert (account["turns_started"], account["turns_completed"]) == (1, 0)


def test_sessions_do_not_disturb_each_other(fake: RunningFake) -> None:
    async def one(number: int) -> list[str]:
        async with live(developer(fake)) as session:
            return texts_of(await ask(session, f"#s{number} Hello"))

    async def conversation() -> list[list[str]]:
        return await asyncio.gather(*(one(number) for number in range(20)))

    for number, texts in enumerate(run(conversation)):
        assert all(text.startswith(f"{{s{number} {index} ") for index, text in enumerate(texts))


def test_model_speaks_where_no_modality_is_asked_for(fake: RunningFake) -> None:
    async def conversation() -> list[bytes | None]:
        async with live(developer(fake), AUDIO_MODEL, config=None) as session:
            return [message.data for message in await ask(session, "Hello")]

    assert any(run(conversation))


def test_transcription_is_sent_only_where_it_is_asked_for(fake: RunningFake) -> None:
    async def conversation() -> tuple[list[str], list[str]]:
        async with live(developer(fake), AUDIO_MODEL, SPOKEN) as silent:
            without = texts_of(await ask(silent, "Hello"))
        async with live(developer(fake), AUDIO_MODEL, TRANSCRIBED) as transcribed:
            return without, texts_of(await ask(transcribed, "Hello"))

    without, asked_for = run(conversation)
    assert without == []
    assert "".join(asked_for).endswith(".")
