import json
from pathlib import Path

from made_up import QUART
from made_up_pair import compared, on, one, row_of, scaled

import bench
from bench.compare import folder as results, words
from bench.compare.record import Comparison, json_schema

PUBLISHED = Path(bench.__file__).parent / "schema" / "compare.v1.json"


def summary(tmp_path, comparison):
    results.write(tmp_path, comparison)
    return (tmp_path / "compare.md").read_text()


def test_published_schema_is_that_of_the_code():
    renew = "run: python -m bench.compare.record > bench/schema/compare.v1.json"
    assert PUBLISHED.read_text() == json_schema(), renew


def test_record_comes_back_as_it_was_written(tmp_path):
    comparison = compared(one(), one())
    results.write(tmp_path, comparison)
    text = (tmp_path / "compare.json").read_text()
    assert Comparison.model_validate_json(text) == comparison
    assert next(iter(json.loads(text))) == "schema"


def test_infinity_comes_back_out_of_json(tmp_path):
    a, b = one(), scaled(one(), 0.0, "relay_seconds", "quart")
    results.write(tmp_path, compared(b, a))
    comparison = Comparison.model_validate_json((tmp_path / "compare.json").read_text())
    row = row_of(comparison, "quart", "relay_seconds", scenario="quiet")
    assert (row.change.ratio, row.change.number("ratio"), row.change.verdict) == (None, float("inf"), "worse")


def test_fields_of_a_newer_writer_are_no_obstacle():
    comparison = compared(one(), one())
    newer = {**json.loads(comparison.model_dump_json()), "something_new": 1}
    assert Comparison.model_validate(newer) == comparison


def test_summary_begins_with_the_finding_then_what_is_to_be_said_against_it(tmp_path):
    text = summary(tmp_path, compared(one(), one()))
    assert text.startswith("## B against A. Flask: ")
    places = [text.index(part) for part in ("Before you believe it", "| Flask: interrupting", "### What differs")]
    assert places == sorted(places)
    assert "In no other setting that is on record do the two differ." in text
    assert "![B against A, Quart: " in text and "](charts/comparison-quart.svg)" in text


def test_summary_of_two_machines_begins_by_saying_what_that_means(tmp_path):
    a = one()
    text = summary(tmp_path, compared(a, on(a, cpu_count=4), across_machines=True))
    assert text.splitlines()[0] == f"**{words.ACROSS}**"
    assert "- cores: A 2, B 4" in text


def test_summary_has_every_number_that_both_have(tmp_path):
    comparison = compared(one(), one())
    text = summary(tmp_path, comparison)
    rows = [row for row in comparison.compared if row.in_both]
    assert f"All {len(rows)} numbers that both have" in text
    table_lines = [line for line in text.partition("<details>")[2].splitlines() if line.startswith("| ")]
    places = {(row.target, row.scenario, row.sessions) for row in rows}
    assert len(table_lines) == len(rows) + 2 * len(places)


def test_second_target_stands_beside_the_first(tmp_path):
    text = summary(tmp_path, compared(one(), one()))
    assert "| Flask: quiet, 2 people | A | B | B / A | verdict |\n" in text
    assert "| Quart: quiet, 2 people | A | B | B / A | verdict | beside Flask | verdict |\n" in text


def test_label_of_a_target_is_never_taken_for_html(tmp_path):
    odd = QUART.model_copy(update={"label": "<script>alert(1)</script>"})
    assert "<script>" not in summary(tmp_path, compared(one(targets=[odd]), one(targets=[odd])))


def test_name_of_a_target_leads_out_of_no_folder(tmp_path):
    odd = QUART.model_copy(update={"name": "../../out"})
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    assert "(charts/comparison-1.svg)" in summary(inside, compared(one(targets=[odd]), one(targets=[odd])))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
