import json
from pathlib import Path

import pytest
from made_up_gate import CPU, begun, losing, made, spoiled

import bench
from bench.errors import BenchError
from bench.gate import folder as results
from bench.gate.conclude import judge
from bench.gate.record import json_schema

PUBLISHED = Path(bench.__file__).parent / "schema" / "gate.v1.json"


def refusal(path: Path) -> str:
    with pytest.raises(BenchError) as refused:
        results.read(path)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_published_schema_is_that_of_the_code():
    renew = "run: python -m bench.gate.record > bench/schema/gate.v1.json"
    assert PUBLISHED.read_text() == json_schema(), renew


@pytest.mark.parametrize(
    "gate",
    [
        begun(),
        made(),
        made({CPU: 1.5}, change=losing(2), accepted=["lost_turns"], packages={"quart": ("0.19", None)}),
        made(blocks=0),
        made({}, 24, change=spoiled(range(1, 5)), spoiled=[1, 2, 3, 4]),
    ],
    ids=["begun", "pass", "fail", "empty", "spoiled"],
)
def test_record_comes_back_as_it_was_written(gate, tmp_path):
    results.write(tmp_path, gate)
    assert results.read(tmp_path) == gate
    assert results.read(tmp_path / "gate.json") == gate
    values = json.loads((tmp_path / "gate.json").read_text())
    assert next(iter(values)) == "schema" and values["schema"] == "gemini-live-bench.gate.v1"


def test_fields_of_a_newer_writer_are_no_obstacle(tmp_path):
    results.write(tmp_path, made())
    values = json.loads((tmp_path / "gate.json").read_text())
    (tmp_path / "gate.json").write_text(json.dumps({**values, "something_new": 1}))
    assert results.read(tmp_path) == made()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"schema": "gemini-live-bench.gate.v2"}', "has schema 'gemini-live-bench.gate.v2', but this version reads"),
        ('{"schema": "gemini-live-bench.run.v1"}', "has schema 'gemini-live-bench.run.v1', but this version reads"),
        ("{}", "has schema None"),
        ("[]", "has schema None"),
        ("not at all", "is not JSON"),
        ('{"schema": "gemini-live-bench.gate.v1"}', "does not keep to its schema: id: Field required"),
    ],
)
def test_what_is_no_gate_is_refused_in_one_line(text, complaint, tmp_path):
    (tmp_path / "gate.json").write_text(text)
    assert complaint in refusal(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "gate.json").write_bytes(b"\xff\xfe\x00")
    assert "is not JSON" in refusal(tmp_path)


def test_folder_without_a_gate_is_refused(tmp_path):
    assert "gate.json cannot be read (No such file or directory): name the folder of a gate" in refusal(tmp_path)
    assert "nowhere cannot be read" in refusal(tmp_path / "nowhere")


def test_summary_cases_and_chart_are_drawn_beside_the_record(tmp_path):
    text = results.draw(tmp_path, made())
    assert {path.name for path in tmp_path.iterdir()} == {"charts", "gate.md", "junit.xml"}
    assert {path.name for path in (tmp_path / "charts").iterdir()} == {"gate.png", "gate.svg"}
    assert (tmp_path / "gate.md").read_text(encoding="utf-8") == text
    assert "PASS: quart" in text and "<testsuites" in (tmp_path / "junit.xml").read_text()


def test_same_record_is_drawn_the_same(tmp_path):
    drawn = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        results.draw(tmp_path / name, made({CPU: 1.5}))
        drawn.append({path.name: path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()})
    assert drawn[0] == drawn[1] and len(drawn[0]) == 4


def test_gate_that_was_ended_before_any_look_has_a_summary_and_no_chart(tmp_path):
    results.draw(tmp_path, judge(begun()))
    assert {path.name for path in tmp_path.iterdir()} == {"gate.md", "junit.xml"}
