import json

import pytest
from made_up_history import a_run, days, kept, noisy

from bench import store
from bench.errors import BenchError
from bench.history.folders import look


def ids(seen):
    return [run.id[:10] for _, run in seen.runs]


def test_runs_come_in_the_order_in_which_they_were_started(tmp_path):
    runs = [a_run(day) for day in (7, 0, 3)]
    folders = [kept(tmp_path / str(number), [each]) / each.id for number, each in enumerate(runs)]
    assert ids(look(folders)) == ["2026-01-01", "2026-01-04", "2026-01-08"]


def test_folder_of_folders_gives_all_in_it_and_counts_what_is_of_another_kind(tmp_path):
    kept(tmp_path, days(3, noisy(1.0)))
    for name, inside in (("a", "capacity.json"), ("b", "history.json"), ("c", "history.json"), ("d", "notes.txt")):
        (tmp_path / name).mkdir()
        (tmp_path / name / inside).write_text("{}")
    (tmp_path / "README.md").write_text("Results")
    seen = look([tmp_path])
    assert len(seen.runs) == 3 and seen.warnings == []
    assert seen.others == {"capacity": 1, "history": 2, "other": 1}


def test_latest_and_a_name_given_twice_count_once(tmp_path):
    kept(tmp_path, days(2, noisy(1.0)))
    newest = max(tmp_path.iterdir())
    store.point_latest_at(newest)
    seen = look([tmp_path, newest, tmp_path / "latest"])
    assert [folder.name for folder, _ in seen.runs] == [path.name for path in sorted(tmp_path.iterdir())[:2]]
    assert seen.warnings == []


def test_latest_alone_leads_to_its_run(tmp_path):
    kept(tmp_path, days(2, noisy(1.0)))
    store.point_latest_at(min(tmp_path.iterdir()))
    assert ids(look([tmp_path / "latest"])) == ["2026-01-01"]


def test_copy_of_a_run_counts_once_and_is_named(tmp_path):
    kept(tmp_path / "here", days(2, noisy(1.0)))
    kept(tmp_path / "there", days(1, noisy(1.0)))
    seen = look([tmp_path / "here", tmp_path / "there"])
    assert len(seen.runs) == 2
    assert len(seen.warnings) == 1 and "is a copy of" in seen.warnings[0] and "there" in seen.warnings[0]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("{", "is not JSON"),
        (json.dumps({"schema": "gemini-live-bench.run.v9"}), "gemini-live-bench.run.v9"),
        (json.dumps({"schema": "gemini-live-bench.run.v1"}), "does not keep to its schema"),
        (a_run(1, started_at="yesterday").model_dump_json(), "does not say when it was started"),
    ],
)
def test_broken_run_in_the_midst_is_named_and_left_out(tmp_path, broken, said):
    kept(tmp_path, [a_run(0), a_run(2)])
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text(broken)
    seen = look([tmp_path])
    assert len(seen.runs) == 2
    (warning,) = seen.warnings
    assert str(tmp_path / "broken" / "run.json") in warning and said in warning


def test_run_that_is_a_folder_is_named_and_left_out(tmp_path):
    kept(tmp_path, [a_run(0)])
    (tmp_path / "odd" / "run.json").mkdir(parents=True)
    (warning,) = look([tmp_path]).warnings
    assert "odd" in warning


def test_nothing_to_look_at_says_what_there_was(tmp_path):
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "capacity.json").write_text("{}")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    with pytest.raises(BenchError, match=r"no run is found in .*is not JSON.*1 of another kind \(capacity\)"):
        look([tmp_path])


def test_name_that_is_no_folder_is_told(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(BenchError, match="is a file: name the folder"):
        look([tmp_path / "run.json"])
    with pytest.raises(BenchError, match="does not exist"):
        look([tmp_path / "nowhere"])


def test_moment_without_a_zone_is_taken_as_utc(tmp_path):
    early = a_run(0, id="early", started_at="2026-01-01T00:30:00+01:00")
    kept(tmp_path, [a_run(0, id="late", started_at="2026-01-01T00:00:00"), early])
    assert [run.id for _, run in look([tmp_path]).runs] == ["early", "late"]
