"""A profile is got back from what it plans, within what chance allows.

The standard error of the median of n values of a lognormal distribution is 1.2533 sigma / sqrt(n) in the logarithm
(pi/2 sigma^2 / n is the variance of a median); that of sigma, taken from the 16 % and 84 % quantiles, is
0.96 sigma / sqrt(n): a quantile at p has the variance p (1 - p) / (n f^2), here 2.257 / n at either, with a covariance
of 0.432 / n, and half their difference 0.912 / n. Bounds are four standard errors, and the seed is fixed.
"""

from math import log, sqrt

import pytest

from bench.calibrate.fit import first_chunk, fit, spread
from bench.calibrate.samples import Samples, planned
from servers.fake_gemini.timing import Spread, chance_of, load_profile

TURNS = 3000
LIVE_TEXT = load_profile("live-text")


def assert_same(fitted: Spread, true: Spread, count: int) -> None:
    one = true.sigma / sqrt(count)
    assert abs(log(fitted.median / true.median)) <= 4 * 1.2533 * one
    assert abs(fitted.sigma - true.sigma) <= 4 * 0.96 * one


@pytest.fixture(scope="module")
def samples() -> Samples:
    return planned(LIVE_TEXT, TURNS)


@pytest.fixture(scope="module")
def got(samples: Samples):
    return fit(samples, "got back").profile


def test_gaps_are_got_back(samples, got):
    assert_same(got.gap_seconds, LIVE_TEXT.gap_seconds, len(samples.gap_seconds))
    # So many gaps that some were clipped at either end.
    assert (got.gap_seconds.low, got.gap_seconds.high) == (0.04, 0.2)


def test_usual_and_slow_first_chunks_are_told_apart(got):
    true, first = LIVE_TEXT.first_chunk_seconds, got.first_chunk_seconds
    share_error = sqrt(true.slow_share * (1 - true.slow_share) / TURNS)
    assert abs(first.slow_share - true.slow_share) <= 4 * share_error
    assert_same(first.usual, true.usual, TURNS * (1 - true.slow_share))
    assert_same(first.slow, true.slow, round(TURNS * true.slow_share))


def test_words_are_got_back(got):
    true = LIVE_TEXT.words
    assert (got.words.first_chunk, got.words.later_chunk_low, got.words.later_chunk_high) == (1, 12, 24)
    assert_same(got.words.reply, true.reply, TURNS)
    assert (got.words.reply.low, got.words.reply.high) == (40, 400)


def test_first_chunks_of_one_kind_have_no_slow_share():
    true = Spread(median=0.5, sigma=0.3)
    chance = chance_of("test", 1, "one kind")
    values = [true.draw(chance) for _ in range(TURNS)]
    fitted = first_chunk(values)
    assert fitted.slow_share == 0
    assert_same(fitted.usual, true, TURNS)


def test_a_single_outlier_is_no_kind_of_its_own_and_moves_nothing():
    values = [0.5 + 0.001 * number for number in range(100)]
    fitted = first_chunk([*values, 30.0])
    assert fitted.slow_share == 0
    assert fitted.usual.median == pytest.approx(0.55, abs=0.001)
    assert fitted.usual.high == 30.0


def test_constant_values_have_no_spread():
    assert spread([0.25] * 60) == Spread(median=0.25, sigma=0.0, low=0.25, high=0.25)


def test_chunks_that_come_at_once_have_a_gap_of_nothing():
    assert spread([0.0] * 60) == Spread(median=0.0, sigma=0.0, low=0.0, high=0.0)


def test_what_was_not_recorded_is_told():
    told = fit(planned(LIVE_TEXT, 100), "x").notes
    assert told == (
        "nobody interrupted: interruption_seconds is the usual 0.005",
        "nothing was spoken: audio_frame_seconds is the usual 0.24",
    )


def test_interruptions_and_sounds_are_taken_from_what_was_recorded():
    samples = planned(LIVE_TEXT, 100)
    samples.interruption_seconds += [0.01, 0.02, 0.9]
    samples.audio_frame_seconds += [0.06] * 5
    fitted = fit(samples, "x")
    assert (fitted.profile.interruption_seconds, fitted.profile.audio_frame_seconds) == (0.02, 0.06)
    assert fitted.notes == ()


def test_replies_of_one_chunk_can_be_fitted():
    samples = Samples()
    for _ in range(60):
        samples.enter([0.5], [7])
    fitted = fit(samples, "x")
    assert (fitted.profile.words.first_chunk, fitted.profile.words.later_chunk_low) == (7, 7)
    assert fitted.notes[-1].startswith("no reply has more than two chunks")
