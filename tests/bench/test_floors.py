import pytest
from made_up import trial

from bench.floors import medians, percentiles
from bench.metrics import LATENCY, describe
from bench.results import Statistics


def measured(count, metric="ttft_seconds", seconds=2.8, **fields):
    statistics = describe([0.5] * count, LATENCY)
    return trial(window_seconds=seconds, **fields).model_copy(update={"metrics": {metric: statistics}})


@pytest.mark.parametrize("metric", ["ttft_seconds", "stop_seconds"])
def test_window_with_too_few_values_for_a_median_is_suspect(metric):
    found = medians(measured(4, metric))
    assert (found.check, found.verdict) == ("sample floor", "SUSPECT")
    assert "has 4" in found.message
    assert "needs 5" in found.message
    assert "window_seconds" in found.message


def test_window_with_enough_for_a_median_is_not():
    assert medians(measured(5)) is None


def test_crowd_in_which_few_were_answered_is_a_finding_and_no_reason():
    assert medians(measured(1, instrument={"crowded": 1.0})) is None


@pytest.mark.parametrize(("unserved", "verdict"), [(0.82, None), (0.5, "SUSPECT")])
def test_few_values_are_a_finding_where_most_people_are_never_served(unserved, verdict):
    """Eight threads answer eight of twenty people, and no window is long enough for more."""
    few = measured(4)
    share = {"unserved_ratio": Statistics(count=20, values={"value": unserved})}
    reason = medians(few.model_copy(update={"metrics": {**few.metrics, **share}}))
    assert (reason and reason.verdict) == verdict


def test_rare_connection_needs_no_median():
    assert medians(measured(1, "connect_seconds")) is None


def test_percentiles_that_are_not_printed_are_noted_with_what_it_takes():
    (found,) = percentiles([measured(40), measured(30, number=2), measured(29, scenario="other")])
    assert (found.check, found.verdict) == ("sample floor", "VALID")
    # by hand: 2.8 s x 59 / 30 = 5.5 s, 2.8 s x 299 / 30 = 27.9 s
    assert "talk has 30 in 2.80 s, p95 needs 59 (about 5.51 s), p99 needs 299 (about 27.9 s)" in found.message
    assert "other has 29" in found.message
    assert "PROFILE=full" in found.message


def test_nothing_is_noted_where_every_percentile_is_printed():
    assert percentiles([measured(299)]) == []


def test_nothing_is_noted_of_windows_without_turns():
    assert percentiles([trial()]) == []
