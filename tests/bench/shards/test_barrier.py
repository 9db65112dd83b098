import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.errors import BenchError
from bench.shards.barrier import Barrier
from bench.shards.clocks import offset
from loadtests.support.shard import Shard
from tests.waiting import wait_until

SAME = {"seed": 1, "profile": {"name": "made-up"}}


def barrier(folder, index, count, configuration=SAME, limit_seconds=30.0):
    return Barrier(folder, Shard(index, count), configuration, limit_seconds, lead_seconds=0.5)


def test_all_who_meet_are_told_the_same_moment(tmp_path):
    shards = [barrier(tmp_path, index, 3) for index in range(3)]
    with ThreadPoolExecutor(3) as pool:
        first = list(pool.map(lambda shard: shard.meet(1), shards))
        second = list(pool.map(lambda shard: shard.meet(2), shards))
    assert len({meeting.starts_at for meeting in first}) == len({meeting.starts_at for meeting in second}) == 1
    assert second[0].starts_at > first[0].starts_at >= max(meeting.ready_at for meeting in first) + 0.5


def test_shards_on_one_machine_are_found_to_have_one_clock(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        _, other = pool.map(lambda index: barrier(tmp_path, index, 2).meet(1), range(2))
    found = offset([other])
    assert found and found.low_seconds <= 0.0 <= found.high_seconds


def test_nobody_starts_before_the_last_has_come(tmp_path):
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(barrier(tmp_path, 0, 2).meet, 1)
        wait_until(lambda: (tmp_path / "ready-1-0").exists(), "shard 0 is ready")
        assert not waiting.done() and not (tmp_path / "go-1").exists()
        before = time.time()
        late = barrier(tmp_path, 1, 2).meet(1)
        assert waiting.result().starts_at == late.starts_at > before


@pytest.mark.parametrize(("index", "others"), [(0, "1, 2"), (1, "0, 2")])
def test_who_does_not_come_is_named_when_the_time_is_up(tmp_path, index, others):
    with pytest.raises(BenchError, match=f"^shards {others} of 3 did not come to execution 1 within 10 ms"):
        barrier(tmp_path, index, 3, limit_seconds=0.01).meet(1)


def test_one_who_left_is_not_waited_for(tmp_path):
    barrier(tmp_path, 1, 2).leave("it was ended by hand")
    with pytest.raises(BenchError, match="shard 1 left before execution 4: it was ended by hand"):
        barrier(tmp_path, 0, 2).meet(4)


def test_one_who_left_after_all_were_told_to_start_holds_up_nobody(tmp_path):
    late = barrier(tmp_path, 1, 2)
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(barrier(tmp_path, 0, 2).meet, 1)
        (tmp_path / "ready-1-1").write_text('{"at": 1.0, "configuration": {"seed": 1, "profile": {"name": "made-up"}}}')
        told.result()
    barrier(tmp_path, 0, 2).leave("it failed")
    (tmp_path / "ready-1-1").unlink()
    assert late.meet(1).starts_at == told.result().starts_at


def test_shards_that_do_not_measure_the_same_are_told_what_differs(tmp_path):
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(barrier(tmp_path, 1, 2, {**SAME, "seed": 2}).meet, 1)
        first = barrier(tmp_path, 0, 2)
        with pytest.raises(BenchError, match=r"shards 0 and 1 do not measure the same \(seed 1 and 2\)") as complaint:
            first.meet(1)
        first.leave(str(complaint.value))
        with pytest.raises(BenchError, match=r"shard 0 left before execution 1: .*seed 1 and 2"):
            other.result()


def test_what_is_half_written_is_not_there_yet(tmp_path):
    (tmp_path / "go-1").write_text('{"told_at": 1.0, "starts')
    with pytest.raises(BenchError, match="shard 0 of 2 did not come"):
        barrier(tmp_path, 1, 2, limit_seconds=0.01).meet(1)


def test_folder_of_an_earlier_run_is_refused(tmp_path):
    (tmp_path / "ready-1-1").write_text("{}")
    with pytest.raises(BenchError, match="holds ready-1-1 of an earlier run: name a fresh folder"):
        barrier(tmp_path, 1, 2).enter()
    for name in ("go-1", "all-quiet-1"):
        (tmp_path / name).write_text("{}")
        with pytest.raises(BenchError, match=f"holds {name} of an earlier run"):
            barrier(tmp_path, 0, 2).enter()
        (tmp_path / name).unlink()


def test_barrier_among_results_is_not_mistaken_for_an_earlier_one(tmp_path):
    (tmp_path / "ready-1-0").write_text("{}")  # of a shard that was quicker
    (tmp_path / "1").mkdir()
    barrier(tmp_path, 1, 2).enter()


def test_barrier_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchError, match=r"cannot use .*file as barrier"):
        barrier(tmp_path / "file", 0, 2).enter()


def test_leaving_twice_changes_nothing(tmp_path):
    shard = barrier(tmp_path, 0, 2)
    shard.leave("first")
    shard.leave("second")
    assert "first" in (tmp_path / "left-0").read_text()


def test_shards_meet_for_several_reasons_before_one_execution_and_only_for_the_load_wait_for_a_moment(tmp_path):
    shards = [barrier(tmp_path, index, 2) for index in range(2)]
    for occasion, lead_seconds in (("here", 0.0), ("quiet", 0.0), ("ready", 0.5)):
        with ThreadPoolExecutor(2) as pool:
            met = list(pool.map(lambda shard, why=occasion: shard.meet(1, why), shards))
        assert [meeting.starts_at - meeting.told_at for meeting in met] == [lead_seconds] * 2


@pytest.mark.parametrize("name", ["here-1-1", "quiet-3-1", "ready-1-1", "left-1"])
def test_whatever_a_shard_wrote_earlier_it_is_known_to_have_been_here(tmp_path, name):
    (tmp_path / name).write_text("{}")
    barrier(tmp_path, 0, 2).enter()
    with pytest.raises(BenchError, match=f"holds {name} of an earlier run"):
        barrier(tmp_path, 1, 2).enter()


def test_who_is_rightly_busy_is_waited_for_longer(tmp_path):
    with pytest.raises(BenchError, match="shard 1 of 2 did not come to execution 1 within 20 ms"):
        barrier(tmp_path, 0, 2, limit_seconds=0.01).meet(1, "quiet", busy_seconds=0.01)
