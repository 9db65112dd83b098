import pytest
from made_up import run, trial
from made_up_run import made_up_folder

from bench import store
from bench.compare.read import read
from bench.errors import BenchError
from bench.results import Reason, Validity


def test_folder_and_its_file_are_the_same_run(tmp_path):
    folder = made_up_folder(tmp_path / "run", number=1)
    assert read(folder) == read(folder / "run.json") == store.read_run(folder)


def test_file_may_be_called_anything(tmp_path):
    folder = made_up_folder(tmp_path / "run", number=1)
    (folder / "run.json").rename(tmp_path / "before.json")
    assert read(tmp_path / "before.json").profile == "made-up"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not JSON"),
        ("[]", "holds no JSON object"),
        ('{"schema": "gemini-live-bench.capacity.v1"}', "has schema 'gemini-live-bench.capacity.v1'"),
        ('{"schema": "gemini-live-bench.run.v1"}', "does not keep to its schema"),
    ],
)
def test_what_is_no_run_is_refused_by_its_path(tmp_path, text, complaint):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(BenchError, match=f"odd.json.*{complaint}"):
        read(path)


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(BenchError, match="nowhere is not a folder"):
        read(tmp_path / "nowhere")
    with pytest.raises(BenchError, match=r"it has no run\.json"):
        read(tmp_path)


def test_invalid_run_is_refused_with_its_reason(tmp_path):
    reasons = [
        Reason(check="drift", verdict="SUSPECT", message="it drifts"),
        Reason(check="no success", verdict="INVALID", message="not one turn succeeded"),
    ]
    store.write_run(tmp_path, run(trial(), validity=Validity(verdict="INVALID", reasons=reasons)))
    with pytest.raises(BenchError, match=r"is INVALID and proves nothing \(no success: not one turn succeeded\)"):
        read(tmp_path)


def test_incomplete_run_can_be_read(tmp_path):
    store.write_run(tmp_path, run(trial(), complete=False))
    assert not read(tmp_path).complete
