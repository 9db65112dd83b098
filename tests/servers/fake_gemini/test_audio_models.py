"""The families of models that speak, each as recordings of the service show it, seen through the real SDK."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import pytest
from google.genai.types import InteractionStatus, LiveServerMessage

from servers.fake_gemini.delivery import pieces_of
from servers.fake_gemini.models import MODELS
from servers.fake_gemini.timing import load_profile, plan_turn
from servers.fake_gemini.voice import voice_of
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.fake_gemini.conversation import (
    SPOKEN,
    TRANSCRIBED,
    ask,
    bare,
    developer,
    frames_until_complete,
    kinds_of,
    live,
    receive_turn,
    refusal_of,
    run,
    send,
    texts_of,
)

NATIVE_25 = "gemini-2.5-flash-native-audio-latest"
LIVE_31 = "gemini-3.1-flash-live-preview"
LIVE_38 = "gemini-3.8-live"
THINKING_38 = "gemini-3.8-live-extended-thinking"
FAMILIES = (NATIVE_25, LIVE_31, LIVE_38, THINKING_38)

# A reply of 16 words, 0.8 s of sound in frames of 20 ms, sent within some 50 ms.
CHATTERING = """
description = "Speaks quickly"
interruption_seconds = 0.002
audio_frame_seconds = 0.02
words_per_second = 20.0
first_chunk_seconds = { usual = { median = 0.02 } }
gap_seconds = { median = 0.01 }
words = { first_chunk = 1, later_chunk_low = 3, later_chunk_high = 3, reply = { median = 16 } }
"""
SOUND_SECONDS = 0.8
FRAME_BYTES = 960


@pytest.fixture(scope="module")
def chattering(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("profiles") / "chattering.toml"
    path.write_text(CHATTERING)
    return path


@pytest.fixture(scope="module")
def speaking(chattering: Path) -> Iterator[RunningFake]:
    with fake_gemini(chattering) as fake:
        yield fake


def turn(
    fake: RunningFake, model: str, prompt: str = "#t Hello", config: object = TRANSCRIBED
) -> list[LiveServerMessage]:
    async def conversation() -> list[LiveServerMessage]:
        async with live(developer(fake), model, config) as session:
            return await ask(session, prompt)

    return run(conversation)


def sound_of(messages: list[LiveServerMessage]) -> bytes:
    return b"".join(message.data for message in messages if message.data)


@pytest.mark.parametrize("model", FAMILIES)
def test_reply_is_heard_and_read_in_full_whatever_the_model(speaking: RunningFake, model: str) -> None:
    messages = turn(speaking, model)
    stamps = [text[1:].partition("}")[0].split()[:2] for text in texts_of(messages)]
    assert stamps == [["t", str(index)] for index in range(len(stamps))]
    words = "".join(text.partition("}")[2] for text in texts_of(messages))
    assert len(words.split()) == 16 and words.endswith(".") and "  " not in words
    assert len(sound_of(messages)) == SOUND_SECONDS * 48_000
    assert kinds_of(messages)[-2] == "generation_complete"
    usage = messages[-1].usage_metadata
    assert usage and usage.response_token_count == SOUND_SECONDS * 25


@pytest.mark.parametrize("model", FAMILIES)
def test_words_are_told_to_no_one_who_did_not_ask(speaking: RunningFake, model: str) -> None:
    messages = turn(speaking, model, config=SPOKEN)
    assert not any(message.server_content and message.server_content.output_transcription for message in messages)
    assert len(sound_of(messages)) == SOUND_SECONDS * 48_000


@pytest.mark.parametrize(
    ("model", "code", "reason"),
    [
        (NATIVE_25, 1007, "Cannot extract voices from a non-audio request."),
        (LIVE_31, 1011, "Internal error encountered."),
        (LIVE_38, 1007, "The requested combination of response modalities (TEXT) is not supported by the model."),
    ],
)
def test_none_of_them_writes(speaking: RunningFake, model: str, code: int, reason: str) -> None:
    assert refusal_of(developer(speaking), model) == (code, reason)


def test_native_audio_thinks_first_and_lets_words_run_ahead_in_frames_of_their_own(speaking: RunningFake) -> None:
    thought, *messages = turn(speaking, NATIVE_25)
    assert thought.server_content and thought.server_content.model_turn
    (part,) = thought.server_content.model_turn.parts or []
    assert part.thought and part.text and thought.server_content.model_turn.role is None
    kinds = kinds_of(messages)
    assert kinds.index("model_turn") >= 2 and set(kinds[:2]) == {"output_transcription"}
    assert set(kinds) == {"output_transcription", "model_turn", "generation_complete", "turn_complete+usage"}


def test_native_audio_completes_its_turn_without_waiting_for_it_to_be_heard(speaking: RunningFake) -> None:
    messages = turn(speaking, NATIVE_25)
    assert kinds_of(messages)[-2:] == ["generation_complete", "turn_complete+usage"]
    account = speaking.ledger()
    assert account["turns_completed"] >= 1


def test_38_carries_words_within_sound_and_sends_frames_without_content(speaking: RunningFake) -> None:
    handle, *messages = turn(speaking, LIVE_38)
    assert handle.session_resumption_update and handle.session_resumption_update.new_handle
    kinds = kinds_of(messages)
    assert kinds[0] == "model_turn+output_transcription" and "output_transcription" not in kinds
    contents = [message.server_content for message in messages]
    assert None in contents  # {}
    assert any(content and not content.model_dump(exclude_none=True) for content in contents)  # {"serverContent": {}}
    spoken = next(content for content in contents if content and content.model_turn)
    assert spoken.model_turn and spoken.model_turn.role == "model"


def test_38_tells_its_handle_once_unless_it_is_asked_for(speaking: RunningFake) -> None:
    async def conversation() -> list[bool]:
        async with live(developer(speaking), LIVE_38, TRANSCRIBED) as session:
            messages = [*await ask(session, "One"), *await ask(session, "Two")]
            return [True for message in messages if message.session_resumption_update]

    assert run(conversation) == [True]


@pytest.mark.parametrize("model", [LIVE_31, LIVE_38, THINKING_38])
def test_models_of_3_keep_their_turn_open_until_it_has_been_heard(speaking: RunningFake, model: str) -> None:
    async def conversation() -> tuple[float, float]:
        first = generated = 0.0
        async with live(developer(speaking), model, TRANSCRIBED) as session:
            await send(session, "Hello")
            async for message in session.receive():
                if message.data and not first:
                    first = time.perf_counter()
                if kinds_of([message]) == ["generation_complete"]:
                    generated = time.perf_counter()
            return generated - first, time.perf_counter() - first

    generated, completed = run(conversation)
    assert completed > generated
    # Not all of it: the first sound may have reached us late.
    assert completed >= SOUND_SECONDS * 0.75


def test_31_carries_several_parts_in_one_event(speaking: RunningFake) -> None:
    contents = [message.server_content for message in turn(speaking, LIVE_31)]
    parts = [content.model_turn.parts or [] for content in contents if content and content.model_turn]
    assert all(len(one) == 2 for one in parts)
    assert any(content and content.model_turn and content.output_transcription for content in contents)


def test_extended_thinking_ends_a_remark_before_it_ends_its_turn(speaking: RunningFake) -> None:
    messages = turn(speaking, THINKING_38)
    ends = [
        (content.interaction_status, len(texts_of(messages[: index + 1])))
        for index, message in enumerate(messages)
        if (content := message.server_content) and content.turn_complete
    ]
    assert [status for status, _ in ends] == [InteractionStatus.IN_PROGRESS, InteractionStatus.IDLE]
    assert ends[0][1] == 1


def test_typed_prompt_during_playback_interrupts_what_was_generated_already(chattering: Path) -> None:
    long = chattering.with_name("long.toml")
    long.write_text(CHATTERING.replace("words_per_second = 20.0", "words_per_second = 0.5"))  # 32 s to listen to
    with fake_gemini(long) as fake:

        async def conversation() -> list[str]:
            async with live(developer(fake), LIVE_31, TRANSCRIBED) as session:
                await send(session, "#a Hello")
                kinds = []
                async for message in session.receive():
                    kinds += kinds_of([message])
                    if kinds[-1] == "generation_complete":
                        await send(session, "#b Hello")
                resumed = []
                while not resumed:
                    resumed = texts_of([await anext(session.receive())])
                assert resumed[0].startswith("{b 0 ")
                return kinds

        kinds = run(conversation)
        assert kinds[-3:] == ["generation_complete", "interrupted", "turn_complete+usage"]
        account = fake.ledger()
        assert (account["turns_interrupted"], account["turns_completed"]) == (1, 0)


@pytest.mark.parametrize(("model", "interrupts"), [(NATIVE_25, False), (LIVE_31, True), (LIVE_38, True)])
def test_typed_prompt_interrupts_a_reply_or_waits_as_the_model_has_it(
    speaking: RunningFake, model: str, interrupts: bool
) -> None:
    async def conversation() -> list[str]:
        async with live(developer(speaking), model, TRANSCRIBED) as session:
            await send(session, "#a Hello")
            await send(session, "#b Hello")
            first = kinds_of(await receive_turn(session))
            assert texts_of(await receive_turn(session))[0].startswith("{b 0 ")
            return first

    assert ("interrupted" in run(conversation)) is interrupts


def test_option_goes_before_what_the_model_does() -> None:
    with fake_gemini("fast", "--typed-barge-in", "queue") as fake:

        async def conversation() -> list[str]:
            async with live(developer(fake), LIVE_31, TRANSCRIBED) as session:
                await send(session, "#a Hello")
                await send(session, "#b Hello")
                return kinds_of(await receive_turn(session))

        assert "interrupted" not in run(conversation)


def test_profile_may_pace_a_model_that_does_not_pace_itself(chattering: Path) -> None:
    paced = chattering.with_name("paced.toml")
    paced.write_text(CHATTERING.replace("words_per_second", "paces_turns = true\nwords_per_second"))
    with fake_gemini(paced) as fake:

        async def conversation() -> float:
            async with live(developer(fake), NATIVE_25, TRANSCRIBED) as session:
                began_at = time.perf_counter()
                await ask(session, "Hello")
                return time.perf_counter() - began_at

        assert run(conversation) >= SOUND_SECONDS


def test_frames_without_content_have_the_bytes_of_the_service(speaking: RunningFake) -> None:
    async def conversation() -> list[bytes]:
        async with bare(speaking) as connection:
            await connection.send('{"setup": {"model": "models/gemini-3.8-live"}}')
            await connection.recv()
            await connection.send('{"realtimeInput": {"text": "Hello"}}')
            return await frames_until_complete(connection)

    frames = run(conversation)
    assert b"{}\n" in frames and b'{\n  "serverContent": {}\n}\n' in frames


@pytest.mark.parametrize(
    ("name", "model", "median", "p95"),
    [
        ("live-audio-25", NATIVE_25, 0.8, 1.5),
        ("live-audio-31", LIVE_31, 0.85, 2.5),
        ("live-audio-38", LIVE_38, 0.5, 0.9),
    ],
)
def test_profile_is_as_quick_as_its_model(name: str, model: str, median: float, p95: float) -> None:
    profile = load_profile(name)
    voice = voice_of(next(one for one in MODELS if one.name == model), "AUDIO", True, profile.audio_frame_seconds)
    firsts, speeds = [], []
    for number in range(400):
        plan = plan_turn(profile, 1, f"prompt {number}")
        sounds = [
            piece.due_seconds
            for piece in pieces_of(plan, ["x"] * len(plan.chunks_words), voice, profile)
            if piece.sounds
        ]
        firsts.append(sounds[0])
        speeds.append(len(sounds) * profile.audio_frame_seconds / (sounds[-1] - sounds[0]))
    assert quantiles(firsts, n=20)[9] == pytest.approx(median, rel=0.1)
    assert quantiles(firsts, n=20)[18] == pytest.approx(p95, rel=0.15)
    # Times as fast as it is heard.
    assert 2.8 <= quantiles(speeds, n=2)[0] <= 4.0


def test_every_model_that_speaks_has_been_tried() -> None:
    styles = {model.style for model in MODELS if "AUDIO" in model.modalities and model.backend == "developer"}
    assert {model.style for model in MODELS if model.name in FAMILIES} == styles
