import json
from pathlib import Path

import pytest
from made_up_selftest import begun, made

import bench
from bench.errors import BenchError
from bench.selftest import folder as results
from bench.selftest.judge import judge
from bench.selftest.record import SelfTest, json_schema

PUBLISHED = Path(bench.__file__).parent / "schema" / "selftest.v1.json"


def test_published_schema_is_that_of_the_code():
    assert PUBLISHED.read_text() == json_schema(), (
        "run: python -m bench.selftest.record > bench/schema/selftest.v1.json"
    )


def test_record_comes_back_as_it_was_written(tmp_path):
    results.write(tmp_path, made())
    values = json.loads((tmp_path / "selftest.json").read_text())
    assert next(iter(values)) == "schema" and values["schema"] == "gemini-live-bench.selftest.v1"
    assert SelfTest.model_validate(values) == made()


def test_summary_and_chart_are_drawn_the_same_each_time(tmp_path):
    drawn = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        results.draw(tmp_path / name, made())
        drawn.append({path.name: path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()})
    assert drawn[0] == drawn[1] and set(drawn[0]) == {"selftest.md", "selftest.svg", "selftest.png"}


def test_nothing_measured_has_a_summary_and_no_chart(tmp_path):
    results.draw(tmp_path, judge(begun()))
    assert {path.name for path in tmp_path.iterdir()} == {"selftest.md"}


def test_folder_that_cannot_be_written_to_is_told_in_one_line(tmp_path):
    with pytest.raises(BenchError, match=r"^cannot write the report into .*gone: No such file or directory; copy it"):
        results.draw(tmp_path / "gone", made())
