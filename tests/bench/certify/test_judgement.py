import pytest
from made_up_certificate import TOO_LATE, certificate, climbed, level, reading

from bench.certify.certificate import Bounds, Range
from bench.certify.judgement import certified_range, first_beyond, rising, within


def test_range_ends_before_the_smallest_load_that_breaks_a_bound():
    made = climbed()
    assert [each.sessions for each in within(made)] == [25, 50, 100, 200, 283]
    assert made.certified == Range(frames_per_second=6 * 283, sessions=283)
    beyond = first_beyond(made)
    assert beyond and beyond.sessions == 400


def test_what_keeps_within_beyond_a_load_that_does_not_is_not_certified():
    made = certificate(level(100), level(200, ttft=reading(error=0.1)), level(400))
    assert made.certified and made.certified.sessions == 100


def test_no_load_is_certified_where_the_smallest_breaks_a_bound():
    assert certificate(level(100, ttft=reading(error=0.1)), level(200)).certified is None


def test_level_at_which_the_server_was_the_bottleneck_certifies_nothing():
    busy = certificate(level(100), level(200, server_cpu_share=0.97))
    late = certificate(level(100), level(200, server_lateness_seconds_p50=0.02))
    for made in (busy, late):
        assert made.levels[-1].server_saturated and not made.levels[-1].beyond
        assert made.certified and made.certified.sessions == 100


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ttft": reading(bias=0.0012)}, "first words off by 1.2 ms in the median, above 1 ms"),
        ({"ttft": reading(bias=-0.0012)}, "first words off by -1.2 ms in the median, above 1 ms"),
        ({"ttft": reading(error=0.0061)}, "first words off by 6.1 ms at p99, above 5 ms"),
        ({"gaps": reading(error=0.0061)}, "gaps off by 6.1 ms at p99, above 5 ms"),
        ({"schedule_delay_seconds_p99": TOO_LATE}, "prompts sent 20 ms late (p99), not below 10 ms"),
        ({"schedule_delay_seconds_p99": 0.010}, "prompts sent 10 ms late (p99), not below 10 ms"),
        ({"schedule_delay_seconds_p99": None}, "nobody knows how late prompts were sent"),
        ({"turns_ok": 980, "turns_lost": 20}, "20 of 1000 turns failed or were cut, above 1 %"),
        ({"ttft": reading(error=None, count=298)}, "first words: only 298 values, and a p99 takes 299"),
    ],
)
def test_each_bound_that_is_broken_is_told_with_its_number(fields, said):
    assert certificate(level(**fields)).levels[0].beyond == [said]


def test_numbers_on_the_bound_keep_within_it():
    bounds = Bounds(bias_seconds=0.001, error_seconds=0.005)
    on_it = level(ttft=reading(0.001, 0.005), gaps=reading(-0.001, 0.005), turns_ok=990, turns_lost=10)
    assert certificate(on_it, bounds=bounds).levels[0].beyond == []


def test_bounds_are_those_that_were_asked_for():
    assert certificate(level(ttft=reading(error=0.0061)), bounds=Bounds(error_seconds=0.01)).certified


def test_levels_are_kept_in_the_order_of_measuring_and_shown_by_load():
    made = climbed()
    assert [each.sessions for each in made.levels] == [25, 50, 100, 200, 400, 283]
    assert [each.sessions for each in rising(made)] == [25, 50, 100, 200, 283, 400]


def test_generator_is_known_up_to_what_it_is_certified_for():
    assert certified_range(climbed()) == climbed().certified


def test_generator_that_misreads_the_smallest_load_is_known_to_be_certified_for_none():
    assert certified_range(certificate(level(25, ttft=reading(error=0.1)))) == Range(frames_per_second=0.0, sessions=0)


def test_nothing_is_known_where_the_null_chat_server_was_too_weak_or_nothing_was_measured():
    assert certified_range(certificate(level(25, server_cpu_share=0.99))) is None
    assert certified_range(certificate()) is None
