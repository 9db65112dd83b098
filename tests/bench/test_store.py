import gzip
import json
from datetime import UTC, datetime

import pytest
from made_up import run, trial, turn, unanswered

from bench import store
from bench.errors import BenchError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return store.create(tmp_path / "results", "smoke", NOW)


def placed(target, trial, *turns):
    return [store.Stored(target, "talk", trial, 10 * trial, turn) for turn in turns]


def read_turns(folder):
    warnings = []
    return list(store.read_turns(folder, warnings.append)), warnings


def test_folder_is_named_after_time_and_profile(folder):
    assert folder.name == "2026-01-02T03-04-05Z-smoke"
    assert folder.is_dir()


def test_folder_that_is_taken_is_never_used_again(folder):
    (folder / "mine").write_text("keep")
    second, third = (store.create(folder.parent, "smoke", NOW) for _ in range(2))
    assert [second.name, third.name] == [f"{folder.name}-2", f"{folder.name}-3"]
    assert (folder / "mine").read_text() == "keep"


def test_results_cannot_be_kept_in_a_file(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(BenchError, match="name another folder"):
        store.create(tmp_path / "results", "smoke", NOW)


def test_run_comes_back_as_it_was_written(folder):
    whole = run(trial(numbers={"stop_seconds p50": 1 / 3}))
    store.write_run(folder, whole)
    assert store.read_run(folder) == whole


def test_writing_a_run_leaves_nothing_else_behind(folder):
    store.write_run(folder, run())
    store.write_run(folder, run(trial()))
    assert [path.name for path in folder.iterdir()] == ["run.json"]
    assert len(store.read_run(folder).trials) == 1


def test_latest_leads_to_the_newest_folder(folder):
    store.point_latest_at(folder)
    newer = store.create(folder.parent, "full", NOW)
    store.point_latest_at(newer)
    assert (folder.parent / "latest").resolve() == newer
    assert (folder.parent / "latest").readlink().name == newer.name, "relative, so that results/ can be moved"


def test_folder_that_happens_to_be_called_latest_is_left_alone(folder):
    (folder.parent / "latest").mkdir()
    store.point_latest_at(folder)
    assert not (folder.parent / "latest").is_symlink()


def test_turns_of_all_trials_come_back_with_their_place(folder):
    store.append_turns(folder, placed("flask", 1, turn("a"), unanswered("b")))
    store.append_turns(folder, placed("quart", 2, turn("c", 1 / 3)))
    stored, warnings = read_turns(folder)
    assert [(one.target, one.scenario, one.trial, one.order) for one in stored] == [
        ("flask", "talk", 1, 10), ("flask", "talk", 1, 10), ("quart", "talk", 2, 20),
    ]  # fmt: skip
    assert [one.turn for one in stored] == [turn("a"), unanswered("b"), turn("c", 1 / 3)]
    assert warnings == []


def test_raw_turns_are_plain_gzipped_lines_of_json(folder):
    store.append_turns(folder, placed("flask", 1, turn("a")))
    store.append_turns(folder, placed("flask", 2, turn("b")))
    with gzip.open(folder / "turns.ndjson.gz", "rt") as file:
        assert [json.loads(line)["id"] for line in file] == ["a", "b"]


def test_interruption_in_mid_write_loses_no_earlier_trial(folder, monkeypatch):
    store.append_turns(folder, placed("flask", 1, turn("a")))

    def interrupted(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store.os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.append_turns(folder, placed("flask", 2, turn("b")))
    store.append_turns(folder, placed("flask", 3, turn("c")))
    stored, warnings = read_turns(folder)
    assert [one.turn.id for one in stored] == ["a", "c"]
    assert warnings == []


def test_file_cut_short_gives_what_is_readable_and_a_warning(folder):
    store.append_turns(folder, placed("flask", 1, turn("a")))
    whole_bytes = (folder / store.TURNS).stat().st_size
    store.append_turns(folder, placed("flask", 2, *[turn(str(number), number / 7) for number in range(500)]))
    with (folder / store.TURNS).open("r+b") as file:
        file.truncate((whole_bytes + (folder / store.TURNS).stat().st_size) // 2)
    stored, warnings = read_turns(folder)
    assert 1 < len(stored) < 501
    assert [one.turn for one in stored[1:]] == [turn(str(number), number / 7) for number in range(len(stored) - 1)]
    assert any("cut short" in warning for warning in warnings)


def test_damaged_file_gives_what_comes_before_and_a_warning(folder):
    store.append_turns(folder, placed("flask", 1, turn("a")))
    with (folder / store.TURNS).open("ab") as file:
        file.write(b"not gzip at all")
    stored, warnings = read_turns(folder)
    assert [one.turn.id for one in stored] == ["a"]
    assert any("damaged" in warning for warning in warnings)


def test_line_that_is_no_turn_is_left_out_with_a_warning(folder):
    (folder / store.TURNS).write_bytes(gzip.compress(b'{"target": "flask"}\n[1]\n'))
    stored, warnings = read_turns(folder)
    assert stored == []
    assert ["line 1" in warnings[0], "line 2" in warnings[1]] == [True, True]


def test_folder_without_raw_turns_is_said_to_have_none(folder):
    with pytest.raises(BenchError, match=r"has no raw turns"):
        read_turns(folder)


def refusal(folder, content=None):
    if content is not None:
        (folder / "run.json").write_bytes(content)
    with pytest.raises(BenchError) as caught:
        store.read_run(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_what_is_not_a_folder_is_refused(tmp_path):
    assert "is not a folder" in refusal(tmp_path / "nowhere")


def test_folder_without_a_run_is_no_results_folder(folder):
    assert refusal(folder).endswith("is not a results folder: it has no run.json")


def test_broken_json_is_refused_with_its_line(folder):
    assert "line 2" in refusal(folder, b'{\n"schema": oops}')


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[]"])
def test_what_is_not_a_json_object_is_refused(folder, content):
    assert "run.json" in refusal(folder, content)


def test_run_of_another_schema_is_refused_by_name(folder):
    message = refusal(folder, b'{"schema": "gemini-live-bench.run.v9"}')
    assert "gemini-live-bench.run.v9" in message
    assert "gemini-live-bench.run.v1" in message


def test_run_that_breaks_its_schema_is_refused_with_the_place(folder):
    broken = {**json.loads(run().model_dump_json()), "seed": "many"}
    assert "seed" in refusal(folder, json.dumps(broken).encode())
