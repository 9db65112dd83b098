"""The load test that is started by hand: what its form's defaults come to."""

import re
import shutil
from pathlib import Path

import click
import pytest

from bench import caps
from bench.cli import app
from bench.elsewhere import Caps
from bench.errors import BenchError
from bench.profile import load_profile
from tests.jobs.job_files import ROOT, read, script, steps
from tests.jobs.made_up_github import GitHub

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="the scripts of the jobs are bash's")
INPUTS = read(ROOT / ".github" / "workflows" / "load-test.yml")["on"]["workflow_dispatch"]["inputs"]
FOR_REAL = "servers/cloudrun/few-people.toml"


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


def options(github: GitHub, *, real: bool, **typed_in: str) -> dict[str, object]:
    """What `live-bench run` reads from the words it is called with, where the rest of the form is left as it is."""
    github.program(".venv/bin/live-bench", 'printf "%s\\n" "$@" > words')
    form = {name: str(value.get("default", "")) for name, value in INPUTS.items()} | typed_in
    done = github.bash(
        script("load-test", "Load the server"),
        URL="wss://chat.example.com",
        PROFILE=form["profile"] or (FOR_REAL if real else "default"),
        PROCESSES=form["processes"],
        REAL="yes" if real else "",
        MAX_SESSIONS=form["max_sessions"],
        MAX_TURNS=form["max_turns"],
    )
    assert done.returncode == 0, done.stderr
    name, *words = (github.folder / "words").read_text().splitlines()
    with app.commands[name].make_context(name, words) as context:
        return dict(context.params)


def check(options: dict[str, object], *, real: bool) -> None:
    """What a run looks at before it begins. Raises BenchError."""
    given = Caps.model_validate({name: options[name] for name in ("max_sessions", "max_turns")})
    caps.check(given, load_profile(str(options["profile"])), real_model=real)


@needs_bash
def test_form_with_the_box_ticked_loads_a_real_model_within_small_caps(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    chosen = options(github, real=True)
    assert chosen["allow_real_model"] is True
    assert (chosen["max_sessions"], chosen["max_turns"]) == (5, 300)
    check(chosen, real=True)


@needs_bash
def test_form_with_the_box_ticked_refuses_a_profile_with_more_people(github: GitHub) -> None:
    with pytest.raises(BenchError, match="above --max-sessions 5"):
        check(options(github, real=True, profile="default"), real=True)


@needs_bash
def test_form_without_the_box_loads_a_fake_with_as_many_as_the_profile_has(github: GitHub) -> None:
    chosen = options(github, real=False)
    assert (chosen["allow_real_model"], chosen["max_sessions"], chosen["max_turns"]) == (False, None, None)
    check(chosen, real=False)


@needs_bash
def test_a_cap_that_is_no_number_is_refused_by_the_command(github: GitHub) -> None:
    with pytest.raises(click.BadParameter, match="not a valid integer"):
        options(github, real=True, max_turns="1; ls")


def test_profile_that_is_left_empty_is_chosen_by_the_box() -> None:
    (step,) = [step for where, step in steps() if where.endswith("Load the server")]
    said = step["env"]["PROFILE"]
    assert re.findall(r"'(.*?)'", said) == [FOR_REAL, "default"] and "inputs.allow_real_model &&" in said
    assert INPUTS["profile"]["default"] == "" and (ROOT / FOR_REAL).is_file()


@needs_bash
def test_what_came_out_is_shown_and_where_nothing_did_that_is_said(github: GitHub) -> None:
    show = script("load-test", "Show what came out")
    done = github.bash(show)
    assert done.returncode == 0 and done.stdout.startswith("::notice title=load-test::nothing was measured")
    folder = github.folder / "results" / "20260131T120000Z-default"
    folder.mkdir(parents=True)
    (folder / "summary.md").write_text("# VALID\n")
    done = github.bash(show)
    assert (done.returncode, done.stdout) == (0, "")
    assert github.summary.read_text() == "# VALID\n"
