from collections.abc import Sequence
from dataclasses import replace

import pytest

from servers.fake_gemini.notes import Note
from servers.recording.agreement import Pair
from servers.recording.rehearsal import _judge, main

NOTE = Note(0.5, b"{}", is_text=False)
LATE = replace(NOTE, due_seconds=0.504)
HOURS = "3600"


def test_what_is_recorded_of_a_replay_is_what_was_recorded_before(capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever time it takes here."""
    assert main(["--profile", "fast", "--sessions", "2", "--turns", "2", "--within", HOURS]) == 0
    told = capfd.readouterr().out
    assert "through the relay p50 " in told
    assert "recorded, replayed and recorded again: 0 are others; apart p50 " in told
    assert "0 of them are more than 3.6e+06 ms apart" in told


@pytest.mark.parametrize("option", ["--sessions", "--turns", "--within"])
def test_numbers_by_which_nothing_would_be_said_are_refused(option: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([option, "0"])
    assert (left.value.code, capfd.readouterr().err.count("\n")) == (2, 1)


def test_fake_that_cannot_be_started_ends_it_with_the_reason(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--profile", "nope"])
    stdout, stderr = capfd.readouterr()
    assert (left.value.code, stdout) == (2, "")
    assert stderr.startswith("error: there is no profile 'nope'") and stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("found", "within_seconds", "code", "told"),
    [
        ([Pair(NOTE, NOTE)], 0.005, 0, "0 are others; apart p50 0.00 ms"),
        ([Pair(NOTE, LATE)], 0.005, 0, "0 of them are more than 5 ms apart"),
        ([Pair(LATE, NOTE)], 0.003, 1, "1 of them are more than 3 ms apart"),
        (
            [Pair(NOTE, NOTE), Pair(NOTE, None)],
            0.005,
            1,
            "2 frames recorded, replayed and recorded again: 1 are others",
        ),
    ],
)
def test_frame_that_is_another_or_came_at_another_time_is_exit_code_1(
    found: Sequence[Pair], within_seconds: float, code: int, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _judge(found, within_seconds) == code
    assert told in capfd.readouterr().out
