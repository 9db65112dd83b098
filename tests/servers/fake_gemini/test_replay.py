import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.genai.errors import APIError
from websockets.exceptions import ConnectionClosed

from servers.fake_gemini.__main__ import main
from servers.fake_gemini.frames import encode
from servers.fake_gemini.timing import load_profile
from servers.recording.tape import Tape
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.made_up_recording import COMPLETE, GENERATED, GO_AWAY, HEADER, abandon, chunk, conversation, prompt, session
from tests.servers.fake_gemini.conversation import (
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
    set_up,
    texts_of,
)

NEVER = 3600.0


def recorded(path: Path) -> Path:
    """One session: two turns of a few chunks, and a long one whose end never comes."""
    tape = Tape(path, HEADER)
    made = session(tape)
    made.client(1.0, prompt()).server(1.01, chunk("One,")).server(1.02, chunk(" first.")).server(1.02, GENERATED)
    made.server(1.02, COMPLETE).client(2.0, prompt()).server(2.01, chunk("Two."), size=500).server(2.01, COMPLETE)
    made.client(3.0, prompt()).server(3.01, chunk("Three,")).server(3.0 + NEVER, chunk(" at last."))
    made.server(3.0 + NEVER, COMPLETE).closed(4.0 + NEVER)
    tape.end()
    return path


def taking_leave(path: Path) -> Path:
    """Three sessions: refused at the setup; told to go, then closed; closed in the middle of a reply."""
    tape = Tape(path, HEADER)
    session(tape, greeted=False).closed(0.02, "server", 1007)
    session(tape).server(0.05, GO_AWAY).client(0.06, prompt()).server(0.07, chunk("Yes.")).server(
        0.08, COMPLETE
    ).closed(0.3, "server", 1008)
    session(tape).client(1.0, prompt()).server(1.01, chunk("Well,")).closed(1.05, "server", 1011)
    tape.end()
    return path


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFake]:
    path = recorded(tmp_path_factory.mktemp("replay") / "it.ndjson.gz")
    with fake_gemini("fast", "--replay", str(path)) as running:
        yield running


def test_each_prompt_gets_the_next_recorded_turn_and_each_session_begins_anew(replay: RunningFake) -> None:
    async def conversation() -> list[list[str]]:
        async with live(developer(replay)) as session:
            return [texts_of(await ask(session, text)) for text in ("Whatever", "is asked")]

    assert run(conversation) == run(conversation) == [["One,", " first."], ["Two."]]


def test_frames_have_the_size_and_the_kind_that_they_had(replay: RunningFake) -> None:
    async def conversation() -> list[bytes]:
        async with bare(replay) as connection:
            assert await set_up(connection) == b'{\n  "setupComplete": {}\n}\n'
            await connection.send(json.dumps(prompt()))
            await frames_until_complete(connection)
            await connection.send(json.dumps(prompt()))
            return await frames_until_complete(connection)

    assert [len(frame) for frame in run(conversation)] == [500, len(encode(COMPLETE))]


def test_tagged_prompt_has_its_stamps(replay: RunningFake) -> None:
    async def conversation() -> list[str]:
        async with live(developer(replay)) as session:
            return texts_of(await ask(session, "#t-1 Hello"))

    first, second = run(conversation)
    assert first.startswith("{t-1 0 ") and first.endswith("}One,")
    assert second.startswith("{t-1 1 ") and second.endswith("} first.")


def test_prompt_cuts_a_reply_that_is_replayed(replay: RunningFake) -> None:
    async def conversation() -> tuple[list[str], list[str]]:
        async with live(developer(replay)) as session:
            await ask(session, "one")
            await ask(session, "two")
            await send(session, "three")
            messages = session.receive()
            await anext(messages)
            await send(session, "and again the first")
            rest = [message async for message in messages]
            return kinds_of(rest), texts_of(await receive_turn(session))

    assert run(conversation) == (["interrupted", "turn_complete+usage"], ["One,", " first."])


def test_ledger_counts_what_was_replayed(replay: RunningFake) -> None:
    replay.count_anew()

    async def conversation() -> None:
        async with live(developer(replay)) as session:
            await ask(session, "one")

    run(conversation)
    account = replay.ledger_once(lambda account: account["sessions_open"] == 0)
    assert (account["turns_completed"], account["chunks"], account["lateness_seconds"]["count"]) == (1, 2, 2)
    assert account["profile"].endswith("it.ndjson.gz")


def test_counting_anew_begins_the_recording_anew(tmp_path: Path) -> None:
    async def converse() -> list[str]:
        async with live(developer(fake)) as session:
            return texts_of(await ask(session, "one"))

    tape = Tape(tmp_path / "it.ndjson", HEADER)
    for said in ("First.", "Second."):
        session(tape).client(1.0, prompt()).server(1.0, chunk(said)).server(1.0, COMPLETE).closed(2.0)
    tape.end()
    with fake_gemini("fast", "--replay", str(tmp_path / "it.ndjson")) as fake:
        assert run(converse) == ["First."]
        fake.count_anew()
        assert run(converse) == ["First."]
        assert run(converse) == ["Second."]


def test_reply_can_be_made_to_wait_instead(tmp_path: Path) -> None:
    path = conversation(tmp_path / "it.ndjson", load_profile("fast"), 2)

    async def converse() -> list[str]:
        async with live(developer(fake)) as session:
            await send(session, "one")
            await send(session, "two")
            return kinds_of(await receive_turn(session)) + kinds_of(await receive_turn(session))

    with fake_gemini("fast", "--replay", str(path), "--typed-barge-in", "queue") as fake:
        kinds = run(converse)
    assert "interrupted" not in kinds and kinds.count("turn_complete") == 2


def test_ways_to_take_leave_are_replayed_where_that_is_asked_for(tmp_path: Path) -> None:
    async def until_closed(*prompts: object) -> tuple[list[object], int | None]:
        told = []
        async with bare(fake) as connection:
            await set_up(connection)
            for asked in prompts:
                await connection.send(json.dumps(asked))
            with pytest.raises(ConnectionClosed):
                while True:
                    told.append(json.loads(await connection.recv()))
            return told, connection.close_code

    path = taking_leave(tmp_path / "it.ndjson")
    with fake_gemini("fast", "--replay", str(path), "--replay-endings") as fake:
        assert refusal_of(developer(fake)) == (1007, "as made up")
        assert run(until_closed) == ([GO_AWAY], 1008)
        assert run(lambda: until_closed(prompt())) == ([chunk("Well,")], 1011)
        account = fake.ledger_once(lambda account: account["sessions_open"] == 0)
        assert account["closes"] == {"1007": 1, "1008": 1, "1011": 1}


def test_ways_to_take_leave_are_left_out_otherwise(tmp_path: Path) -> None:
    async def converse() -> list[str]:
        async with live(developer(fake)) as session:
            return texts_of(await ask(session, "one")) + texts_of(await ask(session, "two"))

    path = taking_leave(tmp_path / "it.ndjson")
    with fake_gemini("fast", "--replay", str(path)) as fake:
        assert run(converse) == ["Yes.", "Yes."]


def test_recording_that_is_cut_is_replayed_up_to_its_last_whole_session(tmp_path: Path) -> None:
    async def converse() -> list[str]:
        async with live(developer(fake)) as session:
            return texts_of(await ask(session, "one"))

    tape = Tape(tmp_path / "it.ndjson", HEADER)
    session(tape).client(1.0, prompt()).server(1.0, chunk("Whole.")).server(1.0, COMPLETE).closed(2.0)
    session(tape).client(1.0, prompt()).server(1.0, chunk("Not whole.")).server(1.0, COMPLETE)
    abandon(tape)
    with fake_gemini("fast", "--replay", str(tmp_path / "it.ndjson"), "--whole-sessions") as fake:
        assert run(converse) == run(converse) == ["Whole."]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--replay", "nowhere.ndjson"], "nowhere.ndjson cannot be read (No such file or directory)"),
        (["--replay-endings"], "--replay-endings and --whole-sessions are for a recording: name one with --replay"),
        (["--whole-sessions"], "--replay-endings and --whole-sessions are for a recording"),
    ],
)
def test_recording_that_cannot_be_replayed_is_told_in_one_line(
    options: list[str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(options) == 2
    stdout, stderr = capfd.readouterr()
    assert stdout == "" and stderr.startswith("error: ") and stderr.count("\n") == 1
    assert complaint in stderr


def test_session_that_is_refused_is_refused_as_the_sdk_shows_it(tmp_path: Path) -> None:
    path = taking_leave(tmp_path / "it.ndjson")

    async def converse() -> None:
        async with live(developer(fake)):
            raise AssertionError("the session was accepted")

    with fake_gemini("fast", "--replay", str(path), "--replay-endings") as fake, pytest.raises(APIError):
        run(converse)
