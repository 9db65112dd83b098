import pytest

from bench.capacity.pace import Pace, patience_seconds, reply_seconds
from bench.capacity.search import Probe
from bench.objective import parse
from servers.fake_gemini.timing import load_profile, plan_turn

PACE = Pace(think_seconds=0.5, reply_seconds=1.5, probe_seconds=5.0, confirm_seconds=12.0)
P95, P99 = parse("ttft_added p95 <= 0.1s"), parse("ttft_added p99 <= 0.1s, ttft p50 <= 1s")


def test_window_has_turns_enough_for_the_rarest_percentile_asked_for():
    # p95 takes 59 values and p99 299; with half of the window cut as warm-up, and a quarter to spare
    assert PACE.window_seconds(Probe(10, confirms=False), P95) == pytest.approx(2.5 * 59 * 2.0 / 10)
    assert PACE.window_seconds(Probe(10, confirms=True), P99) == pytest.approx(2.5 * 299 * 2.0 / 10)


def test_window_is_never_shorter_than_asked_for_and_longer_where_it_confirms():
    assert PACE.window_seconds(Probe(1000, confirms=False), P99) == 5.0
    assert PACE.window_seconds(Probe(1000, confirms=True), P99) == 12.0


def test_shares_alone_need_no_longer_window():
    assert PACE.window_seconds(Probe(1, confirms=False), parse("failures <= 1%")) == 5.0


def test_hardly_anybody_fails_by_what_the_fake_itself_takes():
    model = load_profile("live-text")
    waits = [plan_turn(model, 7, f"prompt {number}").chunks_due_seconds[0] for number in range(20_000)]
    assert sum(wait > patience_seconds(P95) for wait in waits) / len(waits) < 0.001
    assert patience_seconds(parse("ttft p95 <= 9s")) == 9.0


@pytest.mark.parametrize("objective", [P95, parse("ttft p95 <= 9s")])
def test_who_waits_all_the_time_has_lost_patience_before_others_make_room(objective):
    case = Pace(0.5, 1.5, probe_seconds=0.5, confirm_seconds=0.5).case(Probe(1000, confirms=False), objective)
    assert case.warm_up_seconds + case.window_seconds > patience_seconds(objective)


def test_case_is_that_of_the_probe():
    case = PACE.case(Probe(300, confirms=True), P95)
    assert (case.scenario, case.levels, case.window_seconds) == ("latency", [300], 12.0)
    assert case.options == {"think-seconds": 0.5}


def test_probe_takes_longer_than_its_load():
    probe = Probe(300, confirms=False)
    assert PACE.seconds(probe, P95) > PACE.case(probe, P95).run_seconds


def test_length_of_a_reply_is_the_mean_of_what_the_fake_plans():
    fast = load_profile("fast")
    lengths = [plan_turn(fast, 7, f"another {number}").chunks_due_seconds[-1] for number in range(2000)]
    assert reply_seconds("fast") == pytest.approx(sum(lengths) / len(lengths), rel=0.1)
