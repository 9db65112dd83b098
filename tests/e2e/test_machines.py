"""One run over three machines: what two of them load, the third has whole; and says what it lost where it lost one."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench import evaluate, store
from bench.elsewhere_words import ANOTHER_WAY
from bench.execution import Execution
from bench.fake import NOT_INHERITED
from bench.results import Run, Trial
from bench.windows import Process
from loadtests.support.turn import Turn, from_line
from tests.e2e.bench_command import profile
from tests.machines import Machines, machines
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.long]

MASTER, ONE, OTHER = range(3)
PORT = 8080
LOSSES = {"lost worker", "lost turns", "lost records", "two ledgers", "clocks"}


@dataclass
class Site:
    """The machines, with a chat server on the first."""

    there: Machines
    folder: Path

    def master(self, name: str, *, trials: int, seconds: float = 1.2) -> "subprocess.Popen[str]":
        folder = self.folder / name
        folder.mkdir()
        written = profile(folder, "latency", sessions=12, trials=trials)
        written.write_text(written.read_text().replace("window_seconds = 1.2", f"window_seconds = {seconds}"))
        target = f"quart=ws://{self.there.address(MASTER)}:{PORT}"
        return self.there.start(
            MASTER,
            *("-m", "bench", "run", "--master", "--expect-workers", "2", "--workers-timeout", "20"),
            *("--master-bind-host", self.there.address(MASTER), "--results", str(folder / "results")),
            *("--profile", str(written), "--target", target),
        )

    def worker(self, machine: int, name: str, *more: str) -> "subprocess.Popen[str]":
        copies = self.folder / name / str(machine)
        where = ("--master-host", self.there.address(MASTER), "--copies", str(copies))
        return self.there.start(machine, "-m", "bench", "run", "--worker", *where, *more)

    def result(self, name: str) -> tuple[Path, Run]:
        (folder,) = [path for path in (self.folder / name / "results").iterdir() if not path.is_symlink()]
        return folder, store.read_run(folder)

    def copies(self, name: str, execution: str) -> list[Process]:
        """What the load processes of an execution kept on their machines."""
        files = sorted((self.folder / name).glob(f"[12]/{execution}-*/turns-*.ndjson"))
        return [
            [from_line(line) for line in path.read_bytes().splitlines(True) if line.endswith(b"\n")] for path in files
        ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("machines")
    with machines(3) as there:
        fake = there.start(MASTER, "-m", "servers.fake_gemini", "--profile", "fast")
        assert fake.stdout
        ready = json.loads(fake.stdout.readline())
        server = there.start(
            MASTER,
            *("-m", "servers", "quart", "--host", there.address(MASTER), "--port", str(PORT)),
            environment={
                **dict.fromkeys(NOT_INHERITED, ""),
                "GOOGLE_GEMINI_BASE_URL": ready["url"],
                "SSL_CERT_FILE": ready["certificate"],
                "NO_PROXY": "*",
            },
            log=folder / "server.log",
        )
        look = f"import urllib.request as r; r.urlopen('http://{there.address(MASTER)}:{PORT}/healthz')"

        def answers() -> bool:
            assert server.poll() is None, (folder / "server.log").read_text()
            asked = there.start(ONE, "-c", look)
            asked.communicate()
            return asked.returncode == 0

        wait_until(answers, "the server answers another machine")
        yield Site(there, folder)


@pytest.fixture(scope="module")
def whole(site: Site) -> tuple[Path, Run]:
    """A run whose load comes from both other machines, one of which gives it two processes."""
    master = site.master("whole", trials=2, seconds=3)
    workers = [site.worker(ONE, "whole"), site.worker(OTHER, "whole", "--processes", "2")]
    said, complaints = master.communicate(timeout=300)
    for worker in workers:
        out, err = worker.communicate(timeout=60)
        assert (worker.returncode, err) == (0, "")
        assert out.splitlines()[-1].startswith("the run is over: 2 executions followed; copies of the records are in")
    assert master.returncode in (0, 3), complaints  # a noisy machine makes a measurement invalid, but loses nothing
    assert "waiting for workers" in said
    return site.result("whole")


def test_no_way_of_another_machine_is_taken_off_what_these_measured(whole: tuple[Path, Run]) -> None:
    folder, record = whole
    assert record.baselines == [] and record.targets[0].app == "quart"
    for trial in record.trials:
        assert trial.approach is not None and trial.approach.from_elsewhere and trial.approach.round_trip is None
        assert "ttft_seconds" in trial.metrics and "ttft_less_round_trip_seconds" not in trial.metrics
    assert ANOTHER_WAY in (folder / "summary.md").read_text()


def test_nothing_is_lost_on_the_way_from_two_machines(site: Site, whole: tuple[Path, Run]) -> None:
    folder, run = whole
    assert [(trial.trial, trial.turns.ok > 0) for trial in run.trials] == [(1, True), (2, True)]
    assert not LOSSES & {reason.check for trial in run.trials for reason in trial.reasons}
    for order in (1, 2):
        collected = [stored.turn.id for stored in store.read_turns(folder, pytest.fail) if stored.order == order]
        files = site.copies("whole", f"{order:03}")
        kept = [line.id for file in files for line in file if isinstance(line, Turn)]
        assert len(files) == 3 and sorted(collected) == sorted(kept) != []


def test_every_percentile_is_that_of_all_turns_that_the_machines_kept_together(
    site: Site, whole: tuple[Path, Run]
) -> None:
    for trial in whole[1].trials:
        again = read_again(trial, site.copies("whole", f"{trial.order:03}"))
        assert again.turns == trial.turns
        for name, statistics in again.metrics.items():
            assert trial.metrics[name].count == statistics.count
            assert trial.metrics[name].values == pytest.approx(statistics.values)


def read_again(trial: Trial, processes: list[Process]) -> Trial:
    """What the bench makes of the copies."""
    execution = Execution(
        target=trial.target,
        scenario=trial.scenario,
        sessions=[trial.sessions],
        trial=trial.trial,
        order=trial.order,
        warm_up_seconds=0.3,
        window_seconds=3,
        objective_seconds=1.5,
        processes=processes,
        local=False,
    )
    (again,) = evaluate.trials(execution)
    return again


def test_the_record_names_the_machines_that_made_the_load(site: Site, whole: tuple[Path, Run]) -> None:
    workers = {worker.address: worker for worker in whole[1].workers}
    assert set(workers) == {site.there.address(ONE), site.there.address(OTHER)}
    assert [workers[site.there.address(machine)].processes for machine in (ONE, OTHER)] == [1, 2]
    assert len({worker.build for worker in workers.values()}) == 1
    for trial in whole[1].trials:
        assert trial.instrument["elsewhere"] == 1 and trial.instrument["clocks_set"] == 0
        assert 0 < trial.instrument["clock_uncertainty_seconds"] < 1
        assert 0 < trial.instrument["generator_cpu_share"] < 2
        assert "relay_seconds" not in trial.metrics


def test_a_machine_that_is_cut_off_is_told_of_by_whose_turns_are_missing(site: Site) -> None:
    master = site.master("cut", trials=2, seconds=8)
    left, lost = site.worker(ONE, "cut"), site.worker(OTHER, "cut")
    wait_until(lambda: _fewest_turns(site, "cut") > 12, "both machines make load")
    site.there.cut_off(OTHER)
    try:
        said, complaint = master.communicate(timeout=300)
        assert lost.wait(60) == 3 and left.wait(60) == 2
    finally:
        site.there.plug_in(OTHER)
    assert master.returncode == 2
    assert complaint.startswith("error: 1 of 2 workers came to ")
    folder, run = site.result("cut")
    (trial,) = run.trials
    loss = trial.reasons[0]
    assert (loss.check, loss.verdict) == ("lost worker", "INVALID")
    assert " was lost: it was last heard of at " in loss.message and "no turn that ended after" in loss.message
    assert loss.message in said
    assert f"{site.there.address(OTHER)}) is gone since " in said
    report = site.there.start(MASTER, "-m", "bench", "report", str(folder))
    report.communicate(timeout=120)
    assert "no turn that ended after" in (folder / "summary.md").read_text()
    kept = {turn.id for turn in _turns(site, "cut")}
    collected = {stored.turn.id for stored in store.read_turns(folder, pytest.fail) if stored.order > 0}
    assert collected < kept


def _turns(site: Site, name: str) -> list[Turn]:
    return [line for file in site.copies(name, "001") for line in file if isinstance(line, Turn)]


def _fewest_turns(site: Site, name: str) -> int:
    """Of the load process that has the fewest; 0 until there are two."""
    counts = [sum(isinstance(line, Turn) for line in file) for file in site.copies(name, "001")]
    return min(counts) if len(counts) == 2 else 0


def test_workers_end_with_a_master_that_is_killed(site: Site) -> None:
    master = site.master("killed", trials=1, seconds=60)
    workers = [site.worker(ONE, "killed"), site.worker(OTHER, "killed")]
    wait_until(lambda: len(_turns(site, "killed")) > 12, "the load is on")
    os.kill(master.pid, signal.SIGKILL)
    master.communicate(timeout=60)
    for worker in workers:
        _, complaint = worker.communicate(timeout=60)
        assert worker.returncode == 3
        assert complaint.startswith(f"error: the run at {site.there.address(MASTER)}:5557 is gone (")
        assert complaint.count("\n") == 1
