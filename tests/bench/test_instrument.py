from dataclasses import replace

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


def test_turns_are_missed_that_the_load_set_about_a_second_late_or_never():
    on_time = turn("a", 5, begun_at=5.9), unanswered("b", 5, begun_at=5.1, sent_at=None)
    late, never = turn("c", 5, begun_at=6.1), unanswered("d", 5, sent_at=None)
    assert instrument(process(*on_time))["missed_share"] == 0
    assert instrument(process(*on_time, late))["missed_share"] == pytest.approx(1 / 3)
    assert instrument(process(*on_time, late, never))["missed_share"] == 0.5


def test_records_from_before_the_load_said_when_it_began_miss_nothing_that_was_sent_or_failed():
    refused = unanswered("b", 5, sent_at=None, outcome="failed", failure="connect_failed", ended_at=6)
    assert instrument(process(turn("a", 5), refused))["missed_share"] == 0


def test_frames_are_counted_when_they_arrive():
    early = turn("a", 2.5, chunks_at=[2.9, 3.1])
    assert instrument(process(early, turn("b", 5)), window_seconds=6.0)["frames_per_second"] == pytest.approx(3 / 6)


def spent(name, waited):
    """A turn whose fake took 0.5 s to the first words, which arrived after so long."""
    return turn(name, 5, chunks_at=[5 + waited], chunks_sent_at=[5.6], chunks_spent_seconds=[0.5])


def test_bounds_of_lateness_are_the_same_for_a_slow_target():
    quick, slow = (instrument(process(spent("a", waited))) for waited in (0.501, 4.0))
    assert quick["model_seconds_p50"] == slow["model_seconds_p50"] == 0.5
    assert "model_seconds_p50" not in instrument(process(turn("a", 5)))


@pytest.mark.parametrize(("clocks", "share"), [(["kernel"] * 2, 1.0), (["kernel", "user"], 0.5), (["user"] * 2, 0.0)])
def test_share_of_kernel_stamps_is_of_the_turns_that_were_answered(clocks, share):
    answered = [turn(str(number), 5, clock=clock) for number, clock in enumerate(clocks)]
    assert instrument(process(*answered, unanswered("c", 6)))["kernel_stamps_share"] == share


def test_cores_of_load_and_fake_are_unknown_where_the_fake_could_not_be_watched():
    punctual = {"lateness_seconds": {"p99": 0.001}}
    assert "load_core_share" not in instrument(process(turn("a", 5)), generator=samples(0.5), fake_ledger=punctual)


def self_watched(*turns, cpu_per_second):
    """The file of a load process that says what it spent second by second."""
    *lines, end = process(*turns)
    at = [float(second) for second in range(25)]
    return [*lines, replace(end, cpu_at=at, cpu_seconds_by=[second * cpu_per_second for second in at])]


def test_workers_elsewhere_are_judged_by_what_they_say_that_they_spent():
    workers = self_watched(turn("a", 5), cpu_per_second=0.3), self_watched(turn("b", 5), cpu_per_second=0.7)
    numbers = instrument(*workers, sessions=[4], generator=samples(0.1), workers=2, elsewhere=True)
    assert numbers["generator_cpu_share"] == pytest.approx(0.7)


def test_of_workers_elsewhere_that_say_nothing_nothing_is_known():
    numbers = instrument(process(turn("a", 5)), generator=samples(0.1), workers=1, elsewhere=True)
    assert "generator_cpu_share" not in numbers
