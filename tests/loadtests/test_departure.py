"""A record that goes with its process can be fetched before that leaves; as the operator's manifest has it."""

import shutil
import signal
from pathlib import Path

from loadtests.support.turn import Stream, Turn, from_line
from tests.known_delay_server import KnownDelayServer, running
from tests.loadtests.kubernetes.test_manifests import arguments, locust_test, value
from tests.loadtests.locust_run import MASTER, LocustRun, free_port
from tests.waiting import wait_until

WORKERS = 2


def small(folder: Path, url: str) -> list[str]:
    """The options of the manifest, for a load that a test can wait for."""
    changed = {"-u": "4", "-t": "4s", "--host": url, "--expect-workers": str(WORKERS)}
    words = arguments(locust_test())
    assert words[0] == "-f"
    for option, text in changed.items():
        words[words.index(option) + 1] = text
    kept = value("--record", words)
    return [word.replace(kept, str(folder)) for word in words[2:]]


def test_a_master_stays_until_its_record_was_fetched_and_what_is_fetched_is_whole(tmp_path: Path) -> None:
    records, port = tmp_path / "records", free_port(MASTER)
    with running(KnownDelayServer()) as server:
        options = small(records, server.url)
        at = ("--master-bind-host", MASTER, "--master-bind-port", str(port))
        master = LocustRun(tmp_path / "0", "latency", "--master", *at, *options, record=False)
        found = ("--worker", "--master-host", MASTER, "--master-port", str(port))
        workers = [
            LocustRun(
                tmp_path / str(index), "latency", *found, *small(tmp_path / f"of-{index}", server.url), record=False
            )
            for index in range(1, WORKERS + 1)
        ]
        assert [worker.finish().exit_code for worker in workers] == [0] * WORKERS
        log = tmp_path / "0" / "locust.log"
        wait_until(lambda: "the record is whole: fetch it" in log.read_text(), "the master says that it is done")
        fetched = Path(shutil.copytree(records, tmp_path / "fetched"))
        assert master.process.poll() is None
        (records / "fetched").touch()
        assert master.finish().exit_code == 0
        asked = sorted(str(reply.tag) for reply in server.replies)
    lines = [from_line(line) for path in fetched.glob("turns-*.ndjson") for line in path.read_bytes().splitlines(True)]
    assert sorted(line.id for line in lines if isinstance(line, Turn)) == asked != []
    assert [line.faults for line in lines if isinstance(line, Stream)] == [0] * WORKERS
    assert (fetched / "locust.json").exists()


def test_a_stay_can_be_ended_by_a_signal(tmp_path: Path) -> None:
    end_file = tmp_path / "never"
    with running(KnownDelayServer()) as server:
        people = ("--headless", "--host", server.url, "-u", "1", "-t", "1s", "--end-file", str(end_file))
        run = LocustRun(tmp_path / "0", "latency", *people)
        log = tmp_path / "0" / "locust.log"
        wait_until(lambda: "the record is whole: fetch it" in log.read_text(), "the record is whole")
        run.process.send_signal(signal.SIGTERM)
        run.finish()
    assert not end_file.exists()
