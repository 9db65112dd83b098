from collections.abc import Callable

import numpy as np
import pytest

from bench.history.detection import ALPHA, MINIMUM_RUNS, MINIMUM_SEGMENT, Found, find, noise_of

LEVEL, MARGIN, FLOOR = 0.007, 0.05, 0.0001
SERIES = 200


def noise(seed: int, runs: int, share: float = 0.04) -> np.ndarray:
    return LEVEL * np.exp(np.random.default_rng(seed).normal(0, share, runs))


def stepped(seed: int, runs: int, at: int, factor: float, share: float = 0.04) -> np.ndarray:
    return np.where(np.arange(runs) < at, 1.0, factor) * noise(seed, runs, share)


def looked(values: Callable[[int], np.ndarray], margin: float = MARGIN) -> list[Found]:
    return [find(values(seed).tolist(), margin, FLOOR) for seed in range(SERIES)]


def share(found: list[Found], holds: Callable[[Found], bool]) -> float:
    return sum(map(holds, found)) / len(found)


def has_steps(found: Found) -> bool:
    return bool(found.steps)


@pytest.mark.parametrize(("runs", "spread"), [(10, 0.04), (30, 0.04), (30, 0.10), (100, 0.04)])
def test_noise_alone_hardly_ever_shows_a_step(runs, spread):
    found = looked(lambda seed: noise(seed, runs, spread))
    assert share(found, has_steps) <= 2 * ALPHA  # as many as that in 200 series, where 1 in 100 is allowed for
    assert share(found, lambda each: each.drift is not None) <= 2 * ALPHA


def test_noise_with_many_outliers_hardly_ever_shows_a_step():
    def values(seed):
        random = np.random.default_rng(seed)
        return noise(seed, 30) * np.exp(np.where(random.random(30) < 0.1, random.normal(0, 0.2, 30), 0.0))

    assert share(looked(values), has_steps) <= 0.03


@pytest.mark.parametrize("factor", [1.1, 1 / 1.1])
def test_step_of_a_tenth_is_nearly_always_found_where_it_is(factor):
    found = looked(lambda seed: stepped(1000 + seed, 30, 15, factor))
    near = share(found, lambda each: any(abs(step.at - 15) <= 2 for step in each.steps))
    assert share(found, has_steps) >= 0.93 and near >= 0.9
    assert share(found, lambda each: len(each.steps) > 1) <= 0.03


def test_large_step_among_the_last_three_runs_is_found():
    found = looked(lambda seed: stepped(seed, 30, 27, 1.3))
    assert share(found, lambda each: [step.at for step in each.steps] == [27]) >= 0.95


def test_two_steps_are_both_found():
    found = looked(lambda seed: stepped(seed, 40, 12, 1.2) * np.where(np.arange(40) < 27, 1.0, 1 / 1.2))
    near = [[abs(step.at - at) <= 1 for step, at in zip(each.steps, (12, 27), strict=False)] for each in found]
    assert sum(each == [True, True] for each in near) >= 0.93 * SERIES


@pytest.mark.parametrize(("runs", "whole"), [(30, 1.5), (100, 1.3)])
def test_drift_is_told_as_drift_and_not_as_a_step(runs, whole):
    found = looked(lambda seed: noise(seed, runs) * whole ** (np.arange(runs) / (runs - 1)))
    assert share(found, has_steps) <= 0.03
    assert share(found, lambda each: each.drift is not None and 1.15 < each.drift.ratio < 1.8) >= 0.95


@pytest.mark.parametrize("outliers", [1, 2])
def test_outliers_are_not_taken_for_a_step(outliers):
    def values(seed):
        series = noise(seed, 30)
        first = seed % (31 - outliers)
        series[first : first + outliers] *= 3
        return series

    assert share(looked(values), has_steps) <= 0.03


def test_step_below_the_margin_is_none_however_clear():
    clear = stepped(1, 40, 20, 1.04, share=0.002).tolist()
    assert find(clear, 0.05, FLOOR).steps == ()
    assert [step.at for step in find(clear, 0.03, FLOOR).steps] == [20]


def test_levels_are_the_medians_and_the_ratio_is_theirs():
    values = [*([1.0, 1.1, 0.9] * 4), *([2.0, 2.2, 1.8] * 4)]
    found = find(values, 0.1, FLOOR)
    (step,) = found.steps
    assert (step.at, step.before, step.after, step.ratio) == (12, 1.0, 2.0, pytest.approx(2.0))
    assert [(each.first, each.end, each.level) for each in found.segments] == [(0, 12, 1.0), (12, 24, 2.0)]
    assert step.p_value <= ALPHA


@pytest.mark.parametrize("values", [[0.0] * 20, [5.0] * 20, [0.0, 0.00009] * 10])
def test_what_is_equal_or_below_the_floor_shows_nothing(values):
    found = find(values, MARGIN, FLOOR)
    assert (found.steps, found.drift, len(found.segments)) == ((), None, 1)


def test_step_away_from_zero_is_found():
    found = find([0.0] * 10 + [0.08] * 10, 0.1, 0.005)
    (step,) = found.steps
    assert (step.at, step.before, step.after, step.ratio) == (10, 0.0, 0.08, pytest.approx(16))


def test_runs_that_agree_to_the_digit_are_not_cut_by_a_hair():
    assert find([1.0] * 10 + [1.0001] * 10, MARGIN, FLOOR).steps == ()


def test_too_few_runs_say_so():
    few = stepped(1, MINIMUM_RUNS - 1, 4, 3.0).tolist()
    assert find(few, MARGIN, FLOOR) == Found(noise=None)
    assert find([], MARGIN, FLOOR).noise is None
    assert find(stepped(1, MINIMUM_RUNS, 5, 3.0).tolist(), MARGIN, FLOOR).steps


def test_no_segment_is_shorter_than_three_runs():
    for seed in range(50):
        jumps = np.exp(np.random.default_rng(seed).normal(0, 0.3, 20)).tolist()
        assert all(each.end - each.first >= MINIMUM_SEGMENT for each in find(jumps, MARGIN, FLOOR).segments)


def test_noise_is_that_from_run_to_run_whatever_steps_there_are():
    values = np.log(stepped(3, 400, 200, 5.0))
    assert noise_of(values) == pytest.approx(0.04, rel=0.2)


def test_same_runs_give_the_same_answer():
    values = stepped(4, 30, 15, 1.1).tolist()
    assert find(values, MARGIN, FLOOR) == find(values, MARGIN, FLOOR)


@pytest.mark.parametrize(("margin", "floor", "values"), [(0.0, 1.0, []), (0.1, 0.0, []), (0.1, 1.0, [float("nan")])])
def test_what_has_no_logarithm_is_refused(margin, floor, values):
    with pytest.raises(ValueError):
        find(values, margin, floor)
