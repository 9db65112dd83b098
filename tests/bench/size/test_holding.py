import pytest
from made_up_capacity import holding as server, made, only, spoiled

from bench.errors import BenchError
from bench.objective import parse
from bench.size.holding import holding

STRICT = parse("ttft_added p95 <= 10ms, failures <= 1%")
"""That the made-up servers, which add 12 ms, never meet."""
LOOSE = parse("ttft_added p95 <= 1s, failures <= 1%, goodput >= 60%")
"""That a server at its limit still meets, which adds 0.4 s then."""


def test_what_all_searches_agree_on_is_held():
    found = holding(made(), "flask", parse(made().objective))
    assert (found.sessions, found.at_least) == (100, False)
    assert found.how == "it held 100 in 6 searches"


def test_of_an_interval_the_lower_end_counts():
    capacity = made()
    held = [one.model_copy(update={"low": 600, "high": 660}) if one.target == "quart" else one for one in capacity.held]
    found = holding(capacity.model_copy(update={"held": held}), "quart", parse(capacity.objective))
    assert found.sessions == 600
    assert found.how == "it held 625 in the median of 6 searches, 600 by the lower end of its interval"


def test_a_server_that_was_never_missed_may_hold_more():
    capacity = only(server(5000), most=200)
    assert holding(capacity, "quart", parse(capacity.objective)).at_least


def test_a_target_without_an_answer_cannot_be_counted_on():
    capacity = only(server(640, at_50=spoiled))
    with pytest.raises(BenchError, match="no search for what quart holds came to an end"):
        holding(capacity, "quart", parse(capacity.objective))


def test_under_a_stricter_objective_loads_that_were_held_are_missed():
    found = holding(made(), "quart", STRICT)
    assert (found.sessions, found.at_least) == (0, False)
    assert "none met this one, 50 missed it" in found.how


def test_under_a_looser_objective_more_is_held_and_nobody_knows_how_much():
    capacity = made()
    found = holding(capacity, "quart", LOOSE)
    largest = max(probe.sessions for probe in capacity.probes if probe.target == "quart")
    assert found.sessions == largest > 640
    assert found.at_least


def test_a_load_above_one_that_missed_does_not_count():
    capacity = made()
    objective = parse("ttft_added p95 <= 1s, failures <= 1%, goodput >= 60%, cpu_share <= 0.9")
    found = holding(capacity, "quart", objective)
    missed = min(probe.sessions for probe in capacity.probes if probe.target == "quart" and probe.answer == "missed")
    assert found.sessions < missed


def test_an_objective_of_what_was_not_measured_is_refused():
    with pytest.raises(BenchError, match="no load that quart was tried with tells whether it meets 'stop p50 <= 1s"):
        holding(made(), "quart", parse("stop p50 <= 1s"))
