from pathlib import Path

import click
import made_up
import pytest
from click.testing import CliRunner, Result

from bench import cli
from bench.cli import app
from bench.crew import Here
from bench.errors import BenchError
from bench.exit_codes import CANNOT, INTERRUPTED
from bench.results import Run
from bench.run import Order
from bench.workers.command import OF_MASTERS, OF_SHARDS, OF_THE_RUN
from workers.meeting import HOST, free_pair, party


def run(*options: str) -> Result:
    return CliRunner().invoke(app, ["run", *options], standalone_mode=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--master", "--worker"], "--master and --worker are two commands"),
        (["--master"], "how many workers will there be? say so with --expect-workers"),
        (["--worker"], "where is the run? say so with --master-host"),
        (["--expect-workers", "2"], "--expect-workers is of a run that has workers: add --master"),
        (["--master-bind-port", "5557"], "--master-bind-port is of a run that has workers: add --master"),
        (["--master-host", "a"], "--master-host is of a worker: add --worker"),
        (["--copies", "x"], "--copies is of a worker: add --worker"),
        (["--workers-timeout", "3"], "--workers-timeout is of runs with workers"),
        (["--master", "--expect-workers", "2", "--processes", "2"], "--processes is of each worker: give it there"),
        (["--worker", "--master-host", "a", "--profile", "smoke"], "--profile is for the master to say"),
        (["--worker", "--master-host", "a", "--target", "flask"], "--target is for the master to say"),
        (["--worker", "--master-host", "a", "--allow-real-model"], "--allow-real-model is for the master to say"),
        (["--worker", "--master-host", "a", "--max-sessions", "5"], "--max-sessions is for the master to say"),
        (["--worker", "--master-host", "a", "--max-turns", "5"], "--max-turns is for the master to say"),
        (["--worker", "--master-host", "a", "--auth", "metadata"], "--auth is for the master to say"),
        (["--worker", "--master-host", "a", "--token-file", "x"], "--token-file is for the master to say"),
        (["--worker", "--master-host", "a", "--audience", "x"], "--audience is for the master to say"),
        (["--worker", "--master-host", "a", "--shard", "0/2"], "--shard is of a shard, which makes its load without"),
        (["--worker", "--master-host", "a", "--barrier", "x"], "--barrier is of a shard"),
        (["--worker", "--master-host", "a", "--barrier-limit", "9s"], "--barrier-limit is of a shard"),
        (["--worker", "--master-host", "a", "--barrier-lead", "9s"], "--barrier-lead is of a shard"),
    ],
)
def test_options_that_would_do_nothing_are_refused(options: list[str], message: str) -> None:
    error = run(*options).exception
    assert isinstance(error, BenchError)
    assert str(error).startswith(message)


def test_every_option_of_a_run_is_for_a_worker_or_refused_there() -> None:
    for_workers = {"worker", "master_host", "master_port", "copies", "workers_timeout", "processes"}
    known = {parameter.name for parameter in app.commands["run"].params}
    assert known == for_workers | {"master", *OF_MASTERS, *OF_THE_RUN, *OF_SHARDS}


def test_a_target_that_only_this_machine_reaches_is_refused_before_anybody_is_awaited() -> None:
    options = ("--master", "--expect-workers", "1", "--master-bind-host", HOST, "--master-bind-port", str(free_pair()))
    error = run(*options, "--target", "flask").exception
    assert isinstance(error, BenchError)
    assert str(error).startswith("flask would be served on this machine's loopback, where no worker reaches it")


def test_a_worker_that_is_told_why_the_run_ended_early_leaves_with_it(tmp_path: Path) -> None:
    with pytest.raises(BenchError), party(1) as there:
        options = ("--master-host", HOST, "--master-port", str(there.master.meeting.port), "--copies", str(tmp_path))
        run_in_thread = Invoked(("--worker", *options))
        there.master.gather()
        raise BenchError("the target has gone")
    result = run_in_thread.result()
    assert result.return_value == CANNOT
    assert "error: the run is over before its end: the target has gone (0 executions followed" in result.output


def test_a_worker_leaves_with_the_run_and_says_where_its_copies_are(tmp_path: Path) -> None:
    with party(1) as there:
        options = ("--master-host", HOST, "--master-port", str(there.master.meeting.port), "--copies", str(tmp_path))
        run_in_thread = Invoked(("--worker", *options))
        there.master.gather()
    result = run_in_thread.result()
    assert result.return_value == 0
    assert result.output.splitlines()[-1] == (
        f"the run is over: 0 executions followed; copies of the records are in {tmp_path}"
    )


def test_a_worker_of_a_run_that_was_ended_by_hand_says_so_and_leaves_as_if_it_had_been_too(tmp_path: Path) -> None:
    with party(1) as there:
        options = ("--master-host", HOST, "--master-port", str(there.master.meeting.port), "--copies", str(tmp_path))
        run_in_thread = Invoked(("--worker", *options))
        there.master.gather()
        there.master.tell_end_by_hand()
    result = run_in_thread.result()
    assert result.return_value == INTERRUPTED
    assert result.output.splitlines()[-1].startswith("the run was ended by hand: 0 executions followed; copies of")


@pytest.mark.parametrize(
    ("complete", "because", "told"), [(False, "", True), (False, "the turns were used up", False), (True, "", False)]
)
def test_workers_are_told_of_a_run_that_was_ended_by_hand_and_of_no_other(
    complete: bool, because: str, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(order: Order, *_: object) -> tuple[Path, Run]:
        return tmp_path, made_up.run(complete=complete, ended_because=because)

    asked: list[Here] = []
    monkeypatch.setattr(cli, "measure", measured)
    monkeypatch.setattr(Here, "tell_end_by_hand", lambda crew: asked.append(crew))
    run("--profile", "smoke", "--target", "quart")
    assert bool(asked) is told


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--copies", "/dev/null/copies"), "cannot keep copies in /dev/null/copies: Not a directory; name another"),
        (("--processes", "100000"), "100000 load processes: give a number from 1 to"),
    ],
)
def test_a_worker_that_could_not_work_does_not_look_for_a_run(options: tuple[str, str], message: str) -> None:
    error = run("--worker", "--master-host", HOST, "--master-port", str(free_pair()), *options).exception
    assert isinstance(error, BenchError) and str(error).startswith(message)


class Invoked:
    """The command, run beside the test."""

    def __init__(self, options: tuple[str, ...]) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(run, *options)

    def result(self) -> Result:
        with self._pool:
            return self._future.result()


def test_the_options_stand_in_the_help() -> None:
    with click.Context(app) as context:
        text = app.commands["run"].get_help(context)  # type: ignore[attr-defined]
    assert "--expect-workers" in text and "--workers-timeout" in text
