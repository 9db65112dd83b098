import pytest

from bench.calibrate.goodness import Distance, _distance, distances
from bench.calibrate.samples import planned
from servers.fake_gemini.timing import load_profile

LIVE_TEXT = load_profile("live-text")


def test_profile_is_as_near_to_what_it_planned_as_chance_allows():
    found = distances(planned(LIVE_TEXT, 500, seed=2), LIVE_TEXT)
    assert len(found) == 5
    assert all(distance.holds for distance in found)


def test_profile_that_is_another_is_farther_than_chance_allows():
    slower = LIVE_TEXT.gap_seconds.model_copy(update={"median": 0.12})
    found = distances(planned(LIVE_TEXT, 500, seed=2), LIVE_TEXT.model_copy(update={"gap_seconds": slower}))
    held = {distance.title: distance.holds for distance in found}
    assert held == {
        "time to the first words": True,
        "time from chunk to chunk": False,
        "words of a reply": True,
        "words of a chunk": True,
        "time to the last words": False,
    }


def test_distance_is_the_widest_gap_between_the_shares():
    """Of 1, 2, 3, 4 and 3, 4, 5, 6: at 2, half of the first are there and none of the second."""
    found = _distance("x", "count", [1, 2, 3, 4], [3, 4, 5, 6])
    assert found.farthest == 0.5
    assert found.by_chance == pytest.approx(1.628 * (1 / 2) ** 0.5)


def test_percentile_that_too_few_values_stand_behind_is_not_told():
    values = tuple(float(value) for value in range(1, 101))
    distance = Distance("x", "count", values, values, 0.0, 0.1)
    assert distance.quantiles() == [(5.0, 5, 5), (50.0, 50, 50), (95.0, 95, 95), (99.0, None, None)]
