from pathlib import Path

import pytest
from click.testing import CliRunner
from made_up_gate import CPU, begun, losing, made, to
from made_up_project import IDENTITY, commit, project

from bench.cli import app
from bench.errors import BenchError
from bench.gate import command, folder as results
from bench.gate.conclude import judge
from bench.gate.rule import LEAST_BLOCKS

ENDED = judge(begun(trials=made(blocks=3).trials))
UNDECIDED = made({CPU: 1.08}, noise=0.05)
CODES = [
    (made(), 0),
    (made({CPU: 1.5}), 1),
    (made(change=losing(1)), 1),
    (made({CPU: 1.5}, accepted=["cpu_seconds_per_turn"]), 0),
    (made({CPU: 1.5}, change=to("head", [1], build="x")), 3),
    (UNDECIDED, 4),
    (made(blocks=0), 4),
    (ENDED, 130),
    (UNDECIDED.model_copy(update={"complete": False}), 130),
]
IDS = ["pass", "fail", "lost", "accepted", "mixed up", "undecided", "nothing", "ended", "ended later"]


@pytest.fixture(autouse=True)
def outside_of_any_workflow(monkeypatch):
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def called(monkeypatch, tmp_path):
    """Calls the gate, which then comes to what is given; with the orders it was asked for."""
    orders = []

    def call(gate, *options):
        def make(order, display):
            orders.append(order)
            results.draw(tmp_path, gate)
            return tmp_path, gate

        monkeypatch.setattr(command, "make", make)
        return CliRunner().invoke(app, ["gate", "--base", "main", *options], standalone_mode=False)

    call.orders = orders
    return call


@pytest.mark.parametrize(("gate", "code"), CODES, ids=IDS)
def test_exit_code_is_the_verdict(called, gate, code):
    assert called(gate).return_value == code


@pytest.mark.parametrize(("gate", "code"), CODES, ids=IDS)
def test_verdict_of_a_stored_gate_has_the_same_exit_code(gate, code, tmp_path):
    results.write(tmp_path, gate)
    for place in (tmp_path, tmp_path / "gate.json"):
        told = CliRunner().invoke(app, ["verdict", str(place)], standalone_mode=False)
        assert told.return_value == code and told.output == f"{gate.headline}\n"


def test_verdict_of_a_gate_that_was_killed_is_none(tmp_path):
    results.write(tmp_path, begun())
    told = CliRunner().invoke(app, ["verdict", str(tmp_path)], standalone_mode=False)
    assert told.return_value == 130
    assert told.output == "no verdict: it was ended before it had come to a decision\n"


def test_verdict_of_what_is_no_gate_is_refused(tmp_path):
    result = CliRunner().invoke(app, ["verdict", str(tmp_path)])
    assert isinstance(result.exception, BenchError) and "name the folder of a gate" in str(result.exception)


def test_decisions_are_told_then_the_verdict_then_where_the_report_is(called, tmp_path):
    gate = made({CPU: 1.5}, change=losing(1))
    *_, cpu, _, _, _, _, lost, headline, where = called(gate).output.splitlines()
    assert cpu.startswith("FAIL: Processor time per turn ") and lost.startswith("FAIL: 20 turns lost")
    assert headline == gate.headline and where == f"Report: {tmp_path / 'gate.md'}"


def test_reasons_are_told_with_their_weight(called):
    output = called(made(change=to("head", [1], build="x"))).output
    assert "\nINVALID: the head is HEAD, build bbbb2222, but a server" in output


def test_workflow_gets_annotations_and_a_summary(called, monkeypatch, tmp_path):
    step = tmp_path / "step.md"
    step.write_text("before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    output = called(made({CPU: 1.5})).output
    assert sum(line.startswith("::error ") for line in output.splitlines()) == 2
    assert step.read_text(encoding="utf-8") == "before\n" + (tmp_path / "gate.md").read_text(encoding="utf-8")


def test_summary_that_cannot_be_written_loses_no_verdict(called, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    result = called(made({CPU: 1.5}))
    assert result.return_value == 1 and "warning: the summary of the step" in result.output


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["gate"], "no base: give the revision to compare with, as in --base origin/main"),
        (["gate", "--base", "main", "--target", "flusk"], "there is no target 'flusk'"),
        (["gate", "--base", "main", "--target", "mine=ws://127.0.0.1:1"], "is an address"),
        (["gate", "--base", "no-such-revision"], "'no-such-revision' as the base is no commit in "),
        (["gate", "--base", ""], "'' as the base names no revision"),
        (["gate", "--base", "--all"], "'--all' as the base names no revision"),
        (["gate", "--base", "main", "--aa", "--head", "other"], "--aa measures the base against itself: leave --head"),
        (["gate", "--base", "main", "--baseline", "results/reference"], "--base and --baseline together"),
        (["gate", "--baseline", "results/reference", "--aa"], "compares services and no revisions: leave --aa away"),
        (["gate", "--baseline", "results/reference", "--head", "x"], "no revisions: leave --head away"),
        (["gate", "--base", "main", "--yardstick", "flask"], "--yardstick is of a --baseline: leave it away"),
        (["gate", "--base", "main", "--yardstick", ""], "--yardstick is of a --baseline: leave it away"),
        (["gate", "--base", "main", "--auth", "adc"], "--auth is of a --baseline: leave it away"),
        (["gate", "--baseline", "results", "--auth", "adc"], "--auth adc is of addresses, and no target is one"),
        (["gate", "--base", "HEAD", "--aa", "--if-changed"], "leave it away beside --aa"),
        (["gate", "--baseline", "results/reference", "--if-changed"], "leave it away beside --baseline"),
        (["gate", "--base", "HEAD", "--if-changed"], "are the same commit: nothing to compare"),
        (["gate", "--base", "no-such-revision", "--if-changed"], "'no-such-revision' as the base is no commit in "),
        (["gate", "--base", "HEAD", "--head", "no-such-revision"], "'no-such-revision' as the head is no commit in "),
    ],
)
def test_bad_input_is_told_in_one_line_and_leaves_nothing(options, complaint, tmp_path, monkeypatch):
    monkeypatch.setattr("bench.gate.make.check_cores", lambda: None)
    result = CliRunner().invoke(app, [*options, "--results", str(tmp_path)])
    assert isinstance(result.exception, BenchError)
    assert complaint in str(result.exception) and "\n" not in str(result.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def unchanged(monkeypatch, tmp_path):
    """A project whose last commit changes nothing that is served, as the one of this code."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    repository = project(tmp_path / "project")
    commit(repository, "words", {"readme.txt": "changed", "servers/page/chat.js": "changed"})
    monkeypatch.setattr("bench.gate.make.check_cores", lambda: None)
    monkeypatch.setattr("bench.gate.make.running_project", lambda: repository)
    return ["gate", "--base", "third", "--results", str(tmp_path / "results")]


def test_nothing_that_is_served_differs_is_no_gate_where_that_is_asked_for(unchanged, tmp_path):
    told = CliRunner().invoke(app, [*unchanged, "--if-changed"], standalone_mode=False)
    assert told.exception is None and told.return_value == 0
    assert told.output.startswith("nothing that is served differs between third (")
    assert not (tmp_path / "results").exists()


def test_nothing_that_is_served_differs_is_refused_otherwise(unchanged, tmp_path):
    result = CliRunner().invoke(app, unchanged)
    assert isinstance(result.exception, BenchError) and "nothing that is served differs" in str(result.exception)
    assert not (tmp_path / "results").exists()


def test_change_of_what_is_served_is_measured_though_only_changes_are_asked_for(called):
    assert called(made({CPU: 1.5}), "--if-changed").return_value == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--blocks", str(LEAST_BLOCKS - 1)],
        ["--blocks", "3"],
        ["--max-minutes", "0"],
        ["--max-minutes", "nan"],
        ["--accept", "p99"],
        ["--seed", "x"],
    ],
)
def test_option_that_makes_no_sense_is_a_usage_error(options):
    result = CliRunner().invoke(app, ["gate", "--base", "main", *options])
    assert result.exit_code == 2
    assert f"Invalid value for '{options[0]}'" in result.output


@pytest.mark.parametrize("name", command.ACCEPTABLE)
def test_every_metric_and_every_statistic_can_be_accepted(called, name):
    assert called(made(), "--accept", name).return_value == 0


def test_there_is_one_name_for_lost_turns_and_two_for_a_percentile():
    assert {"lost_turns", "ttft_added_seconds", "ttft_added_seconds.p95", "cpu_seconds_per_turn"} <= set(
        command.ACCEPTABLE
    )


def test_report_of_a_gate_s_folder_is_drawn_anew(tmp_path: Path):
    results.write(tmp_path, made({CPU: 1.5}))
    told = CliRunner().invoke(app, ["report", str(tmp_path)], standalone_mode=False)
    assert told.output.strip() == str(tmp_path / "gate.md")
    assert {path.name for path in tmp_path.iterdir()} == {"gate.json", "gate.md", "junit.xml", "charts"}
    assert "FAIL: quart" in (tmp_path / "gate.md").read_text(encoding="utf-8")
