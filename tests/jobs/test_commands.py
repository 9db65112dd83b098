import re
from pathlib import Path

import click
import pytest

from bench.cli import app
from tests.jobs.job_files import ROOT, Script, calls, filled, read, scripts

TYPED_IN = {
    "URL": "wss://chat.example.com",
    "PROFILE": "default",
    "PROCESSES": "1",
    "MAX_SESSIONS": "5",
    "MAX_TURNS": "300",
    "base": "HEAD",
}
"""What people type into the manual job, and what the scripts work out by themselves."""
SCRIPTS = scripts()


def complaint(words: list[str]) -> str | None:
    """What `live-bench` says against a command line before it does anything; None where it would begin."""
    name, *arguments = words
    command = app.commands.get(name)
    if command is None:
        return f"there is no command {name!r}"
    try:
        command.make_context(name, list(arguments))
    except click.UsageError as error:
        return error.format_message()
    return None


def in_a_checkout(words: list[str], results: Path) -> list[str]:
    """The words, with a results folder that exists in the place of the one that a job will have made."""
    return [str(results) if word.startswith("results/") else word for word in words]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.where)
def test_live_bench_takes_every_command_line_of_the_jobs(script: Script, tmp_path: Path) -> None:
    for words in calls(script.text, "live-bench"):
        line = filled(in_a_checkout(words, tmp_path), {**TYPED_IN, **script.values})
        assert complaint(line) is None, f"live-bench {' '.join(words)}"


def test_jobs_call_what_they_are_there_for() -> None:
    called = {words[0] for script in SCRIPTS for words in calls(script.text, "live-bench")}
    assert called == {"doctor", "gate", "run", "selftest", "verdict"}


def test_make_knows_every_verb_of_the_jobs() -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = [words for script in SCRIPTS for words in calls(script.text, "make")]
    assert called and {verb for words in called for verb in words} <= verbs


def test_comment_job_looks_for_the_line_that_gates_begin_their_page_with() -> None:
    marker = read(ROOT / ".github" / "workflows" / "gate-comment.yml")["jobs"]["comment"]["env"]["MARKER"]
    assert any(marker in path.read_text(encoding="utf-8") for path in (ROOT / "bench").rglob("*.py"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["runn"], "there is no command 'runn'"),
        (["run", "--targets", "quart"], "No such option"),
        (["run", "--processes", "many"], "not a valid integer"),
        (["run", "--seed"], "requires an argument"),
        (["report"], "Missing argument"),
        (["run", "--target", "quart"], None),
    ],
)
def test_a_wrong_command_line_is_complained_of(words: list[str], said: str | None) -> None:
    found = complaint(words)
    assert found is None if said is None else found and said in found


def test_calls_are_found_wherever_they_stand_in_a_script() -> None:
    text = (
        'cd x && .venv/bin/live-bench run --target "a=$URL" \\\n  ${REAL:+--allow-real-model} || code=$?\necho live\n'
    )
    assert list(calls(text, "live-bench")) == [["run", "--target", "a=$URL", "--allow-real-model"]]
    assert filled(["a=$URL", "${URL}"], {"URL": "ws://b"}) == ["a=ws://b", "ws://b"]
    with pytest.raises(KeyError, match="OTHER"):
        filled(["$OTHER"], {})
