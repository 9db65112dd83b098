import pytest
from made_up import course, trial, trials

from bench.drift import beginning, slope, slopes
from bench.findings import Unmade


def made(**instrument):
    return trial(instrument=instrument)


def test_window_that_begins_as_it_goes_on_has_no_reason():
    assert beginning(made(warm_up_excess_seconds=0.0, warm_up_cut_seconds=1.0)) is None


def test_window_that_is_still_slow_at_its_beginning_is_suspect_and_says_what_was_cut():
    found = beginning(made(warm_up_excess_seconds=0.25, warm_up_cut_seconds=4.0))
    assert (found.check, found.verdict) == ("warm-up", "SUSPECT")
    assert "waited 0.25 s longer" in found.message
    assert "its first 4.00 s was cut" in found.message
    assert "warm_up_seconds" in found.message


def test_beginning_that_could_not_be_tested_was_not_checked():
    found = beginning(made(warm_up_cut_seconds=0.0))
    assert isinstance(found, Unmade)
    assert found.check == "warm-up"


def test_later_steps_of_a_climbing_load_are_not_asked_to_be_steady():
    climbing = trial(instrument={"crowded": 1.0}, course=course(*(1.0 + at for at in range(10))))
    assert beginning(climbing) is None
    assert slope(climbing) is None
    assert slopes([climbing]) == []


def drifting(per_second, seconds=12, **fields):
    return trial(window_seconds=seconds, course=course(*(1.0 + per_second * at for at in range(seconds))), **fields)


@pytest.mark.parametrize(
    ("per_second", "said", "next_step"),
    [(0.05, "waited 0.60 s longer than", "fewer sessions"), (-0.05, "waited 0.60 s less than", "warm_up_seconds")],
)
def test_long_window_that_drifts_is_suspect_by_itself(per_second, said, next_step):
    found = slope(drifting(per_second))
    assert (found.check, found.verdict) == ("drift", "SUSPECT")
    assert said in found.message
    assert next_step in found.message


def test_long_window_that_is_steady_is_not():
    assert slope(drifting(0.001)) is None


def test_short_windows_that_drift_the_same_way_are_found_together():
    short = [drifting(0.1, seconds=3, number=number) for number in range(1, 7)]
    assert [slope(trial) for trial in short] == [None] * 6
    (found,) = slopes(short)
    assert (found.check, found.verdict) == ("drift", "SUSPECT")
    assert "in the 6 trials of talk at 2 with flask" in found.message


def test_short_windows_that_drift_this_way_and_that_are_not():
    assert slopes([drifting(0.1 * (-1) ** number, seconds=3, number=number) for number in range(1, 7)]) == []


def test_case_with_too_few_seconds_was_not_checked():
    (found,) = slopes([drifting(5.0, seconds=3), drifting(5.0, seconds=3, number=2)])
    assert (found.check, found.where) == ("drift", "talk at 2 with flask")


def test_cases_are_asked_one_by_one():
    steady = trials(6, target="quart")
    climbing = [drifting(0.1, seconds=3, number=number) for number in range(1, 7)]
    (found,) = slopes([*steady, *climbing])
    assert "with flask" in found.message


def test_trial_of_another_metric_is_not_mixed_in():
    tagged = trial(course=course(*[0.001] * 3, metric="ttft_added_seconds"))
    untagged = trial(course=course(1.0, 2.0, 3.0), number=2)
    (found,) = slopes([tagged, untagged])
    assert isinstance(found, Unmade)
