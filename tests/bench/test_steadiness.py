"""Windows of 8 seconds, with a turn each tenth of a second, unless told otherwise. Expected slopes are worked by hand
from what was put in; intervals are those that scipy finds."""

import random

import pytest
from made_up import course as made_up_course, turn
from scipy import stats as scipy_stats

from bench.steadiness import course, matters, settle, trend
from bench.windows import spanning

OPENED = 100.0


def window(wait, seconds=8.0, every=0.1, **fields):
    """`wait` gives how long people wait for first words who ask so many seconds after the opening."""
    asked = [number * every for number in range(round(seconds / every))]
    turns = [waited(f"t{number}", at, wait(at), **fields) for number, at in enumerate(asked)]
    return over(turns, seconds)


def over(turns, seconds=8.0):
    execution = {turn.id: turn for turn in turns}
    return spanning(turns, execution, 2, OPENED + 60).narrowed(OPENED, OPENED + seconds)


def waited(name, at, seconds, **fields):
    return turn(name, OPENED + at, chunks_at=[OPENED + at + seconds], **fields)


def noisy(center, spread=0.1, seed=1):
    chance = random.Random(seed)
    return lambda at: center(at) + chance.gauss(0, spread)


def test_steady_window_keeps_its_beginning():
    settled = settle(window(noisy(lambda at: 1.0)))
    assert (settled.cut_seconds, settled.cut_excess_seconds, settled.excess_seconds) == (0.0, 0.0, 0.0)


def test_slow_beginning_is_cut_second_by_second():
    settled = settle(window(noisy(lambda at: 2.0 if at < 2.95 else 1.0)))
    assert settled.cut_seconds == 3.0
    assert settled.cut_excess_seconds == pytest.approx(1.0, abs=0.1)
    assert settled.excess_seconds == 0.0
    assert settled.window.opened_at == OPENED + 3
    assert min(turn.planned_at for turn in settled.window.turns) == pytest.approx(OPENED + 3)


def test_no_more_than_half_is_cut_and_what_is_slow_then_is_told():
    settled = settle(window(noisy(lambda at: 3.0 - at * 0.3, spread=0.01)))
    assert settled.cut_seconds == 4.0
    assert settled.excess_seconds == pytest.approx(0.6, abs=0.1)


def test_quick_beginning_is_not_cut():
    assert settle(window(noisy(lambda at: 0.2 if at < 1 else 1.0))).cut_seconds == 0.0


def test_target_that_is_slow_throughout_is_not_made_quicker():
    slow, quick = settle(window(noisy(lambda at: 9.0))), settle(window(noisy(lambda at: 1.0)))
    assert slow.cut_seconds == quick.cut_seconds == 0.0


def test_second_in_which_a_turn_failed_is_never_cut():
    slow = window(noisy(lambda at: 2.0 if at < 0.95 else 1.0))
    failed = over([*slow.turns, waited("failed", 0.5, 2.0, outcome="failed")])
    assert settle(slow).cut_seconds == 1.0
    settled = settle(failed)
    assert settled.cut_seconds == 0.0
    assert settled.excess_seconds == pytest.approx(1.0, abs=0.1)


def test_who_waits_beyond_the_cut_is_not_forgotten():
    slow = window(noisy(lambda at: 2.0 if at < 0.95 else 1.0))
    patient = waited("patient", 0.5, 7.0)
    assert "patient" in [turn.id for turn in settle(over([*slow.turns, patient])).window.waiting]


def test_difference_that_does_not_matter_is_not_cut():
    certain = window(lambda at: (1.05 if at < 0.95 else 1.0) + at / 1e6)
    assert settle(certain).cut_seconds == 0.0
    assert settle(window(lambda at: (1.15 if at < 0.95 else 1.0) + at / 1e6)).cut_seconds == 1.0


def test_few_turns_do_not_tell_whether_a_beginning_is_slow():
    assert settle(window(lambda at: 2.0 if at < 1 else 1.0, every=0.4)).excess_seconds is None
    assert settle(over([])).excess_seconds is None


def test_window_of_two_seconds_has_nothing_to_spare():
    settled = settle(window(noisy(lambda at: 2.0 if at < 1 else 1.0), seconds=2.0))
    assert settled.cut_seconds == 0.0
    assert settled.excess_seconds == pytest.approx(1.0, abs=0.1)


def test_prompts_that_barge_in_do_not_count():
    plain = window(lambda at: 1.0)
    barging = [waited(f"b{number}", number / 10, 5.0, barges_in_on="gone") for number in range(10)]
    assert settle(over([*plain.turns, *barging])).cut_seconds == 0.0
    seconds = course(over([*plain.turns, *barging])).seconds
    assert [second.center_seconds for second in seconds] == pytest.approx([1.0] * 8)


def test_course_is_the_median_of_each_second():
    found = course(window(lambda at: 1.0 + int(at), seconds=3.0))
    assert found.metric == "ttft_from_plan_seconds"
    assert [second.at_seconds for second in found.seconds] == pytest.approx([0.5, 1.5, 2.5])
    assert [second.center_seconds for second in found.seconds] == pytest.approx([1.0, 2.0, 3.0])
    assert [second.count for second in found.seconds] == [10, 10, 10]


def test_course_of_an_uneven_window_has_parts_of_about_a_second():
    found = course(window(lambda at: 1.0, seconds=2.8))
    assert [second.at_seconds for second in found.seconds] == pytest.approx([2.8 / 6, 2.8 / 2, 2.8 * 5 / 6])


def test_second_without_an_answer_is_left_out():
    gap = [waited("a", 0.5, 1.0), waited("b", 2.5, 1.0)]
    assert [second.at_seconds for second in course(over(gap, seconds=3.0)).seconds] == pytest.approx([0.5, 2.5])


def test_course_is_of_what_the_server_added_where_that_is_known():
    at = OPENED + 1
    tagged = turn("a", at, chunks_at=[at + 0.52], chunks_sent_at=[at + 0.5], chunks_spent_seconds=[0.5])
    found = course(over([tagged, waited("lost its tags", 1.2, 9.0)]))
    assert found.metric == "ttft_added_seconds"
    assert [second.center_seconds for second in found.seconds] == [pytest.approx(0.02)]


def test_slope_and_interval_are_those_of_least_squares():
    centers = [1.0, 1.3, 1.1, 1.6, 1.5, 1.9, 1.7]
    found = trend([made_up_course(*centers)])
    theirs = scipy_stats.linregress(range(7), centers)
    margin = scipy_stats.t.ppf(0.995, 5) * theirs.stderr
    assert found.slope == pytest.approx(theirs.slope)
    assert (found.low, found.high) == pytest.approx((theirs.slope - margin, theirs.slope + margin))


def test_second_with_more_turns_weighs_more():
    even, uneven = made_up_course(*[1.0] * 5, 2.0), made_up_course(*[1.0] * 5, 2.0)
    uneven.seconds[-1].count = 1
    assert trend([uneven]).slope < trend([even]).slope


def test_short_windows_are_asked_together_each_with_a_level_of_its_own():
    climbing = [made_up_course(level, level + 0.1, level + 0.2) for level in (1.0, 5.0, 2.0, 8.0)]
    assert trend(climbing).slope == pytest.approx(0.1)
    assert trend(climbing[:2]) is None, "three degrees of freedom are too few"


@pytest.mark.parametrize("count", [0, 1, 5])
def test_too_few_seconds_have_no_slope(count):
    assert trend([made_up_course(*[1.0] * count)]) is None


def test_seconds_of_which_each_trial_has_one_have_no_slope():
    assert trend([made_up_course(1.0)] * 20) is None


@pytest.mark.parametrize(("slope", "change"), [(0.05, 0.4), (-0.05, -0.4), (0.01, None)])
def test_change_is_told_where_it_is_certain_and_matters(slope, change):
    found = trend([made_up_course(*(1.0 + slope * at + 0.001 * (at % 2) for at in range(8)))])
    told = found.change_seconds(8.0)
    assert told == (None if change is None else pytest.approx(change, abs=0.01))


def test_change_that_chance_may_have_made_is_not_told():
    found = trend([made_up_course(1.0, 3.0, 0.5, 2.8, 1.2, 3.1, 0.9, 3.6)])
    assert abs(found.slope * 8) > 0.5
    assert found.change_seconds(8.0) is None


@pytest.mark.parametrize(
    ("change", "center", "does"), [(0.009, 0.001, False), (0.011, 0.001, True), (0.09, 1.0, False), (-0.11, 1.0, True)]
)
def test_change_matters_beyond_the_instruments_own_lateness_and_a_tenth_of_the_median(change, center, does):
    assert matters(change, center) is does
