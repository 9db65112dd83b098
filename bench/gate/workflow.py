"""What a workflow on GitHub is told beside the files: the summary of its step, and annotations."""

from collections.abc import Mapping
from pathlib import Path

from bench.gate import words
from bench.gate.record import Gate, Outcome

SUMMARY_BYTES = 900_000
"""GitHub drops a step's summary whole beyond 1 MiB."""
CUT = "\n\n</details>\n\n*Cut here, as a step's summary may not be longer; gate.md has all of it.*\n"
LEVELS: Mapping[Outcome, str] = {"PASS": "notice", "FAIL": "error", "INCONCLUSIVE": "warning", "INVALID": "error"}


def append_summary(text: str, environ: Mapping[str, str]) -> str | None:
    """Adds it to the summary of the step that runs, where there is one.

    Gives what went wrong, if something did: a verdict is not lost for want of a place to show it.
    """
    path = environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return None
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(cut(text, SUMMARY_BYTES))
    except OSError as error:
        return f"warning: the summary of the step, {path}, cannot be written: {error.strerror}"
    return None


def cut(text: str, most_bytes: int) -> str:
    """The text, or as many whole lines of it as leave room to say that it was cut."""
    if len(text.encode()) <= most_bytes:
        return text
    room = most_bytes - len(CUT.encode())
    return text.encode()[:room].decode(errors="ignore").rpartition("\n")[0] + CUT


def annotations(gate: Gate, environ: Mapping[str, str]) -> list[str]:
    """The lines that put a verdict beside the change; none outside of GitHub's workflows."""
    if environ.get("GITHUB_ACTIONS") != "true":
        return []
    lines = [_line(LEVELS[gate.verdict], f"regression gate: {gate.verdict}", gate.headline)]
    if gate.verdict == "FAIL":
        lines += [_line("error", "regression", text) for text in words.failing(gate)]
    return lines


def _line(level: str, title: str, message: str) -> str:
    """With what the workflow command language gives a meaning to written as it asks."""
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{level} title={title.replace('%', '%25').replace(':', '%3A').replace(',', '%2C')}::{escaped}"
