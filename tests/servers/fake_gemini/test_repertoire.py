import json
from pathlib import Path
from typing import Any

import pytest

from servers.fake_gemini import frames
from servers.fake_gemini.repertoire import Close, Part, Repertoire, arrange, ends_turn, part_of
from servers.fake_gemini.timing import load_profile, plan_turn
from servers.recording.errors import RecordingError
from servers.recording.reading import read
from servers.recording.tape import Tape
from tests.made_up_recording import (
    COMPLETE,
    GENERATED,
    GO_AWAY,
    HEADER,
    INTERRUPTED,
    MadeUp,
    chunk,
    conversation,
    prompt,
    session,
    sound,
)

LIVE_TEXT = load_profile("live-text")
UPDATE = {"sessionResumptionUpdate": {"newHandle": "handle-1", "resumable": True}}


class Recorder:
    """A recording of some sessions, read back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tape = Tape(path, HEADER)

    def session(self, **options: bool) -> MadeUp:
        return session(self.tape, **options)

    def repertoire(self, *, endings: bool = False) -> Repertoire:
        self.tape.end()
        return arrange(read(self.path), endings=endings)

    def part(self) -> Part:
        self.tape.end()
        return part_of(read(self.path).sessions[0])


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "it.ndjson")


def dues(part: Part, turn: int = 0) -> list[float]:
    return [round(note.due_seconds, 6) for note in part.turns[turn].notes]


def test_every_frame_is_planned_within_5_ms_of_when_it_was_recorded(tmp_path: Path) -> None:
    (part,) = arrange(read(conversation(tmp_path / "it", LIVE_TEXT, 100)), endings=False).parts
    assert len(part.turns) == 100
    for number, turn in enumerate(part.turns):
        plan = plan_turn(LIVE_TEXT, 1, f"#{number} Why?")
        due = [note.due_seconds for note in turn.notes]
        last = plan.chunks_due_seconds[-1]
        assert due == pytest.approx([*plan.chunks_due_seconds, last, last], abs=0.005)


def test_frames_of_a_turn_are_timed_from_its_prompt(recorder: Recorder) -> None:
    made = recorder.session().client(2.0, prompt()).server(2.5, chunk("Well,")).server(2.75, chunk(" yes."))
    made.server(2.75, GENERATED).server(2.8, COMPLETE).closed(3.0)
    assert dues(recorder.part()) == [0.5, 0.75, 0.75, 0.8]


def test_greeting_is_timed_from_the_setup(recorder: Recorder) -> None:
    recorder.session().server(0.5, UPDATE).closed(3.0)
    part = recorder.part()
    assert [round(note.due_seconds, 6) for note in (*part.greeting, *part.asides)] == [0.008, 0.498]


def test_prompt_that_waited_is_answered_from_the_end_of_the_reply_before(recorder: Recorder) -> None:
    made = recorder.session().client(1.0, prompt("one")).server(1.5, chunk("One.")).client(1.6, prompt("two"))
    made.server(2.0, chunk(" Still one.")).server(2.0, COMPLETE).server(2.25, chunk("Two.")).server(2.3, COMPLETE)
    made.closed(3.0)
    part = recorder.part()
    assert (dues(part, 0), dues(part, 1)) == ([0.5, 1.0, 1.0], [0.25, 0.3])


def test_prompt_that_cut_a_reply_is_answered_from_itself_on(recorder: Recorder) -> None:
    interrupted(recorder.session()).closed(3.0)
    part = recorder.part()
    assert [turn.is_whole for turn in part.turns] == [False, True]
    assert dues(part, 1) == [0.4, 0.5]


def interrupted(made: MadeUp) -> MadeUp:
    """A turn that was cut 20 ms before its end, and the one that cut it."""
    made.client(1.0, prompt("one")).server(1.5, chunk("One,")).client(1.6, prompt("two"))
    made.server(1.61, INTERRUPTED).server(1.63, COMPLETE)
    return made.server(2.0, chunk("Two.")).server(2.1, COMPLETE)


def test_turns_that_were_cut_are_not_said_again_but_tell_how_long_a_cut_takes(recorder: Recorder) -> None:
    interrupted(recorder.session()).closed(3.0)
    repertoire = recorder.repertoire()
    (turn,) = repertoire.parts[0].turns
    assert [note.words for note in turn.notes] == ["Two.", None]
    assert repertoire.interruption_seconds == pytest.approx(0.02)


def test_what_came_between_turns_is_said_after_the_turn_before(recorder: Recorder) -> None:
    recorder.session().client(1.0, prompt()).server(1.5, COMPLETE).server(1.75, UPDATE).closed(3.0)
    (turn,) = recorder.part().turns
    assert [round(note.due_seconds, 6) for note in turn.afterwards] == [0.75]


@pytest.mark.parametrize(
    ("content", "ends"),
    [
        ({"turnComplete": True}, True),
        ({"turnComplete": True, "interactionStatus": "IDLE"}, True),
        ({"turnComplete": True, "interactionStatus": "IN_PROGRESS"}, False),
        ({"interactionStatus": "IDLE"}, True),
        ({"turnComplete": True, "interactionStatus": "INTERACTION_STATUS_UNSPECIFIED"}, True),
        ({"generationComplete": True}, False),
        ({}, False),
    ],
)
def test_turn_ends_where_the_sdk_takes_it_for_ended(content: dict[str, Any], ends: bool) -> None:
    assert ends_turn(content) is ends


def test_history_that_was_seeded_is_no_prompt(recorder: Recorder) -> None:
    recorder.tape.end()
    path = recorder.path.with_name("seeded")
    tape = Tape(path, HEADER)
    setup = {"setup": {"model": "x", "historyConfig": {"initialHistoryInClientContent": True}}}
    made = MadeUp(tape, session(tape, greeted=False).number).client(0.01, setup)
    made.server(0.02, {"setupComplete": {}}).client(0.5, prompt("history"))
    made.client(1.0, prompt()).server(1.5, chunk("Yes.")).server(1.5, COMPLETE).closed(3.0)
    tape.end()
    part = part_of(read(path).sessions[0])
    assert [dues(part, number) for number in range(len(part.turns))] == [[0.5, 0.5]]


def test_frame_has_the_size_it_had_and_the_words_it_had(recorder: Recorder) -> None:
    long = len(frames.encode(chunk("Well."))) + 17
    recorder.session().client(1.0, prompt()).server(1.1, chunk("Well."), size=long).server(1.5, COMPLETE).closed(2)
    note = recorder.part().turns[0].notes[0]
    assert (len(note.octets), note.words, note.is_text) == (long, "Well.", False)
    assert json.loads(note.octets) == chunk("Well.")


def test_stamp_goes_before_the_words_and_one_that_was_recorded_is_left_out(recorder: Recorder) -> None:
    old = "{old 3 1795854683600847544 99}"
    recorder.session().client(1.0, prompt()).server(1.1, chunk(f"{old}Well.")).server(1.5, COMPLETE).closed(2)
    note = recorder.part().turns[0].notes[0]
    assert json.loads(note.octets) == chunk("Well.")
    assert json.loads(note.stamped("{new}")) == chunk("{new}Well.")


def test_silence_is_as_long_as_what_was_heard(recorder: Recorder) -> None:
    recorder.session().client(1.0, prompt()).server(1.1, sound(11_520)).server(1.5, COMPLETE).closed(2)
    (turn,) = recorder.part().turns
    message = json.loads(turn.notes[0].octets)
    data = message["serverContent"]["modelTurn"]["parts"][0]["inlineData"]["data"]
    assert (len(data), set(data), turn.notes[0].audio_bytes) == (15_360, {"A"}, 11_520)
    assert not turn.is_written


def test_thoughts_are_not_words_and_transcripts_are(recorder: Recorder) -> None:
    thought = {"serverContent": {"modelTurn": {"parts": [{"text": "Hm.", "thought": True}]}}}
    spoken = {"serverContent": {"outputTranscription": {"text": " Well."}}}
    made = recorder.session().client(1.0, prompt()).server(1.1, thought).server(1.2, spoken)
    made.server(1.5, COMPLETE).closed(2)
    assert [note.words for note in recorder.part().turns[0].notes] == [None, " Well.", None]


def test_what_was_no_json_has_its_length(recorder: Recorder) -> None:
    recorder.session().client(1.0, prompt()).server(1.1, None, size=33).server(1.5, COMPLETE).closed(2)
    assert recorder.part().turns[0].notes[0].octets == b"x" * 33


def test_sessions_are_played_in_order_and_again_from_the_beginning(recorder: Recorder) -> None:
    for said in ("one", "two"):
        recorder.session().client(1.0, prompt()).server(1.1, chunk(said)).server(1.5, COMPLETE).closed(2)
    repertoire = recorder.repertoire()
    played = [repertoire.next_part().turns[0].notes[0].words for _ in range(5)]
    assert played == ["one", "two", "one", "two", "one"]
    repertoire.rewind()
    assert repertoire.next_part().turns[0].notes[0].words == "one"


def test_how_sessions_end_is_left_out_unless_asked_for(recorder: Recorder) -> None:
    leaving(recorder)
    (part,) = recorder.repertoire().parts
    assert (len(part.turns), part.asides, part.close) == (1, (), None)


def test_how_sessions_end_is_part_of_it_where_that_is_asked_for(recorder: Recorder) -> None:
    leaving(recorder)
    refused, closed, cut = recorder.repertoire(endings=True).parts
    assert (refused.greeting, refused.turns) == ((), ())
    assert refused.close == Close(pytest.approx(0.018), 1007, "as made up")
    assert [json.loads(note.octets) for note in closed.asides] == [GO_AWAY]
    assert closed.close == Close(pytest.approx(8.998), 1008, "as made up")
    assert cut.turns[0].close == Close(pytest.approx(0.25), 1011, "as made up")


def leaving(recorder: Recorder) -> None:
    """Refused at the setup; told to go and then closed; closed in the middle of a reply."""
    recorder.session(greeted=False).closed(0.02, "server", 1007)
    made = recorder.session().client(1.0, prompt()).server(1.1, chunk("Yes.")).server(1.5, COMPLETE)
    made.server(5.0, GO_AWAY).closed(9.0, "server", 1008)
    recorder.session().client(1.0, prompt()).server(1.1, chunk("Well,")).closed(1.25, "server", 1011)


def test_recording_without_a_whole_turn_is_refused(recorder: Recorder) -> None:
    recorder.session().client(1.0, prompt()).server(1.1, chunk("Well,")).closed(1.25)
    with pytest.raises(
        RecordingError, match="holds no typed prompt that was answered to the end: record a conversation"
    ):
        recorder.repertoire()
