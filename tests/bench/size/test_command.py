import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from made_up_capacity import made as made_capacity
from made_up_size import made, order

import bench
import servers
from bench.capacity import folder as capacities
from bench.cli import app
from bench.errors import BenchError
from bench.results import Reason, Validity
from bench.size.make import make
from bench.size.record import Size, json_schema

PUBLISHED = Path(bench.__file__).parent / "schema" / "size.v1.json"
REFERENCE = Path(__file__).parents[3] / "results" / "reference" / "capacity"
PRICES = Path(servers.__file__).parent / "cloudrun" / "prices.toml"


def called(tmp_path, *arguments):
    options = ["size", *map(str, arguments), "--results", str(tmp_path / "results")]
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, options, standalone_mode=False)


def folder_of(tmp_path):
    (folder,) = (tmp_path / "results").iterdir()
    return folder


def test_published_schema_is_that_of_the_code():
    renew = "run: python -m bench.size.record > bench/schema/size.v1.json"
    assert PUBLISHED.read_text() == json_schema(), renew


def test_published_search_is_sized_with_every_step_shown(tmp_path):
    result = called(tmp_path, REFERENCE, "--users", 3000, "--prices", PRICES)
    assert (result.exception, result.return_value) == (None, 0)
    for said in (
        "concurrency setting: 96, its 100 threads less 4 to spare",
        "3,000 people at 57 for each instance, 60 % of 96, take 53 instances",
        "an instance with an open WebSocket is billed all the time, 0.0684 USD an hour",
        "Flask takes 53 instances for 3,000 people at a time, 1.21 USD for a thousand session-hours.",
        f"Sizing: {folder_of(tmp_path) / 'size.md'}",
    ):
        assert said in result.output


def test_folder_holds_the_record_the_summary_and_the_chart(tmp_path):
    called(tmp_path, REFERENCE, "--users", 3000, "--prices", PRICES)
    folder = folder_of(tmp_path)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*")} == {
        "size.json", "size.md", "charts", "charts/size.svg", "charts/size.png",
    }  # fmt: skip
    record = json.loads((folder / "size.json").read_text())
    assert next(iter(record)) == "schema"
    assert Size.model_validate(record).id == folder.name
    summary = (folder / "size.md").read_text()
    assert "| Flask | 100 | 96 | 53 |" in summary
    assert "1. one server: it held 100 in 6 searches" in summary


def test_a_target_that_cannot_serve_them_is_exit_code_1(tmp_path):
    result = called(tmp_path, REFERENCE, "--users", 10, "--objective", "ttft_added p95 <= 1ms")
    assert (result.exception, result.return_value) == (None, 1)
    assert not (folder_of(tmp_path) / "charts").exists()


def test_only_targets_that_are_named_are_sized(tmp_path):
    result = called(tmp_path, REFERENCE, "--users", 10, "--target", "quart")
    assert "Quart takes 1 instance for 10 people at a time." in result.output
    assert "Flask" not in result.output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((REFERENCE / "nowhere",), "cannot be read"),
        ((REFERENCE.parent,), "capacity.json cannot be read"),
        ((REFERENCE.parent / "run.json",), "this version reads 'gemini-live-bench.capacity.v1'"),
        ((REFERENCE, "--target", "django"), "has no target 'django': choose from flask, quart"),
        ((REFERENCE, "--objective", "nonsense"), "cannot read 'nonsense'"),
        ((REFERENCE, "--prices", "nowhere.toml"), "prices nowhere.toml cannot be read"),
    ],
)
def test_what_cannot_be_sized_is_refused_and_leaves_nothing(tmp_path, arguments, complaint):
    result = called(tmp_path, *arguments, "--users", 10)
    assert isinstance(result.exception, BenchError)
    assert complaint in str(result.exception)
    assert not (tmp_path / "results").exists()


def test_an_invalid_search_proves_nothing(tmp_path):
    why = Reason(check="schedule", verdict="INVALID", message="the load was late")
    invalid = made_capacity().model_copy(update={"validity": Validity(verdict="INVALID", reasons=[why])})
    capacities.write(tmp_path, invalid)
    result = called(tmp_path, tmp_path, "--users", 10)
    assert "is INVALID and proves nothing (schedule: the load was late); search again" in str(result.exception)


def test_same_search_gives_the_same_sizing(tmp_path):
    asked = order()
    _, first = make(asked.__class__(**{**vars(asked), "results": tmp_path}))
    assert first.sized == made().sized


@pytest.mark.parametrize("users", ["0", "-1", "1000000000000", "nan"])
def test_more_people_than_anybody_could_mean_are_refused_as_are_none(tmp_path, users):
    result = called(tmp_path, REFERENCE, "--users", users)
    assert isinstance(result.exception, click.UsageError) and "--users" in str(result.exception.format_message())
