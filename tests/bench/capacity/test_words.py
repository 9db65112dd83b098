from hypothesis import given, strategies as st
from made_up_capacity import LATE, begun, full_core, full_threads, holding, made, only, spoiled, well

from bench.capacity import trials, words
from bench.results import Reason


def test_answer_is_two_sentences_a_manager_could_repeat():
    assert made().headline == (
        "Flask holds 100 people (the same in 6 searches): at 103 all its 100 threads are taken: people waited up to "
        "3.20 s to connect. Quart holds 625 people (the same in 6 searches): at 650 its core is full (98 %): one "
        "Python process can hardly use more than one."
    )
    assert words.title(made()) == "Flask holds 100 people, Quart 625"


def test_title_is_as_short_as_it_goes():
    assert words.title(made(quart=holding(5000))) == "Flask holds 100 people, Quart at least 2,000"
    assert words.title(made(flask=full_core)) == "Flask does not hold even 50 people, Quart holds 625 people"
    assert words.title(made(quart=full_core)) == "Flask holds 100 people, Quart does not hold even 50 people"


def test_interval_is_told_where_searches_differ():
    tired = holding(640, in_3=holding(600), in_5=holding(560))
    assert "(between 537 and 625 in 6 searches)" in only(tired).headline


def test_few_searches_say_how_many_an_interval_takes():
    assert "(one search; an interval takes 6)" in only(holding(640), repeats=1).headline
    assert "(median of 3 searches; an interval takes 6)" in only(holding(640), repeats=3).headline


def test_most_that_was_tried_is_never_the_capacity():
    assert only(holding(5000), repeats=1).headline == (
        "Quart holds at least 2,000 people (one search; an interval takes 6): no more were tried (--most 2000)."
    )


def test_limit_of_the_instrument_is_never_the_capacity():
    said = only(holding(399, spoiled)).headline
    assert said.startswith("Quart holds at least 360 people (at least 200 in 6 searches): at 400 it was the instrument")
    assert LATE.message in said


def test_target_that_misses_at_once_is_told_with_its_cause():
    assert only(full_core).headline.startswith("Quart does not hold even 50 people: at 50 its core is full (98 %)")


def test_target_of_which_the_instrument_says_nothing_could_not_be_measured():
    assert only(spoiled).headline.startswith("Quart could not be measured: at 50 it was the instrument")


def test_too_few_values_are_told_as_that():
    assert only(lambda attempt: unknown(attempt, count=31)).headline == (
        "Quart could not be measured: at 50 there was too little to judge by (ttft_added p95 has 31 values and takes "
        "59)."
    )


def test_miss_without_a_cause_is_told_with_what_was_missed():
    slow = lambda attempt: well(attempt, numbers={"ttft_added_seconds p95": 0.3})  # noqa: E731
    assert only(holding(100, slow), repeats=1).headline.endswith(
        "at 103 it misses the objective (ttft_added p95 0.30 s, not <= 100ms), and the numbers do not say why."
    )


def test_cause_that_shows_further_on_is_told_with_its_load():
    slow = lambda attempt: well(attempt, numbers={"ttft_added_seconds p95": 0.15})  # noqa: E731
    assert only(holding(640, at_650=slow), repeats=1).headline.endswith(
        "at 650 it misses the objective (ttft_added p95 0.15 s, not <= 100ms), and at 700 its core is full (98 %): one "
        "Python process can hardly use more than one."
    )


def test_server_that_died_is_told_as_that():
    died = Reason(check="server died", verdict="INVALID", message="quart died under load: exit code 1; see its log")
    quart = holding(100, lambda attempt: well(attempt, reasons=[died]))
    capacity = only(quart, repeats=1)
    assert "at 103 it died in 1 of 1 trials" in capacity.headline
    missed = [probe for probe in capacity.probes if probe.answer == "missed"]
    assert trials.said(missed[0]) == f"missed ({died.message})"


def test_each_probe_says_what_came_of_it():
    capacity = made(flask=holding(100, full_threads, at_110=spoiled), repeats=1)
    said = {(probe.target, probe.sessions): trials.said(probe) for probe in capacity.probes}
    assert said["flask", 50] == "held (ttft_added p95 12 ms, failures 0 %, unserved 0 %)"
    assert said["flask", 200] == "missed (failures 10 %, not <= 1%)"
    assert said["quart", 800] == "missed (ttft_added p95 0.40 s, not <= 100ms)"
    assert {len(row) for row in trials.rows(capacity)} == {len(trials.HEAD)}


def test_nothing_is_said_of_nothing():
    assert words.headline(begun()) == ""
    assert words.title(begun()) == "No search came to its end"


def unknown(attempt, **fields):
    return well(attempt, numbers={"ttft_added_seconds p95": None}, **fields)


@given(st.data(), st.integers(1, 7))
def test_whatever_is_measured_there_is_a_sentence_that_claims_no_more_than_was_confirmed(data, repeats):
    kinds = st.sampled_from([well, well, full_core, spoiled, unknown])
    capacity = only(lambda attempt: data.draw(kinds)(attempt), repeats=repeats, most=200)
    (held,) = capacity.held
    confirmed = {probe.sessions for probe in capacity.probes if probe.confirms and probe.answer == "held"}
    assert held.sessions in confirmed | {0}
    assert capacity.headline.startswith("Quart ") and capacity.headline.endswith(".")
    assert ("at least" in words.brief(capacity, held)) == (held.at_least and held.sessions > 0)
