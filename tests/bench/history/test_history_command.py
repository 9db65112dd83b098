import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from made_up_history import a_run, commit_of, days, estimate, kept, noisy

from bench import store
from bench.cli import app
from bench.errors import BenchError
from bench.history.record import History, json_schema

PUBLISHED = Path(__file__).parents[3] / "bench" / "schema" / "history.v1.json"


def called(*arguments):
    return CliRunner().invoke(app, ["history", *map(str, arguments)], standalone_mode=False)


def test_findings_charts_and_record_are_there(tmp_path):
    kept(tmp_path / "in", days(30, noisy(0.007, at_15=1.2)))
    result = called(tmp_path / "in", "--results", tmp_path / "out")
    assert result.exception is None and result.return_value in (None, 0)
    (folder,) = (tmp_path / "out").iterdir()
    assert folder.name.endswith("-history")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    charts = {"charts/cpu_seconds_per_turn.svg", "charts/cpu_seconds_per_turn.png"}
    assert names == {"history.json", "history.md", *charts}
    *_, finding, where, page = result.output.splitlines()
    assert finding.startswith("WORSE: Processor time per turn") and commit_of(15)[:7] in finding
    assert (where, page) == (f"Charts: {folder / 'charts'}", f"History: {folder / 'history.md'}")
    record = History.model_validate_json((folder / "history.json").read_text())
    assert record.id == folder.name and len(record.runs) == 30
    assert "(charts/cpu_seconds_per_turn.svg)" in (folder / "history.md").read_text()


def test_history_among_the_runs_is_passed_over_the_next_time(tmp_path):
    kept(tmp_path, days(2, noisy(0.007)))
    called(tmp_path, "--results", tmp_path)
    result = called(tmp_path, "--results", tmp_path)
    assert "passed over: 1 history" in result.output
    assert len(list(tmp_path.glob("*-history*"))) == 2


def test_one_run_is_drawn_and_nothing_said_of_change(tmp_path):
    kept(tmp_path / "in", [a_run(0, estimate(0.007))])
    result = called(tmp_path / "in", "--results", tmp_path / "out")
    assert "1 run: too few to tell a change" in result.output
    assert list((tmp_path / "out").glob("*/charts/*.png"))


def test_broken_run_is_a_warning(tmp_path):
    kept(tmp_path / "in", days(2, noisy(0.007)))
    (tmp_path / "in" / "broken").mkdir()
    (tmp_path / "in" / "broken" / store.RUN).write_text("{")
    result = called(tmp_path / "in", "--results", tmp_path / "out")
    assert result.output.startswith("warning: left out: ") and "is not JSON" in result.output.splitlines()[0]


def test_nothing_to_draw_is_an_error_and_leaves_no_folder(tmp_path):
    kept(tmp_path / "in", [a_run(0)])
    for arguments, said in (
        ([tmp_path / "in"], "none of 1 runs has a number to follow"),
        ([tmp_path / "in", "--target", "nobody"], "no run has a target 'nobody': choose from flask, quart"),
        ([tmp_path], "no run is found"),
    ):
        result = called(*arguments, "--results", tmp_path / "out")
        assert isinstance(result.exception, BenchError) and said in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_folder_has_to_be_named():
    assert CliRunner().invoke(app, ["history"]).exit_code == 2


def test_published_schema_is_that_of_the_code():
    assert PUBLISHED.read_text() == json_schema(), "run: python -m bench.history.record > bench/schema/history.v1.json"
    assert json.loads(json_schema())["$schema"]


@pytest.mark.parametrize("target", ["flask", "quart"])
def test_target_can_be_kept_to(tmp_path, target):
    kept(tmp_path / "in", [a_run(0, estimate(1.0), estimate(1.0, "flask"))])
    called(tmp_path / "in", "--target", target, "--results", tmp_path / "out")
    (path,) = (tmp_path / "out").glob("*/history.json")
    assert {each.target for each in History.model_validate_json(path.read_text()).series} == {target}
