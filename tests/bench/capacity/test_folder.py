import json
from pathlib import Path

from made_up import FLASK, QUART
from made_up_capacity import begun, made

import bench
from bench.capacity import folder as results
from bench.capacity.record import Capacity, json_schema

PUBLISHED = Path(bench.__file__).parent / "schema" / "capacity.v1.json"


def test_published_schema_is_that_of_the_code():
    renew = "run: python -m bench.capacity.record > bench/schema/capacity.v1.json"
    assert PUBLISHED.read_text() == json_schema(), renew


def test_record_comes_back_as_it_was_written(tmp_path):
    results.write(tmp_path, made())
    text = (tmp_path / "capacity.json").read_text()
    assert Capacity.model_validate_json(text) == made()
    assert next(iter(json.loads(text))) == "schema"


def test_fields_of_a_newer_writer_are_no_obstacle():
    newer = {**json.loads(made().model_dump_json()), "something_new": 1}
    assert Capacity.model_validate(newer) == made()


def test_chart_summary_and_page_are_drawn_beside_the_record(tmp_path):
    results.draw(tmp_path, made())
    assert {path.name for path in tmp_path.iterdir()} == {"charts", "summary.md", "report.html"}
    assert {path.name for path in (tmp_path / "charts").iterdir()} == {"capacity.png", "capacity.svg"}
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("## Flask holds 100 people (the same in 6 searches)")
    assert "| 1 | " in summary and "**VALID**." in summary
    assert "`live-bench capacity` at commit `0123456789ab`" in summary


def test_page_needs_nothing_but_itself_and_says_the_same(tmp_path):
    results.draw(tmp_path, made())
    html = (tmp_path / "report.html").read_text()
    assert html.startswith("<!doctype html>") and "<svg" in html and "VALID" in html
    assert "<h1>Flask holds 100 people, Quart 625</h1>" in html
    assert "http://" not in html.replace("http://www.w3.org/", "") and "https://" not in html


def test_label_of_a_target_is_never_taken_for_html(tmp_path):
    odd = QUART.model_copy(update={"label": "<script>alert(1)</script>"})
    results.draw(tmp_path, made(targets=[FLASK, odd], repeats=1))
    assert "<script>alert" not in (tmp_path / "report.html").read_text()
    assert "<script>" not in (tmp_path / "summary.md").read_text()


def test_search_that_was_ended_before_its_first_probe_has_a_page_and_no_chart(tmp_path):
    results.draw(tmp_path, begun())
    assert {path.name for path in tmp_path.iterdir()} == {"summary.md", "report.html"}
    assert "**Incomplete**" in (tmp_path / "summary.md").read_text()
    assert "INCOMPLETE" in (tmp_path / "report.html").read_text()
