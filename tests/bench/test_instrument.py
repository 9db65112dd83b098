import pytest
from made_up import execution, process, samples, turn, unanswered

from bench.evaluate import trials


def instrument(*processes, **fields):
    return trials(execution(*processes, **fields))[0].instrument


def test_generator_is_judged_by_its_busiest_process():
    idle, busy = process(turn("a", 5), cpu_seconds=2.0), process(turn("b", 5), cpu_seconds=6.0)
    # 1.2 cores in all, of which 6 / 8 are those of the busy one
    assert instrument(idle, busy, sessions=[4], generator=samples(1.2))["generator_cpu_share"] == pytest.approx(0.9)


def test_load_processes_that_did_not_say_what_they_spent_count_alike():
    both = process(turn("a", 5), cpu_seconds=0.0), process(turn("b", 5), cpu_seconds=0.0)
    assert instrument(*both, sessions=[4], generator=samples(1.2))["generator_cpu_share"] == pytest.approx(0.6)


def test_what_the_hypervisor_took_in_the_window_is_a_share_of_the_cores():
    assert instrument(process(turn("a", 5)), stolen=samples(0.07))["steal_share"] == pytest.approx(0.07)
    assert "steal_share" not in instrument(process(turn("a", 5)))


def test_two_kinds_of_lag_are_two_numbers():
    stamped = turn("a", 5, clock="kernel", chunks_lag_seconds=[0.004, 0.006])
    numbers = instrument(process(stamped))
    assert numbers["greenlet_lag_seconds_p99"] == 0.002
    assert numbers["generator_lag_seconds_p99"] == 0.006
    assert "generator_lag_seconds_p99" not in instrument(process(turn("a", 5)))


def test_schedule_delay_counts_those_who_had_to_connect_and_those_who_never_did():
    connected = turn("a", 5, begun_at=5.01, connect_seconds=2.0, sent_at=7.01)
    never = unanswered("b", 6, begun_at=6.03, sent_at=None)
    assert instrument(process(connected, never))["schedule_delay_seconds_p99"] == pytest.approx(0.03)


def test_frames_are_counted_when_they_arrive():
    early = turn("a", 2.5, chunks_at=[2.9, 3.1])
    assert instrument(process(early, turn("b", 5)), window_seconds=6.0)["frames_per_second"] == pytest.approx(3 / 6)
