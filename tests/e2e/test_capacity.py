import gzip
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.chat_server_process import chat_server, speaking_to
from tests.e2e import bench_command
from tests.fake_gemini_process import fake_gemini
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

QUART = ("--target", "quart")
SHORT = (
    *("--start", "4", "--most", "4", "--repeats", "1", "--fake-profile", "fast"),
    *("--think-seconds", "0.02", "--probe-window", "1s", "--confirm-window", "1500ms"),
    # what is asked for here is met however slow the machine is
    *("--objective", "ttft_added p95 <= 30s, failures <= 99%"),
)


def record_in(results: Path) -> tuple[Path, dict[str, Any]]:
    """The only results folder, and its capacity.json."""
    (folder,) = results.iterdir()
    record: dict[str, Any] = json.loads((folder / "capacity.json").read_text())
    return folder, record


def test_real_search_comes_to_its_end_and_leaves_a_whole_folder(tmp_path: Path) -> None:
    code, out, err = bench_command.live_bench("capacity", *QUART, *SHORT, "--results", str(tmp_path))
    folder, record = record_in(tmp_path)
    assert record["complete"], err
    assert record["schema"] == "gemini-live-bench.capacity.v1" and next(iter(record)) == "schema"
    probes = [probe for probe in record["probes"] if probe["answer"] != "spoiled"]  # by a machine that is busy
    assert all(probe["answer"] == "held" and probe["trial"]["turns"]["ok"] > 0 for probe in probes)
    assert {path.name for path in folder.iterdir()} == {
        *("capacity.json", "charts", "logs", "report.html", "summary.md", "turns.ndjson.gz")
    }
    with gzip.open(folder / "turns.ndjson.gz", "rt") as file:
        orders = {json.loads(line)["order"] for line in file}
    assert orders == {probe["order"] for probe in record["probes"]}
    *_, answer, where = out.strip().splitlines()
    assert answer == record["headline"] and where == f"Report: {folder / 'report.html'}"
    assert code == (3 if record["validity"]["verdict"] == "INVALID" else 0)
    if code == 0:
        assert answer.startswith("Quart holds at least 4 people (one search; an interval takes 6): no more were tried")


@pytest.mark.long
def test_objective_that_nobody_could_meet_is_missed_at_once(tmp_path: Path) -> None:
    impossible = ("--objective", "ttft_added p95 <= 0.000001ms")
    code, out, _ = bench_command.live_bench("capacity", *QUART, *SHORT, *impossible, "--results", str(tmp_path))
    _, record = record_in(tmp_path)
    assert record["complete"] and all(not probe["confirms"] for probe in record["probes"])
    if record["validity"]["verdict"] != "INVALID":
        assert code == 1
        assert "Quart does not hold even 4 people: at 4 it misses the objective (ttft_added p95 " in out


@pytest.mark.long
def test_target_may_be_an_address(tmp_path: Path) -> None:
    results = tmp_path / "results"
    with fake_gemini() as fake, chat_server("quart", speaking_to(fake), tmp_path) as server:
        # how quickly a model elsewhere answers nobody knows: windows long enough for a percentile would be very long
        mine = ("--target", f"mine={server.http_url}", *SHORT, "--objective", "failures <= 99%")
        code, out, err = bench_command.live_bench("capacity", *mine, "--results", str(results))
    _, record = record_in(results)
    assert record["complete"], out + err
    assert {probe["target"] for probe in record["probes"]} == {"mine"} and record["attribution"] == "tags"
    assert all(probe["trial"]["resources"] == {} for probe in record["probes"])
    assert code == (3 if record["validity"]["verdict"] == "INVALID" else 0)


@pytest.mark.long
def test_ctrl_c_keeps_what_was_measured_and_leaves_no_process(tmp_path: Path) -> None:
    longer = ("--repeats", "9", "--most", "64", "--precision", "0.5")
    process = bench_command.start("capacity", *QUART, *SHORT, *longer, "--results", str(tmp_path))
    assert process.stdout is not None
    while not process.stdout.readline().startswith("[1]"):
        assert process.poll() is None
    folder, _ = record_in(tmp_path)
    wait_until(lambda: len(list(folder.glob("logs/002*"))) == 1, "the second probe has begun")
    process.send_signal(signal.SIGINT)
    code, _, err = bench_command.finish(process)
    _, record = record_in(tmp_path)
    assert code == 130 and "Traceback" not in err
    assert not record["complete"] and len(record["probes"]) >= 1
    assert (folder / "report.html").exists() and (folder / "charts" / "capacity.png").exists()
    assert bench_command.mentioning(str(tmp_path)) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--objective", "fast"], "objective: cannot read 'fast'"),
        (["--processes", "4096"], "4096 load processes: give a number from 1 to"),
        (["--target", "mine=ws://127.0.0.1:1"], "no chat server answers at ws://127.0.0.1:1/healthz"),
        (["--most", "0"], "Invalid value for '--most'"),
    ],
)
def test_bad_input_is_answered_in_one_line(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    code, out, err = bench_command.live_bench("capacity", *arguments, "--results", str(tmp_path))
    assert (code, out) == (2, "")
    assert err.startswith("error: ") and err.count("\n") == 1
    assert complaint in err
