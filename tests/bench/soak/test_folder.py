import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from made_up_soak import made, rest, soaked

import bench
from bench.cli import app
from bench.errors import BenchError
from bench.soak import folder, people, words
from bench.soak.record import json_schema
from bench.targets import resolve

PUBLISHED = Path(bench.__file__).parent / "schema" / "soak.v1.json"
REFERENCE = Path(__file__).parents[3] / "results" / "reference" / "capacity"


def test_published_schema_is_that_of_the_code():
    assert PUBLISHED.read_text() == json_schema(), "run: python -m bench.soak.record > bench/schema/soak.v1.json"


def test_headline_says_it_in_a_sentence_for_each():
    leaking = soaked(target="flask", rest_after=rest(tasks=11))
    said = made(leaking, soaked()).headline
    assert said.startswith(
        "Flask keeps what it takes (60 people for 30 min): 600 tasks once settled, 600 at the end; 8 at"
    )
    assert "Quart gives back what it takes (60 people for 30 min): memory +0.0 %" in said


def test_title_says_it_in_a_few_words_for_each():
    leaking = soaked(target="flask", rest_after=rest(tasks=11))
    said = "Flask keeps what it takes: tasks. Quart gives back what it takes: memory +0.0 %"
    assert words.title(made(leaking, soaked())) == said
    ended = [soaked(target="flask", died="exit code 9", seconds=600.0), soaked(rest_after=None)]
    assert words.title(made(*ended)) == "Flask ended after 10 min. Quart was not measured"


def test_report_draws_a_folder_anew_from_its_record(tmp_path):
    folder.write(tmp_path, made())
    result = CliRunner().invoke(app, ["report", str(tmp_path)], standalone_mode=False)
    assert result.exception is None
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert names == {"soak.json", "soak.md", "charts", "charts/soak.svg", "charts/soak.png"}
    assert "| memory | 100 MB | 100 MB | 60 MB | 60 MB | ok |" in (tmp_path / "soak.md").read_text()


def test_record_is_read_as_it_was_written(tmp_path):
    folder.write(tmp_path, made())
    assert folder.read(tmp_path) == made()
    assert next(iter(json.loads((tmp_path / "soak.json").read_text()))) == "schema"


def test_folder_without_a_soak_is_told(tmp_path):
    with pytest.raises(BenchError, match="name the folder of a live-bench soak"):
        folder.read(tmp_path)


def test_people_are_a_share_of_what_each_was_found_to_hold():
    numbers, said = people.of_folder(resolve(["flask", "again=quart"]), REFERENCE, 0.6)
    assert numbers["flask"] == 60
    assert numbers["again"] > 200
    assert said.startswith("60 % of what each held in ")


def test_target_that_nobody_searched_for_is_told():
    with pytest.raises(BenchError, match="does not say how many people raw holds"):
        people.of_folder(resolve(["raw"]), REFERENCE, 0.6)


@pytest.mark.parametrize(
    "options", [[], ["--people", "3", "--share", "0.6"], ["--share", "0.6"], ["--people", "3", "--capacity", "x"]]
)
def test_number_of_people_is_to_be_said_in_one_way(tmp_path, options):
    result = CliRunner().invoke(app, ["soak", *options, "--results", str(tmp_path)], standalone_mode=False)
    assert isinstance(result.exception, BenchError)
    assert "say how many people come" in str(result.exception)
    assert not list(tmp_path.iterdir())


def test_address_is_refused_before_anything_is_made(tmp_path):
    options = ["soak", "--target", "far=ws://127.0.0.1:9", "--people", "3", "--results", str(tmp_path)]
    result = CliRunner().invoke(app, options, standalone_mode=False)
    assert "nobody can look at what the server holds" in str(result.exception)
    assert not list(tmp_path.iterdir())
