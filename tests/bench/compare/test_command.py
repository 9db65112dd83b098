from pathlib import Path

import pytest
from click.testing import CliRunner
from made_up_pair import on, one, scaled
from made_up_run import made_up_folder

from bench import store
from bench.cli import app
from bench.compare import words
from bench.compare.record import Comparison
from bench.errors import BenchError

REFERENCE = Path(__file__).parents[3] / "results" / "reference"


def called(tmp_path, a, b, *options):
    results = tmp_path / "results"
    arguments = ["compare", str(a), str(b), "--results", str(results), *options]
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, arguments, standalone_mode=False)


def kept(tmp_path, name, run):
    folder = tmp_path / name
    folder.mkdir()
    store.write_run(folder, run)
    return folder


def record(tmp_path):
    (folder,) = (tmp_path / "results").iterdir()
    return Comparison.model_validate_json((folder / "compare.json").read_text())


def test_published_run_differs_in_nothing_from_itself(tmp_path):
    result = called(tmp_path, REFERENCE, REFERENCE / "run.json")
    assert (result.exception, result.return_value) == (None, None)
    comparison = record(tmp_path)
    ratios = [row.change.ratio for row in comparison.compared if row.in_both]
    assert len(ratios) > 400
    below_zero = [row for row in comparison.compared if "below 0" in " ".join(row.change.warnings)]
    assert len([ratio for ratio in ratios if ratio is None]) == len(below_zero)
    assert {round(ratio, 9) for ratio in ratios if ratio is not None} == {1.0}
    verdicts = {change.verdict for row in comparison.compared for change in (row.change, row.beside) if change}
    assert verdicts == {"no difference", "inconclusive", None}
    assert comparison.across_machines == comparison.differences == []
    assert "A and B are the same run." in result.output


def test_table_comes_first_and_the_answer_and_the_files_last(tmp_path):
    a, b = made_up_folder(tmp_path / "a"), made_up_folder(tmp_path / "b")
    lines = called(tmp_path, a, b).output.splitlines()
    assert lines[0].split() == ["A", "B", "B", "/", "A", "verdict"]
    assert lines[1].strip() == "Flask: interrupting, 2 people"
    assert lines[-2] == record(tmp_path).headline
    assert lines[-1].startswith("Comparison: ") and "compare.md, charts in " in lines[-1]


def test_worse_is_an_answer_and_no_failure(tmp_path):
    a = one()
    folders = kept(tmp_path, "a", a), kept(tmp_path, "b", scaled(a, 3, "relay_seconds", "quart"))
    result = called(tmp_path, *folders)
    assert (result.exception, result.exit_code) == (None, 0)
    assert "\N{MULTIPLICATION SIGN}3.00 [3.00, 3.00]  worse" in result.output
    assert "comparing is not gating" in CliRunner().invoke(app, ["compare", "--help"]).output


def test_two_machines_are_said_before_all_else(tmp_path):
    a = one()
    folders = kept(tmp_path, "a", a), kept(tmp_path, "b", on(a, cpu_model="faster"))
    refused = called(tmp_path, *folders)
    assert isinstance(refused.exception, BenchError) and not (tmp_path / "results").exists()
    lines = called(tmp_path, *folders, "--across-machines").output.splitlines()
    assert lines[0] == words.ACROSS
    assert "differs: processor: A made up, B faster" in lines


def test_what_else_differs_is_said(tmp_path):
    a = one()
    folders = kept(tmp_path, "a", a), kept(tmp_path, "b", on(a, packages={"quart": "2"}))
    assert "differs: package quart: A none, B 2" in called(tmp_path, *folders).output.splitlines()


@pytest.mark.parametrize("missing", [["compare"], ["compare", "a"]])
def test_two_runs_are_needed(missing):
    assert CliRunner().invoke(app, missing).exit_code == 2
