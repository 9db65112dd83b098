from pathlib import Path

import pytest

from bench.calibrate.samples import planned, recorded
from servers.fake_gemini.repertoire import part_of
from servers.fake_gemini.timing import load_profile
from servers.recording.reading import read
from servers.recording.tape import Tape
from tests.made_up_recording import COMPLETE, HEADER, INTERRUPTED, chunk, conversation, prompt, session, sound

LIVE_TEXT = load_profile("live-text")


def samples_of(path: Path):
    return recorded(turn for made in read(path).sessions for turn in part_of(made).turns)


def test_recorded_turns_show_the_seconds_and_words_of_their_chunks(tmp_path):
    tape = Tape(tmp_path / "it", HEADER)
    made = session(tape).client(1.0, prompt()).server(1.5, chunk("One"))
    made.server(1.75, chunk(" two three")).server(2.25, chunk(" four.")).server(3.0, COMPLETE).closed(4.0)
    tape.end()
    samples = samples_of(tmp_path / "it")
    assert (samples.first_chunk_seconds, samples.gap_seconds, samples.reply_seconds) == ([0.5], [0.25, 0.5], [1.25])
    assert (samples.reply_words, samples.first_chunk_words, samples.later_chunk_words) == ([4], [1], [2])


def test_turn_that_was_cut_shows_only_how_long_that_takes(tmp_path):
    tape = Tape(tmp_path / "it", HEADER)
    made = session(tape).client(1.0, prompt()).server(1.5, chunk("One")).client(2.0, prompt())
    made.server(2.125, INTERRUPTED).server(2.25, COMPLETE).closed(4.0)
    tape.end()
    samples = samples_of(tmp_path / "it")
    assert (samples.turns, samples.interruption_seconds) == (0, [0.125])


def test_length_of_a_sound_is_that_of_its_samples(tmp_path):
    tape = Tape(tmp_path / "it", HEADER)
    session(tape).client(1.0, prompt()).server(1.5, sound(11_520)).server(3.0, COMPLETE).closed(4.0)
    tape.end()
    samples = samples_of(tmp_path / "it")
    assert (samples.audio_frame_seconds, samples.turns) == ([0.24], 0)


def test_recording_of_a_profile_shows_what_the_profile_plans(tmp_path):
    """The recording is written to a millionth of a second, and asks other prompts than `planned` does."""
    samples = samples_of(conversation(tmp_path / "it.ndjson.gz", LIVE_TEXT, 30))
    assert samples.turns == 30
    again = samples_of(conversation(tmp_path / "again", LIVE_TEXT, 30))
    assert samples == again
    assert len(planned(LIVE_TEXT, 30).gap_seconds) == pytest.approx(len(samples.gap_seconds), rel=0.5)
