import re

import pytest
from made_up_gate import CPU, begun, losing, made, to

from bench.gate import workflow
from bench.gate.conclude import judge
from bench.gate.summary import summary
from bench.gate.workflow import annotations, append_summary, cut

GITHUB = {"GITHUB_ACTIONS": "true"}


def test_summary_is_added_to_what_is_there(tmp_path):
    step = tmp_path / "step.md"
    step.write_text("before\n")
    assert append_summary("über\n", {"GITHUB_STEP_SUMMARY": str(step)}) is None
    assert step.read_text(encoding="utf-8") == "before\nüber\n"


def test_summary_goes_nowhere_without_a_step(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert append_summary("text", {}) is None and append_summary("text", {"GITHUB_STEP_SUMMARY": ""}) is None
    assert list(tmp_path.iterdir()) == []


def test_summary_that_cannot_be_written_is_told_and_no_end(tmp_path):
    told = append_summary("text", {"GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert told == f"warning: the summary of the step, {tmp_path}, cannot be written: Is a directory"


def test_long_summary_is_cut_before_it_is_added(tmp_path, monkeypatch):
    monkeypatch.setattr(workflow, "SUMMARY_BYTES", 400)
    append_summary("a line\n" * 100, {"GITHUB_STEP_SUMMARY": str(tmp_path / "step.md")})
    assert (tmp_path / "step.md").stat().st_size <= 400


def test_text_that_fits_is_whole():
    text = summary(made())
    assert cut(text, len(text.encode())) == text
    assert cut(text, len(text.encode()) - 1) != text


@pytest.mark.parametrize("most", range(200, 230))
def test_cut_text_keeps_to_its_bytes_and_to_whole_lines_whatever_character_it_ends_in(most):
    text = "🙂é line\n" * 60
    shortened = cut(text, most)
    assert len(shortened.encode()) <= most
    assert shortened.endswith(workflow.CUT)
    kept = shortened.removesuffix(workflow.CUT)
    assert kept and set(kept.splitlines()) == {"🙂é line"}


def test_nothing_is_annotated_outside_of_a_workflow():
    for environ in ({}, {"GITHUB_ACTIONS": "false"}, {"GITHUB_ACTIONS": ""}):
        assert annotations(made({CPU: 1.5}), environ) == []


@pytest.mark.parametrize(
    ("gate", "level", "verdict"),
    [
        (made(), "notice", "PASS"),
        (made({CPU: 1.5}), "error", "FAIL"),
        (made(noise=0.6), "warning", "INCONCLUSIVE"),
        (judge(begun()), "error", "INVALID"),
    ],
)
def test_verdict_is_annotated_at_its_level(gate, level, verdict):
    (first, *_) = annotations(gate, GITHUB)
    assert first.startswith(f"::{level} title=regression gate%3A {verdict}::{verdict}: ")


def test_each_failure_has_a_line_of_its_own():
    _, lost, cpu = annotations(made({CPU: 1.5}, change=losing(1)), GITHUB)
    assert lost.startswith("::error title=regression::20 turns lost")
    assert cpu.startswith("::error title=regression::Processor time per turn \N{MULTIPLICATION SIGN}1.5")


def test_what_means_something_to_a_workflow_is_escaped():
    hostile = "50%\r\n::error::x"
    lines = annotations(made(change=to("head", [1], build=hostile)), GITHUB)
    assert all(re.fullmatch(r"::error title=[^:]*::.*", line) and "\n" not in line for line in lines)
    assert "50%25%0D%0A::error" in lines[0]
