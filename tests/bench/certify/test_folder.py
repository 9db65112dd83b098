import json
from pathlib import Path

from made_up_certificate import climbed, stored

import bench
from bench.certify import folder as results
from bench.certify.folder import StoredCertificate, json_schema

PUBLISHED = Path(bench.__file__).parent / "schema" / "certificate.v1.json"


def test_published_schema_is_that_of_the_code():
    renew = "run: python -m bench.certify.folder > bench/schema/certificate.v1.json"
    assert PUBLISHED.read_text() == json_schema(), renew


def test_certificate_comes_back_as_it_was_written(tmp_path):
    results.write(tmp_path, climbed())
    text = (tmp_path / "certificate.json").read_text()
    assert StoredCertificate.model_validate_json(text) == climbed()
    assert next(iter(json.loads(text))) == "schema"


def test_fields_of_a_newer_writer_are_no_obstacle():
    newer = {**json.loads(climbed().model_dump_json()), "something_new": 1}
    assert StoredCertificate.model_validate(newer) == climbed()


def test_chart_and_summary_are_drawn_beside_the_record(tmp_path):
    results.draw(tmp_path, climbed())
    assert {path.name for path in tmp_path.iterdir()} == {"certificate.md", "certificate.png", "certificate.svg"}
    summary = (tmp_path / "certificate.md").read_text()
    assert summary.startswith(
        "## This generator on this machine reads right up to 1,698 chunks a second and 283 people"
    )
    assert "| people | 25 | 50 | 100 | 200 | 283 | 400 |" in summary
    assert "`live-bench certify` at commit `0123456789ab`" in summary


def test_certificate_of_nothing_has_a_summary_and_no_chart(tmp_path):
    results.draw(tmp_path, stored())
    assert [path.name for path in tmp_path.iterdir()] == ["certificate.md"]
    assert "Nothing was measured." in (tmp_path / "certificate.md").read_text()
