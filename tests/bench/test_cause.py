from made_up import FLASK, QUART, run, trial

from bench.evaluate import conclude
from bench.results import Reason, Statistics, Turns


def six(**fields):
    return [trial(number=number, **fields) for number in range(1, 7)]


def steps(target="flask", crowded=None, **fields):
    """50 people are served well, 150 are not; `crowded` adds numbers at 150."""
    well = {"goodput_ratio value": 1.0, "connect_seconds max": 0.01}
    badly = {"goodput_ratio value": 0.67, **(crowded or {})}
    return [
        *six(target=target, sessions=50, numbers=well),
        *six(target=target, sessions=150, numbers=badly, **fields),
    ]


def cause(*trials, **fields):
    return conclude(run(*trials, **fields)).cause


def interrupted(target="flask", stop=0.6, acknowledged=0.0, **fields):
    numbers = {"stop_seconds p50": stop, "acknowledged_ratio value": acknowledged}
    return six(target=target, numbers=numbers, **fields)


def test_full_threads_are_the_cause_where_connecting_took_long_beyond_them():
    assert cause(*steps(crowded={"connect_seconds max": 4.8})) == (
        "At 150 people Flask falls behind because all its 100 threads are taken: people waited up to 4.80 s to connect."
    )


def test_longest_wait_to_connect_is_that_of_all_trials():
    waits = [0.01, 0.01, 0.01, 0.01, 0.02, 4.8]
    numbers = [{"goodput_ratio value": 0.67, "connect_seconds max": seconds} for seconds in waits]
    crowded = [trial(sessions=150, number=at, numbers=there) for at, there in enumerate(numbers, start=1)]
    assert "people waited up to 4.80 s to connect" in cause(*steps()[:6], *crowded)


def test_full_threads_are_the_cause_where_nobody_got_connected():
    said = cause(*steps(turns=Turns(ok=40, failed=20), failures={"connect_timeout": 20}))
    assert (
        said
        == "At 150 people Flask falls behind because all its 100 threads are taken: 120 people never got connected."
    )


def test_more_people_than_threads_alone_are_not_the_cause():
    assert cause(*steps()) == "Why Flask falls behind at 150 people, the numbers do not say."
    said = cause(*steps(crowded={"connect_seconds max": 0.49, "cpu_share value": 0.97}))
    assert said.startswith("At 150 people Flask falls behind because its core is full (97 %)")


def test_threads_are_not_blamed_while_there_are_enough():
    roomy = FLASK.model_copy(update={"threads": 200})
    said = cause(*steps(crowded={"connect_seconds max": 4.8}), targets=(roomy,))
    assert said == "Why Flask falls behind at 150 people, the numbers do not say."


def test_unknown_threads_are_not_blamed():
    said = cause(*steps("quart", crowded={"connect_seconds max": 4.8}))
    assert said == "Why Quart falls behind at 150 people, the numbers do not say."


def test_full_core_is_the_cause_where_threads_are_not():
    said = cause(*steps("quart", crowded={"cpu_share value": 0.97}))
    assert said.startswith("At 150 people Quart falls behind because its core is full (97 %)")


def test_failures_are_the_cause_where_nothing_else_is():
    said = cause(*steps("quart", turns=Turns(ok=40, failed=20), failures={"full": 15, "lost": 5}))
    assert said == "At 150 people Quart falls behind because 120 of its 360 turns failed, most often: full."


def test_few_failures_are_not_the_cause():
    said = cause(*steps("quart", turns=Turns(ok=99, failed=1), failures={"full": 1}))
    assert said.startswith("Why Quart falls behind")


def test_each_target_that_falls_behind_has_its_own_cause():
    both = [*steps(crowded={"connect_seconds max": 4.8}), *steps("quart", crowded={"cpu_share value": 0.97})]
    said = cause(*both)
    assert "Flask falls behind because all its 100 threads" in said
    assert "Quart falls behind because its core is full (97 %)" in said


def test_target_that_holds_needs_no_cause():
    fine = [
        *six(sessions=50, numbers={"goodput_ratio value": 1.0}),
        *six(sessions=150, numbers={"goodput_ratio value": 0.96}),
    ]
    assert cause(*fine) == ""


def test_blocking_server_that_acknowledged_nothing_does_not_listen_while_it_talks():
    assert cause(*interrupted()) == (
        "Flask acknowledged none of 600 interruptions: while it sends a reply it does not read what comes in."
    )


def test_server_of_unknown_making_is_not_explained_beyond_the_numbers():
    assert cause(*interrupted("quart")) == "Quart acknowledged none of 600 interruptions."


def test_server_that_acknowledged_but_talked_on_is_said_to():
    assert cause(*interrupted("quart", acknowledged=0.5)) == (
        "Quart acknowledged 50 % of the interruptions, but went on sending."
    )


def test_server_that_falls_silent_in_time_needs_no_cause():
    assert cause(*interrupted("quart", stop=0.004, acknowledged=1.0)) == ""


def test_leak_in_a_single_trial_is_told():
    leaky = trial(target="quart", metrics={"leaked_chunks": Statistics(count=9, values={"total": 1.0, "max": 1.0})})
    tight = [one.model_copy(update={"target": "quart"}) for one in six(numbers={"leaked_chunks total": 0.0})[1:]]
    assert cause(leaky, *tight) == "Quart sent 1 chunk of old replies after saying they were cut."


def test_run_without_trials_has_no_cause():
    assert cause(targets=(FLASK, QUART)) == ""


def test_many_behind_whom_the_machine_may_be_are_told_together():
    """What is doubted of each stands among the doubts."""
    late = [Reason(check="fake Gemini lag", verdict="SUSPECT", message="late")]
    targets = tuple(FLASK.model_copy(update={"name": name, "label": name, "threads": None}) for name in "abcde")
    trials = [one for name in "abcd" for one in steps(name, reasons=late)]
    said = cause(*trials, *steps("e", crowded={"cpu_share value": 0.97}), targets=targets)
    assert said == (
        "At 150 people e falls behind because its core is full (97 %): one Python process can hardly use more "
        "than one. With 4 more (a, b, c, d) the machine, and "
        "perhaps not the server, was at its limit: the doubts of this run tell where."
    )
