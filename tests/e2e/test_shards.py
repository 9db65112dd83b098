"""Several shards side by side, each as its users start it, and the one run that becomes of them."""

import gzip
import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.chat_server_process import ChatServer, chat_server, speaking_to
from tests.e2e import bench_command
from tests.fake_gemini_process import fake_gemini
from tests.loadtests.locust_run import LocustRun, for_a_while, headless
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

PEOPLE, COUNT = 7, 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    with (
        fake_gemini() as fake,
        chat_server("quart", speaking_to(fake), tmp_path_factory.mktemp("server")) as server,
    ):
        yield server


class Started:
    """One shard."""

    def __init__(self, root: Path, server: ChatServer, shard: str, *more: str, trials: int = 1) -> None:
        root.mkdir(exist_ok=True)
        people = {"sessions": PEOPLE, "trials": trials}
        self.profile = bench_command.profile(root, "latency", "concurrency", **people, window_seconds=2.0)
        self.job = root / "job"
        self.process: subprocess.Popen[str] = bench_command.start(
            *("run", "--profile", str(self.profile), "--target", f"mine={server.http_url}"),
            *("--shard", shard, "--results", str(self.job), "--barrier-lead", "6s", *more),
        )
        self.folder = self.job / shard.partition("/")[0]

    def has_begun(self, execution: int) -> bool:
        return (self.job / f"go-{execution}").exists()

    def has_measured(self, execution: int) -> bool:
        return (self.folder / "executions" / f"{execution:03}" / "execution.json").exists()

    def finish(self) -> tuple[int, str, str]:
        return bench_command.finish(self.process)


@dataclass
class Merged:
    code: int
    out: str
    err: str
    results: Path

    @property
    def folder(self) -> Path:
        return bench_command.results(self.results)[0]

    @property
    def record(self) -> dict[str, Any]:
        return bench_command.results(self.results)[1]


def merged(root: Path) -> Merged:
    results = root / "merged"
    return Merged(*bench_command.live_bench("merge", str(root / "job"), "--results", str(results)), results)


@dataclass
class Whole:
    shards: list[Started]
    ended: list[tuple[int, str, str]]
    merged: Merged

    def raw(self, execution: int) -> list[list[dict[str, Any]]]:
        """All lines that each shard recorded of an execution, as they stand in its files."""
        found = []
        for shard in self.shards:
            paths = (shard.folder / "executions" / f"{execution:03}").glob("turns-*.ndjson.gz")
            content = b"".join(gzip.decompress(path.read_bytes()) for path in paths)
            found.append([json.loads(line) for line in content.splitlines()])
        return found


@pytest.fixture(scope="module", params=[2, pytest.param(COUNT, marks=pytest.mark.long)])
def whole(request: pytest.FixtureRequest, server: ChatServer, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    root = tmp_path_factory.mktemp("whole")
    count = int(request.param)
    shards = [Started(root, server, f"{index}/{count}") for index in range(count)]
    return Whole(shards, [shard.finish() for shard in shards], merged(root))


def test_shards_of_a_healthy_load_end_well_and_become_one_run(whole: Whole) -> None:
    for code, out, err in whole.ended:
        assert code in (0, 3) and err == "" and "is done" in out
        assert code == 0 or "INVALID" in out, "a busy machine may spoil the generator, which is then said"
    assert whole.merged.err == ""
    record = whole.merged.record
    assert record["complete"]
    assert [shard["index"] for shard in record["shards"]] == list(range(len(whole.shards)))
    places = [(trial["scenario"], trial["sessions"]) for trial in record["trials"]]
    assert sorted(places) == [("concurrency", 4), ("concurrency", 7), ("latency", 7)]
    assert whole.merged.code == {"VALID": 0, "SUSPECT": 0, "INVALID": 3}[record["validity"]["verdict"]]


def test_nothing_that_any_shard_recorded_is_lost(whole: Whole) -> None:
    with gzip.open(whole.merged.folder / "turns.ndjson.gz", "rt") as file:
        kept = [json.loads(line) for line in file]
    for execution in (1, 2):
        raw = [line for lines in whole.raw(execution) for line in lines if line["kind"] == "turn"]
        mine = [turn for turn in kept if turn["order"] == execution]
        assert len(raw) > 0 and {turn["id"] for turn in raw} == {turn["id"] for turn in mine}
        assert len(mine) == len(raw)
    for trial in whole.merged.record["trials"]:
        assert trial["instrument"]["locust_turns"] == trial["instrument"]["recorded_turns"] > 0
        assert trial["instrument"]["lost_turns"] == trial["instrument"]["unended_files"] == 0
        assert trial["turns"]["failed"] == 0 < trial["turns"]["ok"]


def test_percentiles_are_those_of_all_turns_of_all_shards_together(whole: Whole) -> None:
    """Found here by other means: every raw turn planned in the window that all shards have in common."""
    (trial,) = [trial for trial in whole.merged.record["trials"] if trial["scenario"] == "latency"]
    shards = whole.raw(trial["order"])
    reached = max(line["at"] for lines in shards for line in lines if line.get("mark") == "reached")
    stopped = min(line["at"] for lines in shards for line in lines if line.get("mark") == "stop")
    opened = trial["started_at"]
    closed = opened + trial["window_seconds"]
    assert opened == pytest.approx(reached + 0.3 + trial["instrument"].get("warm_up_cut_seconds", 0.0))
    assert closed <= stopped + 1e-6
    turns = [line for lines in shards for line in lines if line["kind"] == "turn"]
    waits = [
        turn["chunks_at"][0] - turn["sent_at"]
        for turn in turns
        if opened <= turn["planned_at"] < closed and turn["outcome"] == "ok" and turn["sent_at"] is not None
    ]
    found = trial["metrics"]["ttft_seconds"]
    assert found["count"] == len(waits) > 59, "as many as a 95th percentile needs"
    for statistic, share in (("p50", 0.5), ("p95", 0.95)):
        nearest = np.quantile(waits, share, method="inverted_cdf")
        assert found["values"][statistic] == pytest.approx(float(nearest), abs=1e-9)


def test_shards_share_out_all_people_and_no_two_have_the_same(whole: Whole) -> None:
    shards = whole.raw(1)
    people = [{line["session"].partition("/")[0] for line in lines if line["kind"] == "turn"} for lines in shards]
    assert sum(map(len, people)) == len(set.union(*people)) == PEOPLE


def test_each_shard_looks_at_the_way_and_every_latency_is_told_without_the_round_trip_too(whole: Whole) -> None:
    for trial in whole.merged.record["trials"]:
        assert len(trial["approaches"]) == len(whole.shards)
        assert {way["build"] for way in trial["approaches"]} == {trial["build"]} == set(trial["instances"]["builds"])
        trips = [way["round_trip"]["p50_seconds"] for way in trial["approaches"]]
        assert min(trips) <= trial["approach"]["round_trip"]["p50_seconds"] <= max(trips)
        assert trial["approach"]["app"] == "quart"
        metrics = trial["metrics"]
        assert metrics["ttft_less_round_trip_seconds"]["count"] == metrics["ttft_seconds"]["count"]
        less = metrics["ttft_seconds"]["values"]["p50"] - metrics["ttft_less_round_trip_seconds"]["values"]["p50"]
        assert min(trips) - 1e-9 <= less <= max(trips) + 1e-9


def test_one_person_alone_is_measured_by_the_first_shard_and_told_by_the_merge(whole: Whole) -> None:
    record = whole.merged.record
    (baseline,) = record["baselines"]
    assert (baseline["target"], baseline["ok"], baseline["failed"]) == ("mine", 15, 0)
    assert baseline["medians"]["ttft_seconds"]["p50"] > 0 and baseline["approach"]["round_trip"]
    assert [(shard.folder / "alone").exists() for shard in whole.shards] == [True] + [False] * (len(whole.shards) - 1)
    assert record["targets"][0]["style"] == "non-blocking"
    with gzip.open(whole.merged.folder / "turns.ndjson.gz", "rt") as file:
        alone = [turn for line in file if (turn := json.loads(line))["order"] == 0]
    assert sum(turn["outcome"] == "ok" for turn in alone) == 15
    begins = [turn["planned_at"] for lines in whole.raw(1) for turn in lines if turn["kind"] == "turn"]
    assert max(turn["ended_at"] for turn in alone if turn["ended_at"]) < min(begins)
    assert "mine: round trip " in whole.merged.out and "one person alone: connects in" in whole.merged.out


def test_merged_run_has_a_page_that_names_its_shards(whole: Whole) -> None:
    page = (whole.merged.folder / "report.html").read_text()
    assert "one person alone" in page and "round trip" in page
    assert "In shards" in page and str(whole.shards[1].folder) in page
    assert (whole.merged.folder / "summary.md").exists()
    assert whole.merged.out.strip().splitlines()[-1] == f"Report: {whole.merged.folder / 'report.html'}"


@pytest.mark.long
def test_records_of_stock_locusts_that_share_a_load_become_one_run(server: ChatServer, tmp_path: Path) -> None:
    url = server.http_url.replace("http", "ws")
    runs = []
    for index in range(2):
        folder = tmp_path / "job" / str(index)
        options = headless(url, PEOPLE, *for_a_while(folder, "5s"), "--think-seconds", "0.05")
        runs.append(LocustRun(folder, "latency", *options, "--shard", f"{index}/2"))
    recorded = [len(run.finish().turns) for run in runs]
    results = tmp_path / "merged"
    more = ["--scenario", "latency", "--warm-up", "1s", "--target", f"mine={url}", "--results", str(results)]
    done = Merged(*bench_command.live_bench("merge", str(tmp_path / "job"), *more), results)
    (trial,) = done.record["trials"]
    assert (trial["target"], trial["scenario"], trial["sessions"]) == ("mine", "latency", PEOPLE)
    assert trial["instrument"]["locust_turns"] == trial["instrument"]["recorded_turns"] > 0
    assert 0 < trial["turns"]["ok"] < sum(recorded)
    with gzip.open(done.folder / "turns.ndjson.gz", "rt") as file:
        assert len(file.readlines()) == sum(recorded)


@pytest.mark.long
def test_shard_that_comes_late_is_waited_for(server: ChatServer, tmp_path: Path) -> None:
    first = Started(tmp_path, server, "0/2")
    wait_until(lambda: (first.job / "here-1-0").exists(), "shard 0 has come")
    assert not (first.folder / "alone").exists()
    late = Started(tmp_path, server, "1/2")
    assert {late.finish()[0], first.finish()[0]} <= {0, 3}
    assert merged(tmp_path).record["complete"]


@pytest.mark.long
def test_shard_that_is_killed_leaves_what_was_measured_whole_and_says_what_is_missing(
    server: ChatServer, tmp_path: Path
) -> None:
    shards = [
        Started(tmp_path, server, f"{index}/{COUNT}", "--barrier-limit", "12s", trials=2) for index in range(COUNT)
    ]
    wait_until(lambda: shards[2].has_measured(1) and shards[2].has_begun(2), "the second execution has begun")
    shards[2].process.kill()
    shards[2].finish()
    for shard in shards[:2]:
        code, _, err = shard.finish()
        assert code == 2 and err.count("\n") == 1
        assert "shard 2 of 3 did not come to execution 3 within 12.0 s" in err, "by itself, or as the other said it"
        assert "what was measured before is in" in err
    done = merged(tmp_path)
    assert done.code == 3 and not done.record["complete"]
    by_order: dict[int, list[Any]] = {}
    for trial in done.record["trials"]:
        by_order.setdefault(trial["order"], []).append(trial)
    assert sorted(by_order) == [1, 2, 3, 4]
    assert all(trial["metrics"] for trial in by_order[1])
    for order in (2, 3, 4):
        for trial in by_order[order]:
            assert trial["metrics"] == {}
            assert [reason["check"] for reason in trial["reasons"]] == ["shards missing"]
    assert "shard 2 left nothing" in done.out
    assert bench_command.mentioning(str(tmp_path)) == []


@pytest.mark.long
def test_ctrl_c_while_the_first_shard_measures_one_person_alone_ends_the_others(
    server: ChatServer, tmp_path: Path
) -> None:
    first, other = (Started(tmp_path, server, f"{index}/2") for index in range(2))
    wait_until(lambda: (first.job / "quiet-1-1").exists(), "the other waits for it")
    first.process.send_signal(signal.SIGINT)
    code, out, err = first.finish()
    assert code == 130 and "Traceback" not in err and "was ended by hand" in out
    code, _, err = other.finish()
    assert code == 2 and err.count("\n") == 1
    assert err.startswith("error: shard 0 left before execution 1: it was ended by hand")
    assert not first.has_begun(1)
    assert bench_command.mentioning(str(tmp_path)) == []


@pytest.mark.long
def test_ctrl_c_at_one_shard_keeps_what_it_has_and_ends_the_others(server: ChatServer, tmp_path: Path) -> None:
    first, ended = (Started(tmp_path, server, f"{index}/2") for index in range(2))
    wait_until(lambda: first.has_begun(1), "the first execution is to begin")
    ended.process.send_signal(signal.SIGINT)
    code, out, err = ended.finish()
    assert code == 130 and "Traceback" not in err and "was ended by hand" in out
    code, _, err = first.finish()
    assert code == 2 and err.count("\n") == 1
    assert "shard 1 left before execution 2: it was ended by hand; what was measured before is in" in err
    assert first.has_measured(1)
    assert merged(tmp_path).code == 3
    assert bench_command.mentioning(str(tmp_path)) == []


def test_ctrl_c_while_a_shard_waits_for_the_others_ends_it_at_once(server: ChatServer, tmp_path: Path) -> None:
    alone = Started(tmp_path, server, "0/2")
    wait_until(lambda: (alone.job / "here-1-0").exists(), "it waits")
    alone.process.send_signal(signal.SIGINT)
    code, out, err = alone.finish()
    assert code == 130 and "Traceback" not in err and "was ended by hand" in out
    assert "ended by hand" in (alone.job / "left-0").read_text()


def test_shards_that_never_all_come_are_named_in_one_line(server: ChatServer, tmp_path: Path) -> None:
    code, _, err = Started(tmp_path, server, "1/3", "--barrier-limit", "1s").finish()
    assert code == 2 and err.count("\n") == 1
    assert err.startswith("error: shards 0, 2 of 3 did not come to execution 1 within 1.00 s")


def test_shards_of_two_seeds_do_not_begin(server: ChatServer, tmp_path: Path) -> None:
    shards = [Started(tmp_path, server, f"{index}/2", "--seed", str(index + 1)) for index in range(2)]
    for shard in shards:
        code, _, err = shard.finish()
        assert code == 2 and err.count("\n") == 1
        assert "shards 0 and 1 do not measure the same (seed 1 and 2): start both alike" in err
        assert not shard.has_measured(1)
