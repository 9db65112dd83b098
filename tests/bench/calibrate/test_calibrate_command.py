import json

import pytest
from click.testing import CliRunner

from bench.calibrate.files import toml
from bench.calibrate.make import calibrate
from bench.cli import app
from bench.errors import BenchError
from servers.fake_gemini.timing import load_profile
from servers.recording.reading import read
from servers.recording.tape import Tape
from tests.made_up_recording import HEADER, abandon, conversation, converse, session

LIVE_TEXT = load_profile("live-text")


def called(*arguments):
    return CliRunner(env={"COLUMNS": "120"}).invoke(app, ["calibrate", *map(str, arguments)], standalone_mode=False)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return conversation(tmp_path_factory.mktemp("recordings") / "it.ndjson.gz", LIVE_TEXT, 120)


def test_recording_becomes_a_profile_that_the_fake_reads_with_its_worth_beside_it(recording, tmp_path):
    made = tmp_path / "mine.toml"
    result = called(recording, "-o", made)
    assert (result.exception, result.return_value) == (None, None)
    profile = load_profile(str(made))
    assert profile.description == "Calibrated from 120 turns, recorded of https://gemini.example, 2026-01-02"
    assert 0.4 < profile.first_chunk_seconds.usual.median < 0.7
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.md", "mine.png", "mine.svg", "mine.toml"]
    assert f"Profile: {made}" in result.output
    assert "note: nobody interrupted: interruption_seconds is the usual 0.005" in result.output
    assert "cannot be told from the 120 recorded turns" in result.output
    summary = (tmp_path / "mine.md").read_text()
    assert "| time to the first words | recorded |" in summary and "](mine.svg)" in summary


def test_several_recordings_are_taken_together(recording, tmp_path):
    few = conversation(tmp_path / "few.ndjson", LIVE_TEXT, 30, seed=2)
    called(recording, few, "-o", tmp_path / "mine.toml")
    assert "Calibrated from 150 turns" in (tmp_path / "mine.toml").read_text()


def test_same_recording_gives_the_same_profile(recording):
    first, second = (calibrate([read(recording)], "mine.toml") for _ in range(2))
    assert toml(first.profile) == toml(second.profile)


def test_recording_that_is_cut_is_used_up_to_its_last_whole_session_where_that_is_asked_for(tmp_path):
    tape = Tape(tmp_path / "cut.ndjson", HEADER)
    made = session(tape)
    made.closed(converse(made, LIVE_TEXT, 60))
    converse(session(tape), LIVE_TEXT, 5)
    abandon(tape)
    assert "is cut" in str(called(tmp_path / "cut.ndjson", "-o", tmp_path / "a.toml").exception)
    called(tmp_path / "cut.ndjson", "-o", tmp_path / "a.toml", "--whole-sessions")
    assert "Calibrated from 60 turns" in (tmp_path / "a.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nowhere.ndjson",), "nowhere.ndjson cannot be read (No such file or directory): name a recording"),
        (("{recording}", "-o", "{folder}/mine.txt"), "give a name that ends so"),
        (("{recording}", "-o", "{folder}/no/mine.toml"), "make it, or name another"),
        (
            ("{recording}", "-o", "{folder}/taken.toml"),
            "exists, and nothing is written over: name another file with -o",
        ),
        (("{few}",), "hold 58 whole turns with words to read, and a profile needs 59: record more typed prompts"),
        (("{foreign}",), "is no recording: name a file that python -m servers.recording has made"),
        (("{other}",), "is of schema 'gemini-live-bench.run.v1', and this version reads"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_in_one_line_and_leaves_nothing(
    arguments, complaint, recording, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.png").write_text("kept")
    (tmp_path / "foreign").write_text("Dear diary\n")
    (tmp_path / "other").write_text(json.dumps({"schema": "gemini-live-bench.run.v1"}) + "\n")
    conversation(tmp_path / "few", LIVE_TEXT, 58)
    before = sorted(tmp_path.iterdir())
    names = {"recording": recording, "folder": tmp_path, **{n: tmp_path / n for n in ("few", "foreign", "other")}}
    error = called(*(argument.format(**names) for argument in arguments)).exception
    assert isinstance(error, BenchError)
    assert complaint in str(error) and "\n" not in str(error)
    assert sorted(tmp_path.iterdir()) == before
