"""A whole calibration: recordings read, a profile fitted, and how far it lies from them."""

from collections.abc import Sequence
from pathlib import Path

from bench.calibrate.fit import fit
from bench.calibrate.goodness import distances
from bench.calibrate.record import Calibration
from bench.calibrate.samples import Samples, recorded
from bench.errors import BenchError
from bench.stats import sample_floor
from servers.fake_gemini.repertoire import part_of
from servers.recording.errors import RecordingError
from servers.recording.reading import Recording, read

FEWEST_TURNS = sample_floor(95)
"""A profile that says nothing of the slowest twentieth would flatter the model."""


def read_all(paths: Sequence[Path], *, whole_sessions: bool) -> list[Recording]:
    """Raises BenchError where one of them is none."""
    try:
        return [read(path, whole_sessions=whole_sessions) for path in paths]
    except RecordingError as error:
        raise BenchError(str(error)) from error


def calibrate(recordings: Sequence[Recording], name: str) -> Calibration:
    """Pure. Raises BenchError where there are too few turns to tell anything."""
    parts = [part_of(session) for recording in recordings for session in recording.sessions]
    parts = [part for part in parts if part.turns]
    samples = recorded(turn for part in parts for turn in part.turns)
    _check(samples)
    sources = list(dict.fromkeys(recording.header.to for recording in recordings))
    days = sorted({recording.header.started_at[:10] for recording in recordings})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    fitted = fit(samples, f"Calibrated from {samples.turns} turns, recorded of {', '.join(sources)}, {when}")
    return Calibration(
        profile=fitted.profile,
        name=name,
        turns=samples.turns,
        sessions=len(parts),
        sources=sources,
        distances=distances(samples, fitted.profile),
        notes=fitted.notes,
    )


def _check(samples: Samples) -> None:
    if samples.turns < FEWEST_TURNS:
        raise BenchError(
            f"the recordings hold {samples.turns} whole turns with words to read, and a profile needs {FEWEST_TURNS}: "
            "record more typed prompts, answered to the end (where the model speaks, with output transcription)"
        )
