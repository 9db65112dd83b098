from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.cli import app
from bench.errors import BenchError
from bench.shards import command
from loadtests.support.shard import Shard

TASK = {"CLOUD_RUN_TASK_INDEX": "2", "CLOUD_RUN_TASK_COUNT": "5", "CLOUD_RUN_EXECUTION": "load-abc"}
RESULTS = Path("results")


def of(monkeypatch, environment, shard=None, barrier=None, lead_seconds=10.0):
    for name in TASK:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return command.sharding(shard, RESULTS, barrier, 600.0, lead_seconds)


def test_task_of_a_job_is_a_shard_with_a_folder_for_each_execution_of_the_job(monkeypatch):
    how, results = of(monkeypatch, TASK)
    assert how.shard == Shard(2, 5)
    assert results == how.barrier == RESULTS / "load-abc"


def test_job_of_one_task_is_a_whole_run(monkeypatch):
    assert of(monkeypatch, {**TASK, "CLOUD_RUN_TASK_INDEX": "0", "CLOUD_RUN_TASK_COUNT": "1"}) is None


def test_nothing_is_divided_unless_it_is_asked_for(monkeypatch):
    assert of(monkeypatch, {}) is None


def test_what_was_asked_for_comes_before_what_the_job_says(monkeypatch):
    how, results = of(monkeypatch, TASK, shard=Shard(0, 2))
    assert (how.shard, results, how.barrier) == (Shard(0, 2), RESULTS, RESULTS)


def test_barrier_may_be_elsewhere(monkeypatch):
    how, results = of(monkeypatch, {}, shard=Shard(0, 2), barrier=Path("there"))
    assert (how.barrier, results) == (Path("there"), RESULTS)


def test_barrier_of_no_shard_is_refused(monkeypatch):
    with pytest.raises(BenchError, match="say which this is with --shard I/N"):
        of(monkeypatch, {}, barrier=Path("there"))


def test_job_that_says_nonsense_is_refused(monkeypatch):
    with pytest.raises(BenchError, match="CLOUD_RUN_TASK_INDEX=7 and CLOUD_RUN_TASK_COUNT=5 are no shard"):
        of(monkeypatch, {**TASK, "CLOUD_RUN_TASK_INDEX": "7"})


def test_lead_that_the_load_would_not_wait_for_is_refused(monkeypatch):
    with pytest.raises(BenchError, match="--barrier-lead 31s is longer than a load waits: give 30s at most"):
        of(monkeypatch, {}, shard=Shard(0, 2), lead_seconds=31.0)


def called(*arguments):
    return CliRunner().invoke(app, ["run", "--profile", "smoke", *arguments], standalone_mode=False)


def test_shard_that_is_none_is_refused(tmp_path):
    done = called("--shard", "2/2", "--results", str(tmp_path))
    assert isinstance(done.exception, BenchError) and "is not a shard: write it as I/N" in str(done.exception)


def test_shard_of_servers_that_each_would_start_for_itself_is_refused(tmp_path):
    done = called("--shard", "0/2", "--results", str(tmp_path))
    assert isinstance(done.exception, BenchError)
    assert str(done.exception).startswith("target 'flask' would be started by each shard for itself: give the address")
    assert list(tmp_path.iterdir()) == []


def test_load_of_too_few_people_is_not_divided(tmp_path):
    done = called("--shard", "0/21", "--results", str(tmp_path), "--target", "mine=ws://127.0.0.1:1")
    assert isinstance(done.exception, BenchError)
    assert str(done.exception).startswith("latency begins with 20 people, too few for 21 shards")
