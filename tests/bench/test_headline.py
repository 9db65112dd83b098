"""Sentences on made-up numbers: whatever they say, the sentence must say the same."""

import pytest
from made_up import ELSEWHERE, FLASK, QUART, case, run, trial

from bench.evaluate import conclude
from bench.results import Reason, Turns


def measured(metric, seconds, trials=6, sessions=20, scenario="talk", jitter=0.0, **fields):
    """Trials of each target with the given number, spread a little from trial to trial."""
    return [
        trial(
            target=target,
            scenario=scenario,
            sessions=sessions,
            number=number,
            numbers={metric: value * (1 + jitter * (-1) ** number)},
            **fields,
        )
        for target, value in seconds.items()
        for number in range(1, trials + 1)
    ]


def stops(trials=6, jitter=0.0, **seconds):
    return measured("stop_seconds p50", seconds, trials, jitter=jitter)


def crowd(**shares):
    """Target to its goodput at 50, 100 and 150 people."""
    return [
        one
        for target, at in shares.items()
        for sessions, share in zip((50, 100, 150), at, strict=True)
        for one in measured("goodput_ratio value", {target: share}, sessions=sessions, scenario="steps")
    ]


def headline(*trials, **fields):
    return conclude(run(*trials, **fields)).headline


def test_interruption_is_told_from_the_quickest_to_the_slowest():
    assert headline(*stops(flask=0.61, quart=0.004)) == (
        "Interrupted in mid-reply, Quart falls silent after 4 ms; Flask talks on for 0.61 s "
        "(median of 6 trials, 20 people)."
    )


def test_blocking_server_that_stops_sooner_is_told_first():
    assert headline(*stops(flask=0.004, quart=0.61)).startswith(
        "Interrupted in mid-reply, Flask falls silent after 4 ms; Quart talks on for 0.61 s"
    )


def test_targets_that_stop_alike_share_a_clause_and_a_judgement():
    assert headline(*stops(flask=0.004, quart=0.004)) == (
        "Interrupted in mid-reply, Flask and Quart fall silent after 4 ms (median of 6 trials, 20 people): "
        "no practical difference between Flask and Quart."
    )


def test_zero_everywhere_is_silence_at_once():
    assert headline(*stops(flask=0.0, quart=0.0)).startswith(
        "Interrupted in mid-reply, Flask and Quart fall silent at once ("
    )


def test_trials_that_vary_too_much_are_said_to():
    noisy = [*stops(flask=0.5, jitter=0.5), *stops(quart=0.5, jitter=-0.5)]
    assert "the trials vary too much to tell Flask and Quart apart" in headline(*noisy)


def test_single_target_is_told_alone():
    assert headline(*stops(flask=0.61), targets=(FLASK,)) == (
        "Interrupted in mid-reply, Flask talks on for 0.61 s (median of 6 trials, 20 people)."
    )


def test_three_targets_are_all_told():
    said = headline(*stops(flask=0.61, quart=0.004, other=0.3), targets=(FLASK, QUART, ELSEWHERE))
    assert "Quart falls silent after 4 ms; other at example.com talks on for 0.30 s; Flask talks on" in said


def test_targets_whose_labels_begin_alike_go_by_their_names():
    other_flask = FLASK.model_copy(update={"name": "flask-10", "label": "Flask, gunicorn, 10 threads"})
    said = headline(*stops(flask=0.61, **{"flask-10": 0.5}), targets=(FLASK, other_flask))
    assert "flask-10 talks on for 0.50 s; flask talks on for 0.61 s" in said


def test_one_trial_is_called_a_first_look():
    said = headline(*stops(trials=1, flask=0.61, quart=0.004), cases=[case(trials=1)])
    assert said.endswith("(median of one trial, 20 people; a first look, not evidence).")


def test_too_few_trials_are_called_too_few():
    assert "median of 3 trials, 20 people; too few trials for an interval" in headline(*stops(trials=3, flask=0.61))


def test_crowd_is_told_where_it_sets_the_targets_apart():
    assert headline(*crowd(flask=[1, 1, 0.67], quart=[1, 1, 1])) == (
        "With 150 people Flask answers only 67 % of prompts within 2.5 s; Quart answers 100 % (median of 6 trials)."
    )


def test_crowd_in_which_the_other_server_fails_is_told_the_same_way():
    assert headline(*crowd(flask=[1, 1, 1], quart=[1, 0.2, 0.1])) == (
        "With 150 people Quart answers only 10 % of prompts within 2.5 s; Flask answers 100 % (median of 6 trials)."
    )


def test_crowd_that_all_can_bear_has_no_limit_in_sight():
    assert headline(*crowd(flask=[1, 1, 0.97], quart=[1, 1, 1])) == (
        "Up to 150 people Flask and Quart answer at least 97 % of prompts within 2.5 s (median of 6 trials): "
        "the limit was not reached."
    )


def test_crowd_that_nobody_can_bear_is_told_where_it_begins():
    assert headline(*crowd(flask=[1, 0.5, 0.5], quart=[1, 0.5, 0.5])) == (
        "With 100 people Flask and Quart answer only 50 % of prompts within 2.5 s (median of 6 trials)."
    )


MANY = tuple(FLASK.model_copy(update={"name": name, "label": name.upper()}) for name in "abcdef")


def test_many_that_stop_soon_are_told_by_those_that_do_not():
    said = headline(*stops(a=0.001, b=0.002, c=0.003, d=0.004, e=0.61, f=0.9), targets=MANY)
    assert said.startswith(
        "Interrupted in mid-reply, all but E and F fall silent within 4 ms; E talks on for 0.61 s; F talks on for "
        "0.90 s (median of 6 trials, 20 people)"
    )


def test_many_that_stop_soon_are_named_where_another_has_no_number():
    said = headline(*stops(a=0.0, b=0.0, c=0.0, d=0.0, e=0.61), targets=MANY)
    assert said.startswith("Interrupted in mid-reply, A, B, C and D fall silent at once; E talks on for 0.61 s (")


def test_few_of_many_that_stop_soon_are_named():
    said = headline(*stops(a=0.001, b=0.4, c=0.4, d=0.4, e=0.4, f=0.4), targets=MANY)
    assert said.startswith("Interrupted in mid-reply, A falls silent after 1 ms; B, C, D, E and F talk on for 0.40 s")


@pytest.mark.parametrize(
    ("trials", "basis"),
    [(1, "median of one trial; a first look, not evidence"), (3, "median of 3 trials; too few trials for an interval")],
)
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_crowd_told_from_few_trials_says_so(trials, basis, share):
    few = [one for one in crowd(flask=[1, 1, share]) if one.trial <= trials]
    assert f"within 2.5 s ({basis})" in headline(*few, targets=(FLASK,))


def test_crowd_at_a_single_level_is_no_crowd():
    assert "people" not in headline(*measured("goodput_ratio value", {"flask": 0.5}))


def test_interruption_and_crowd_make_two_sentences():
    said = headline(*stops(flask=0.61, quart=0.004), *crowd(flask=[1, 1, 0.67], quart=[1, 1, 1]))
    assert said.count(". ") == 1
    assert said.startswith("Interrupted")
    assert "With 150 people" in said


def test_first_words_are_told_where_nothing_else_was_measured():
    said = headline(*measured("ttft_seconds p50", {"flask": 0.31, "quart": 0.31}))
    assert said == (
        "The first words come after 0.31 s with Flask and 0.31 s with Quart (median of 6 trials, 20 people): "
        "no practical difference between Flask and Quart."
    )


def test_target_with_which_nothing_worked_is_told_first():
    said = headline(*stops(flask=0.61), trial(target="quart", turns=Turns(failed=9)))
    assert said.startswith("With Quart no turn succeeded. Interrupted in mid-reply, Flask talks on")


def test_failures_everywhere_leave_only_that_to_say():
    nothing = [trial(target=name, turns=Turns(failed=9)) for name in ("flask", "quart")]
    assert headline(*nothing).endswith("With Flask no turn succeeded. With Quart no turn succeeded.")


def test_target_that_died_is_told_with_how_often():
    died = [Reason(check="server died", verdict="INVALID", message="exit code 1")]
    dead = trial(target="flask", sessions=20, number=6, reasons=died)
    assert headline(*stops(trials=5, flask=0.61), dead).startswith("Flask died in 1 of 6 trials. Interrupted")


def test_steps_of_one_execution_are_one_death():
    died = [Reason(check="server died", verdict="INVALID", message="exit code 1")]
    dead = [trial(sessions=sessions, reasons=died) for sessions in (50, 100, 150)]
    assert "Flask died in 1 of 1 trials." in headline(*dead)


def test_invalid_measurement_is_not_quoted_without_saying_so():
    lost = [Reason(check="lost turns", verdict="INVALID", message="")]
    said = headline(*stops(flask=0.61), trial(number=7, reasons=lost))
    assert said.startswith("This measurement is invalid and must not be relied on. ")


def test_too_few_turns_for_a_median_are_too_few_to_say_anything():
    assert headline(trial(numbers={"stop_seconds p50": None}, count=3)) == "There were too few turns to say anything."


def test_run_without_trials_has_no_headline():
    assert headline() == ""


@pytest.mark.parametrize("flask", [[1, 1, 0.67], [1, 0.9, 0.2], [0.1, 0, 0]])
@pytest.mark.parametrize("quart", [[1, 1, 1], [1, 1, 0.3], [0, 0, 0]])
def test_every_share_in_the_sentence_is_one_that_was_measured(flask, quart):
    said = headline(*crowd(flask=flask, quart=quart))
    level = next(at for at in (50, 100, 150) if f"With {at} people" in said)
    step = (50, 100, 150).index(level)
    for name, shares in (("Flask", flask), ("Quart", quart)):
        assert any(f"{name} answers {only}{shares[step]:.0%}".replace("%", " %") in said for only in ("", "only "))
