import gzip
import json
import signal
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.chat_server_process import chat_server, speaking_to
from tests.e2e import bench_command
from tests.fake_gemini_process import fake_gemini
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e


class Finished:
    """What a whole run left behind."""

    def __init__(self, code: int, out: str, err: str, results: Path) -> None:
        self.code, self.out, self.err = code, out, err
        self.folder, self.record = bench_command.results(results)

    def turns(self) -> list[dict[str, Any]]:
        with gzip.open(self.folder / "turns.ndjson.gz", "rt") as file:
            return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("run")
    profile = bench_command.profile(folder, "latency", "interruption", "concurrency", sessions=6)
    results = folder / "results"
    return Finished(*bench_command.live_bench("run", "--profile", str(profile), "--results", str(results)), results)


def test_every_case_of_every_target_is_measured(finished: Finished) -> None:
    assert finished.record["complete"], finished.err
    measured = {(trial["target"], trial["scenario"], trial["sessions"]) for trial in finished.record["trials"]}
    cases = [("latency", 6), ("interruption", 6), ("concurrency", 3), ("concurrency", 6)]
    assert measured == {(target, *case) for target in ("flask", "quart") for case in cases}
    assert all(trial["turns"]["ok"] > 0 and trial["turns"]["failed"] == 0 for trial in finished.record["trials"])


def test_both_ledgers_agree_in_every_trial(finished: Finished) -> None:
    for trial in finished.record["trials"]:
        assert trial["instrument"]["locust_turns"] == trial["instrument"]["recorded_turns"] > 0
        assert trial["instrument"]["lost_turns"] == 0


def test_every_chunk_belongs_to_its_own_session_and_turn(finished: Finished) -> None:
    assert sum(len(turn["chunks_at"]) for turn in finished.turns()) > 0
    assert sum(turn["foreign_chunks"] for turn in finished.turns()) == 0


def test_both_targets_meet_the_same_model(finished: Finished) -> None:
    """Whole replies to the same turn are of the same size, in the same number of chunks."""
    replies: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for turn in finished.turns():
        if turn["outcome"] == "ok" and turn["acknowledged_at"] is None:
            replies[turn["id"] + turn["scenario"]].append(turn)
    pairs = [pair for pair in replies.values() if {turn["target"] for turn in pair} == {"flask", "quart"}]
    assert len(pairs) > 10, "turns that both targets answered whole"
    assert all(len({(turn["characters"], len(turn["chunks_at"])) for turn in pair}) == 1 for pair in pairs)


def test_resources_of_the_servers_are_told(finished: Finished) -> None:
    for trial in finished.record["trials"]:
        resources, told = trial["resources"], "; ".join(trial["warnings"])
        # the monitor runs with low priority: on a busy machine it may miss a window so short, and then it says so
        assert 0 < resources.get("cpu_share", 1) < 3
        assert ("cpu_share" in resources) != ("its processor use is unknown" in told)
        assert ("memory_bytes" in resources) != ("its size is unknown" in told)
        assert resources.get("memory_bytes", 1e9) > 20_000_000
        assert resources.get("descriptors", 1e9) > trial["sessions"]
    watched = [trial for trial in finished.record["trials"] if len(trial["resources"]) > 6]
    threads = {trial["target"]: trial["resources"]["threads"] for trial in watched}
    assert threads["flask"] > threads["quart"]


def test_pictures_and_page_are_drawn(finished: Finished) -> None:
    assert (finished.folder / "report.html").stat().st_size > 10_000
    assert (finished.folder / "summary.md").read_text().strip()
    pictures = {path.name for path in (finished.folder / "charts").iterdir()}
    assert len(pictures) >= 12
    assert {name.removesuffix(".svg") for name in pictures if name.endswith(".svg")} == {
        name.removesuffix(".png") for name in pictures if name.endswith(".png")
    }


def test_the_last_thing_said_is_the_verdict_and_where_the_report_is(finished: Finished) -> None:
    lines = finished.out.strip().splitlines()
    assert finished.record["headline"] in lines[-3:]
    assert lines[-1] == f"Report: {finished.folder / 'report.html'}"
    assert finished.code == {"VALID": 0, "SUSPECT": 0, "INVALID": 3}[finished.record["validity"]["verdict"]]


def test_latest_leads_to_the_newest_run(finished: Finished) -> None:
    assert (finished.folder.parent / "latest").resolve() == finished.folder


def test_the_report_can_be_drawn_anew_from_a_copy(finished: Finished, tmp_path: Path) -> None:
    copy = tmp_path / "copied"
    copy.mkdir()
    for name in ("run.json", "turns.ndjson.gz"):
        (copy / name).write_bytes((finished.folder / name).read_bytes())
    code, out, err = bench_command.live_bench("report", str(copy))
    assert (code, err) == (0, "")
    assert out.strip() == str(copy / "report.html")
    assert (copy / "report.html").read_bytes() == (finished.folder / "report.html").read_bytes()


def test_ctrl_c_keeps_what_was_measured_and_leaves_no_process(tmp_path: Path) -> None:
    profile = bench_command.profile(tmp_path, "latency", trials=9)
    results = tmp_path / "results"
    process = bench_command.start("run", "--profile", str(profile), "--results", str(results))
    assert process.stdout is not None
    first = process.stdout.readline()  # one execution has ended
    folder, _ = bench_command.results(results)
    wait_until(
        lambda: (folder / "logs" / "002-latency-quart").exists() or len(list(folder.glob("logs/002*"))) == 1, "2"
    )
    process.send_signal(signal.SIGINT)
    code, _, err = bench_command.finish(process)
    record = json.loads((folder / "run.json").read_text())
    assert "[1/18] latency" in first
    assert code == 130 and "Traceback" not in err
    assert not record["complete"] and len(record["trials"]) >= 1
    assert (folder / "report.html").exists()
    assert bench_command.mentioning(str(results)) == []


@pytest.mark.parametrize("whom", [pytest.param("all", marks=pytest.mark.long), "worker"])
def test_a_server_killed_in_mid_trial_is_told_and_the_run_goes_on(tmp_path: Path, whom: str) -> None:
    # long enough to find the server in mid-trial, on a busy machine too
    profile = bench_command.profile(tmp_path, "latency", sessions=4, window_seconds=3.0)
    results = tmp_path / "results"
    process = bench_command.start("run", "--profile", str(profile), "--results", str(results), "--seed", "3")
    _kill_first_server_under_load(process.pid, whom)
    code, out, err = bench_command.finish(process)
    _, record = bench_command.results(results)
    assert record["complete"], err
    killed, other = record["trials"]
    assert any(reason["check"] == "server died" for reason in killed["reasons"])
    assert killed["turns"]["failed"] > 0
    assert not any(reason["check"] == "server died" for reason in other["reasons"])
    assert code == 3
    assert f"{killed['target']} died under load" in out


def _kill_first_server_under_load(bench_pid: int, whom: str) -> None:
    def is_server(process: psutil.Process) -> bool:
        with suppress(psutil.Error):  # it may end while we look
            return any(part.endswith("_app:app") for part in process.cmdline())
        return False

    bench = psutil.Process(bench_pid)
    wait_until(lambda: any(is_server(child) for child in bench.children()), "a server has started")
    (server,) = [child for child in bench.children() if is_server(child)]

    def connected() -> int:
        tree = [server, *server.children()]
        return sum(link.status == "ESTABLISHED" for process in tree for link in process.net_connections("tcp"))

    wait_until(lambda: connected() >= 8, "four people are connected, and four sessions with Gemini")
    workers = server.children() or [server]
    for process in [*workers, server] if whom == "all" else workers:
        process.kill()


def test_a_target_may_be_an_address(tmp_path: Path) -> None:
    profile = bench_command.profile(tmp_path, "interruption")
    results = tmp_path / "results"
    with fake_gemini() as fake, chat_server("quart", speaking_to(fake), tmp_path) as server:
        target = f"mine={server.http_url}"
        _, out, err = bench_command.live_bench(
            "run", "--profile", str(profile), "--results", str(results), "--target", target
        )
    _, record = bench_command.results(results)
    (trial,) = record["trials"]
    assert record["complete"], out + err
    assert (trial["target"], trial["turns"]["failed"]) == ("mine", 0)
    assert trial["turns"]["ok"] > 0
    assert trial["resources"] == {}
    assert trial["approach"]["round_trip"]["pings"] > 0
    assert record["attribution"] == "tags"
    listening, barging = record["baselines"]
    assert (listening["scenario"], listening["ok"]) == ("latency", 15)
    assert listening["medians"]["connect_seconds"]["p50"] > 0
    assert (barging["scenario"], barging["ok"]) == ("interruption", 25)
    assert barging["medians"]["resume_seconds"]["p50"] > 0
    assert record["targets"][0]["style"] == "non-blocking"
    assert "mine: round trip" in out


@pytest.mark.long
def test_a_run_ends_when_the_turns_it_was_allowed_are_used_up(tmp_path: Path) -> None:
    profile = bench_command.profile(tmp_path, "latency", trials=3)
    results = tmp_path / "results"
    with fake_gemini() as fake, chat_server("quart", speaking_to(fake), tmp_path) as server:
        target = f"mine={server.http_url}"
        code, out, err = bench_command.live_bench(
            *("run", "--profile", str(profile), "--results", str(results), "--target", target, "--max-turns", "25")
        )
    _, record = bench_command.results(results)
    assert code == 4, out + err
    assert not record["complete"]
    assert 25 <= record["caps"]["turns_begun"] < 40
    assert "This run is incomplete: the 25 turns of --max-turns were used up." in out


@pytest.mark.long
def test_targets_of_this_machine_and_addresses_are_measured_side_by_side(tmp_path: Path) -> None:
    profile = bench_command.profile(tmp_path, "latency")
    results = tmp_path / "results"
    with fake_gemini() as fake, chat_server("quart", speaking_to(fake), tmp_path) as server:
        target = f"there={server.http_url}"
        _, out, err = bench_command.live_bench(
            *("run", "--profile", str(profile), "--results", str(results), "--target", "quart", "--target", target)
        )
    _, record = bench_command.results(results)
    assert record["complete"], out + err
    assert [baseline["target"] for baseline in record["baselines"]] == ["there"]
    known = {trial["target"]: (bool(trial["approach"]), bool(trial["resources"])) for trial in record["trials"]}
    assert known == {"quart": (False, True), "there": (True, False)}
    less = {trial["target"] for trial in record["trials"] if "ttft_less_round_trip_seconds" in trial["metrics"]}
    assert less == {"there"}
    assert len({trial["build"] for trial in record["trials"]}) == 1, "the same code, whoever says so"


def test_a_server_with_a_real_model_behind_it_is_not_loaded_by_mistake(tmp_path: Path) -> None:
    settings = {"GEMINI_API_KEY": "a-key", "GOOGLE_GEMINI_BASE_URL": ""}
    with fake_gemini() as fake, chat_server("quart", speaking_to(fake, **settings), tmp_path) as server:
        code, _, err = bench_command.live_bench(
            "run", "--target", f"mine={server.http_url}", "--results", str(tmp_path)
        )
    assert code == 2
    assert "--allow-real-model" in err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run", "--profile", "thorough"], "there is no profile 'thorough'"),
        (["run", "--target", "flusk"], "there is no target 'flusk'"),
        (["run", "--target", "mine=ws://127.0.0.1:1"], "no chat server answers at ws://127.0.0.1:1/healthz"),
        (["run", "--fast"], "No such option '--fast'"),
        (["serve", "flusk"], "there is no target 'flusk'"),
        (["report", "results/nowhere"], "is not a folder"),
        (["report", "bench"], "is not a results folder"),
        (["measure"], "No such command 'measure'"),
    ],
)
def test_bad_input_is_answered_in_one_line(arguments: list[str], complaint: str) -> None:
    code, out, err = bench_command.live_bench(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ") and err.count("\n") == 1
    assert complaint in err


def test_an_unknown_scenario_in_a_profile_is_answered_in_one_line(tmp_path: Path) -> None:
    code, _, err = bench_command.live_bench("run", "--profile", str(bench_command.profile(tmp_path, "latencey")))
    assert code == 2
    assert err.startswith("error: there is no scenario 'latencey'") and err.count("\n") == 1


def test_a_broken_record_is_answered_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"schema": "gemini-live-bench.run.v1",')
    code, _, err = bench_command.live_bench("report", str(tmp_path))
    assert code == 2
    assert "is not JSON" in err and err.count("\n") == 1
