import json
import time
from pathlib import Path

import pytest
from google.genai.types import LiveServerMessage

from servers.fake_gemini.timing import load_profile, plan_turn
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.fake_gemini.conversation import (
    TRANSCRIBED,
    ask,
    bare,
    developer,
    frames_until_complete,
    kinds_of,
    live,
    receive_turn,
    run,
    send,
    set_up,
    texts_of,
    vertex_express,
)


def test_reply_ends_with_generation_complete_and_then_turn_complete_in_frames_of_their_own(fake: RunningFake) -> None:
    async def conversation() -> list[str]:
        async with live(developer(fake)) as session:
            return kinds_of(await ask(session, "Hello"))

    *chunks, before_last, last = run(conversation)
    assert set(chunks) == {"model_turn"}
    assert (before_last, last) == ("generation_complete", "turn_complete+usage")


def test_reply_comes_in_as_many_chunks_as_planned(fake: RunningFake) -> None:
    async def conversation() -> list[str]:
        async with live(developer(fake)) as session:
            return texts_of(await ask(session, "Hello"))

    texts = run(conversation)
    assert tuple(len(text.split()) for text in texts) == plan_turn(load_profile("fast"), 1, "Hello").chunks_words


@pytest.mark.parametrize("make_client", [developer, vertex_express])
def test_usage_is_spelt_as_the_backend_spells_it(fake: RunningFake, make_client: object) -> None:
    """The SDK reads each spelling for one backend only, and as None for the other."""

    async def conversation() -> list[LiveServerMessage]:
        async with live(make_client(fake)) as session:  # type: ignore[operator]
            return await ask(session, "Hello there, you")

    messages = run(conversation)
    words = len("".join(texts_of(messages)).split())
    usage = messages[-1].usage_metadata
    assert usage is not None
    # Four tokens to three words.
    assert usage.prompt_token_count == 4
    assert usage.response_token_count == round(words * 4 / 3)
    assert usage.total_token_count == usage.prompt_token_count + usage.response_token_count


def test_prompt_during_a_reply_interrupts_it(endless_fake: RunningFake) -> None:
    async def conversation() -> tuple[list[str], str]:
        async with live(developer(endless_fake)) as session:
            await send(session, "#old Tell me a story")
            first = await anext(session.receive())
            await send(session, "#new Stop")
            cut = await receive_turn(session)
            resumed = await anext(session.receive())
            return texts_of([first]) + kinds_of(cut), texts_of([resumed])[0]

    (first, *cut), resumed = run(conversation)
    assert first.startswith("{old 0 ")
    assert cut == ["interrupted", "turn_complete+usage"]
    assert resumed.startswith("{new 0 ")


def test_turn_complete_follows_the_interruption_after_the_gap_of_the_profile(endless_profile: Path) -> None:
    slow = endless_profile.with_name("slow-to-stop.toml")
    slow.write_text(endless_profile.read_text().replace("interruption_seconds = 0.005", "interruption_seconds = 0.3"))
    with fake_gemini(slow) as fake:

        async def conversation() -> float:
            async with live(developer(fake)) as session:
                await send(session, "Tell me a story")
                await anext(session.receive())
                asked_at = time.perf_counter()
                await send(session, "Stop")
                await receive_turn(session)
                return time.perf_counter() - asked_at

        assert run(conversation) >= 0.3


def test_usage_of_an_interrupted_turn_counts_what_was_said(endless_fake: RunningFake) -> None:
    async def conversation() -> int | None:
        async with live(developer(endless_fake)) as session:
            await send(session, "Tell me a story")
            await anext(session.receive())
            await send(session, "Stop")
            usage = (await receive_turn(session))[-1].usage_metadata
            assert usage is not None
            return usage.response_token_count

    assert run(conversation) == 1  # one word


def test_every_prompt_of_a_burst_is_completed_once(endless_fake: RunningFake) -> None:
    endless_fake.count_anew()

    async def conversation() -> list[list[str]]:
        async with live(developer(endless_fake)) as session:
            for number in range(4):
                await send(session, f"#p{number} Hello")
            turns = [kinds_of(await receive_turn(session)) for _ in range(3)]
            last = await anext(session.receive())
            assert texts_of([last])[0].startswith("{p3 0 ")
            return turns

    for turn in run(conversation):
        assert turn[-2:] == ["interrupted", "turn_complete+usage"]
    account = endless_fake.ledger()
    assert (account["turns_started"], account["turns_interrupted"], account["turns_completed"]) == (4, 3, 0)


def test_prompt_during_a_reply_waits_for_its_end_where_prompts_queue() -> None:
    with fake_gemini("fast", "--typed-barge-in", "queue") as fake:

        async def conversation() -> list[list[str]]:
            async with live(developer(fake)) as session:
                for number in range(3):
                    await send(session, f"#p{number} Hello")
                turns = [await receive_turn(session) for _ in range(3)]
                assert all("interrupted" not in kinds_of(turn) for turn in turns)
                return [texts_of(turn) for turn in turns]

        for number, texts in enumerate(run(conversation)):
            assert all(text.startswith(f"{{p{number} ") for text in texts)
        assert fake.ledger()["turns_completed"] == 3


def test_what_a_queued_turn_spent_counts_its_wait() -> None:
    with fake_gemini("live-text", "--typed-barge-in", "queue") as fake:

        async def conversation() -> list[list[tuple[int, int]]]:
            async with live(developer(fake)) as session:
                await send(session, "#first Hello")
                await send(session, "#second Hello")
                turns = [texts_of(await receive_turn(session)) for _ in range(2)]
                stamps = [[text.partition("}")[0].split() for text in texts] for texts in turns]
                return [[(int(sent_at), int(spent)) for _, _, sent_at, spent in turn] for turn in stamps]

        first, second = run(conversation)
        sent_at_ns, spent_us = second[0]
        received_at_ns = sent_at_ns - spent_us * 1000
        assert received_at_ns < first[-1][0]  # seconds before: the first reply had hardly begun


def test_queued_turn_takes_its_time_from_the_end_of_the_turn_before() -> None:
    with fake_gemini("fast", "--typed-barge-in", "queue") as fake:

        async def conversation() -> list[list[int]]:
            async with live(developer(fake)) as session:
                await send(session, "#first Hello")
                await send(session, "#second Hello")
                turns = [texts_of(await receive_turn(session)) for _ in range(2)]
                return [[int(text.partition("}")[0].split()[2]) for text in texts] for texts in turns]

        first_ns, second_ns = run(conversation)
        assert second_ns[0] - first_ns[-1] >= 5_000_000  # what the profile takes to a first chunk


def test_tagged_prompt_has_each_chunk_stamped(fake: RunningFake) -> None:
    async def conversation() -> tuple[int, list[str], int]:
        async with live(developer(fake)) as session:
            asked_ns = time.time_ns()
            return asked_ns, texts_of(await ask(session, "#run-1.2:3_x Hello")), time.time_ns()

    asked_ns, texts, ended_ns = run(conversation)
    stamps = [text[1:].partition("}")[0].split() for text in texts]
    assert [(tag, int(index)) for tag, index, *_ in stamps] == [("run-1.2:3_x", index) for index in range(len(texts))]
    sent_at_ns = [int(stamp[2]) for stamp in stamps]
    assert asked_ns <= sent_at_ns[0] and sent_at_ns == sorted(sent_at_ns) and sent_at_ns[-1] <= ended_ns
    spent_us = [int(stamp[3]) for stamp in stamps]
    due_us = [due * 1e6 for due in plan_turn(load_profile("fast"), 1, "#run-1.2:3_x Hello").chunks_due_seconds]
    assert all(spent >= due - 1 for spent, due in zip(spent_us, due_us, strict=True))
    assert spent_us[-1] <= (ended_ns - asked_ns) / 1e3


def test_tag_is_not_said_beyond_the_stamp(fake: RunningFake) -> None:
    async def conversation() -> str:
        async with live(developer(fake)) as session:
            return "".join(text.partition("}")[2] for text in texts_of(await ask(session, "#tag Hello")))

    assert "tag" not in run(conversation)


def test_untagged_prompt_has_plain_chunks(fake: RunningFake) -> None:
    async def conversation() -> str:
        async with live(developer(fake)) as session:
            return "".join(texts_of(await ask(session, "Hello #nothing here")))

    assert not set("{}#") & set(run(conversation))


def test_spoken_reply_carries_its_words_and_its_sound_in_turns(fake: RunningFake) -> None:
    async def conversation() -> tuple[list[str], list[bytes], list[str]]:
        async with live(vertex_express(fake), config=TRANSCRIBED) as session:
            messages = await ask(session, "#a Hello")
            return kinds_of(messages), [message.data for message in messages if message.data], texts_of(messages)

    kinds, sounds, texts = run(conversation)
    assert kinds[:-2] == ["output_transcription", "model_turn"] * (len(kinds) // 2 - 1)
    assert kinds[-2:] == ["generation_complete", "turn_complete+usage"]
    assert all(sound == bytes(2880) for sound in sounds)  # 60 ms of 24 kHz, 16 bit
    words = "".join(text.partition("}")[2] for text in texts)
    assert "  " not in words and words.endswith(".")
    assert [text.split()[0] for text in texts] == ["{a"] * len(texts)


def test_two_servers_with_one_seed_are_the_same_model() -> None:
    def replies(seed: int) -> list[list[str]]:
        with fake_gemini("fast", "--seed", str(seed)) as fake:

            async def conversation() -> list[list[str]]:
                async with live(developer(fake)) as session:
                    return [texts_of(await ask(session, f"#{number} Hello")) for number in range(5)]

            return [[text.partition("}")[2] for text in texts] for texts in run(conversation)]

    assert replies(7) == replies(7) != replies(8)


def test_frames_are_binary_and_printed_as_google_prints_them(fake: RunningFake) -> None:
    async def conversation() -> list[bytes]:
        async with bare(fake) as connection:
            ready = await set_up(connection)
            await connection.send(json.dumps({"clientContent": {"turns": [], "turnComplete": True}}))
            return [ready, *await frames_until_complete(connection)]

    ready, *frames = run(conversation)
    assert len(ready) == 26
    for frame in (ready, *frames):
        assert frame == (json.dumps(json.loads(frame), indent=2, ensure_ascii=False) + "\n").encode()


def test_lateness_of_every_chunk_is_kept_and_none_is_early(fake: RunningFake) -> None:
    fake.count_anew()

    async def conversation() -> int:
        async with live(developer(fake)) as session:
            return len(texts_of(await ask(session, "Hello")))

    chunks = run(conversation)
    account = fake.ledger()
    late = account["lateness_seconds"]
    assert account["chunks"] == late["count"] == chunks
    assert 0 <= late["p50"] <= late["p99"] <= late["max"]
