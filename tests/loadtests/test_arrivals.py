from argparse import Namespace
from itertools import islice, pairwise
from statistics import mean

import pytest
from scipy.stats import kstest

from loadtests.support.arrivals import ASSUMED_REPLY_SECONDS, Arrivals, moments, visit_seconds
from loadtests.support.choices import Choices


def options(**given: object) -> Namespace:
    usual = {"arrivals": "partly-open", "arrival_rate": None, "turns_per_visit": None, "think_seconds": 2.0}
    return Namespace(**{**usual, "num_users": 20, **given})


def coming(source: str, per_second: float, number: int, seed: int = 1) -> list[float]:
    return list(islice(moments(Choices(seed, source), 1000.0, per_second), number))


def test_the_same_source_brings_the_same_people_every_time() -> None:
    assert coming("3", 0.5, 100) == coming("3", 0.5, 100)
    assert coming("3", 0.5, 100) != coming("4", 0.5, 100)
    assert coming("3", 0.5, 100) != coming("3", 0.5, 100, seed=2)


def test_the_gaps_between_arrivals_are_exponential_with_the_mean_asked_for() -> None:
    gaps = [after - before for before, after in pairwise([1000.0, *coming("1", 4.0, 4000)])]
    assert min(gaps) > 0
    # Kolmogorov and Smirnov's test rejects gaps of another shape, or of a mean a few per cent off.
    assert kstest(gaps, "expon", args=(0, 1 / 4.0)).pvalue > 0.05
    assert kstest(gaps, "expon", args=(0, 1 / 4.4)).pvalue < 0.001
    assert kstest(gaps, "uniform", args=(0, 2 / 4.0)).pvalue < 0.001


def test_the_gaps_of_a_source_do_not_follow_from_one_another() -> None:
    gaps = [after - before for before, after in pairwise(coming("1", 1.0, 4000))]
    product = mean((before - 1) * (after - 1) for before, after in pairwise(gaps))
    # Of independent gaps with mean and deviation 1 the product has mean 0 and standard error 1 / sqrt(4000) = 0.016.
    assert product == pytest.approx(0, abs=0.06)


def test_many_sources_together_are_one_poisson_process_of_the_sum_of_their_rates() -> None:
    sources, seconds = 40, 100.0
    # Four times as many as should come in the time: none of the sources ends before it.
    all_moments = sorted(
        at for source in range(sources) for at in coming(str(source), 0.25, 100) if at < 1000 + seconds
    )
    assert len(all_moments) == pytest.approx(1000, abs=5 * 1000**0.5)
    gaps = [after - before for before, after in pairwise(all_moments)]
    assert kstest(gaps, "expon", args=(0, 1 / (sources * 0.25))).pvalue > 0.05


def test_a_visit_lasts_as_long_as_its_replies_and_the_pauses_between_them() -> None:
    assert visit_seconds(1, 5.0) == ASSUMED_REPLY_SECONDS
    assert visit_seconds(3, 2.0) == pytest.approx(3 * ASSUMED_REPLY_SECONDS + 2 * 2.0)


@pytest.mark.parametrize(("mode", "turns"), [("open", 1), ("partly-open", 3)])
def test_unless_told_otherwise_as_many_come_as_keep_one_person_there_for_each_source(mode: str, turns: int) -> None:
    arrivals = Arrivals.of(options(arrivals=mode))
    assert arrivals.turns_per_visit == turns
    assert arrivals.source_per_second * visit_seconds(turns, 2.0) == pytest.approx(1.0)


def test_a_rate_is_that_of_all_sources_together() -> None:
    assert Arrivals.of(options(arrival_rate=6.0)).source_per_second == pytest.approx(0.3)


def test_what_the_master_says_of_people_goes_before_what_a_worker_was_told() -> None:
    assert Arrivals.of(options(arrival_rate=6.0, num_users=None, people=60)).source_per_second == pytest.approx(0.1)


def test_people_of_a_closed_load_stay_unless_the_scenario_or_an_option_says_otherwise() -> None:
    closed = options(arrivals="closed")
    assert Arrivals.of(closed).turns_per_visit is None
    assert Arrivals.of(closed, 3).turns_per_visit == 3
    assert Arrivals.of(options(arrivals="closed", turns_per_visit=5), 3).turns_per_visit == 5
    assert Arrivals.of(closed).source_per_second == 0


def test_what_locusts_page_was_given_is_read_as_well() -> None:
    arrivals = Arrivals.of(options(arrival_rate="2", turns_per_visit="4"))
    assert (arrivals.source_per_second, arrivals.turns_per_visit) == (pytest.approx(0.1), 4)
    assert Arrivals.of(options(arrival_rate="", turns_per_visit="")) == Arrivals.of(options())


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"arrivals": "ajar"}, "--arrivals ajar is not known: choose from closed, open, partly-open"),
        ({"arrival_rate": "0"}, "--arrival-rate 0 is not a number of sessions per second above 0"),
        ({"arrival_rate": "-1"}, "--arrival-rate -1 is not"),
        ({"arrival_rate": "nan"}, "--arrival-rate nan is not"),
        ({"arrival_rate": "inf"}, "--arrival-rate inf is not"),
        ({"arrival_rate": "many"}, "--arrival-rate many is not"),
        ({"think_seconds": "-5"}, "--think-seconds -5 is not a number of seconds from 0 on"),
        ({"think_seconds": "nan"}, "--think-seconds nan is not"),
        ({"think_seconds": "long"}, "--think-seconds long is not"),
        ({"turns_per_visit": "0"}, "--turns-per-visit 0 is not a number of turns from 1 on"),
        ({"turns_per_visit": "2.5"}, "--turns-per-visit 2.5 is not"),
        ({"arrivals": "closed", "arrival_rate": 2.0}, "--arrival-rate is of open arrivals"),
        ({"arrivals": "open", "turns_per_visit": 3}, "--turns-per-visit 3 is not one"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(given: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Arrivals.of(options(**given))
