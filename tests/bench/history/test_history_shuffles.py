import numpy as np
import pytest

from bench.history.shuffles import SHUFFLES, chance_of_line, chance_of_step, clarity


def test_clearest_cut_is_where_the_step_is():
    rows = np.array([[0.0] * 5 + [1.0] * 4])
    explained = clarity(rows)[0]
    assert int(np.argmax(explained)) + 3 == 5
    assert explained.max() == pytest.approx(5 * 4 / 9)  # all of the variance: n1 * n2 / n for a step of 1


def test_clean_step_is_as_rare_as_counting_says():
    chance = chance_of_step(np.array([0.0] * 5 + [1.0] * 5))
    assert chance == pytest.approx(2 / 252, abs=0.006)  # of the ways to halve ten runs, two part them so clearly


def test_runs_without_a_step_or_a_slope_are_like_their_shuffles():
    level = np.array([1.0, 2.0] * 10)
    assert chance_of_step(level) > 0.5 and chance_of_line(level) > 0.1
    assert chance_of_step(np.ones(12)) == 1.0 == chance_of_line(np.ones(12))


def test_slope_is_rarer_than_any_shuffle():
    assert chance_of_line(np.arange(20.0)) == pytest.approx(1 / (SHUFFLES + 1))


def test_chance_of_noise_is_as_often_small_as_it_says():
    chances = [chance_of_step(np.random.default_rng(seed).normal(size=20)) for seed in range(200)]
    assert 0.03 <= sum(chance <= 0.1 for chance in chances) / 200 <= 0.17  # 0.1, give or take three deviations
