import json
from pathlib import Path

from made_up import run, trial

import bench
from bench.results import Run, json_schema

PUBLISHED = Path(bench.__file__).parent / "schema" / "run.v1.json"


def test_published_schema_is_that_of_the_code():
    assert PUBLISHED.read_text() == json_schema(), "run: python -m bench.results > bench/schema/run.v1.json"


def test_run_comes_back_as_it_was_written():
    whole = run(trial(numbers={"stop_seconds p50": 0.1 + 0.2, "stop_seconds p95": None}))
    assert Run.model_validate_json(whole.model_dump_json()) == whole


def test_schema_id_is_the_first_thing_in_the_file():
    assert next(iter(json.loads(run().model_dump_json()))) == "schema"


def test_fields_of_a_newer_writer_are_no_obstacle():
    newer = {**json.loads(run().model_dump_json()), "something_new": 1}
    assert Run.model_validate(newer) == run()
