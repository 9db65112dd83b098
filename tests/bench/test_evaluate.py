import pytest
from made_up import execution, process, run, samples, trial, turn, unanswered

from bench.evaluate import conclude, trials
from bench.monitor import Sample, Size
from loadtests.support.turn import End, Mark


def checks(trial):
    """The made-up windows hold so few turns that this alone is said of all of them."""
    return {reason.check: reason.verdict for reason in trial.reasons if reason.check != "sample floor"}


def test_trial_says_what_it_is_of_and_what_became_of_its_turns():
    turns = [turn("a", 5), turn("b", 6), unanswered("c", 7, outcome="failed", failure="full"), unanswered("d", 19)]
    (measured,) = trials(execution(process(*turns)))
    assert (measured.target, measured.scenario, measured.sessions) == ("flask", "talk", 2)
    assert (measured.trial, measured.order, measured.started_at, measured.window_seconds) == (3, 7, 3.0, 17.0)
    assert measured.turns.model_dump() == {"ok": 2, "failed": 1, "unfinished": 1}
    assert measured.failures == {"full": 1}
    assert measured.metrics["goodput_ratio"].count == 3


def test_processor_time_of_the_window_alone_counts():
    # half a core from start to end; the window lasts from 3 to 20, in which two turns fall and half of another
    turns = [turn("early", 2.4), turn("a", 5), turn("b", 6)]
    (measured,) = trials(execution(process(*turns), server=samples(0.5)))
    assert measured.resources["cpu_share"] == pytest.approx(0.5)
    assert measured.resources["cpu_seconds"] == pytest.approx(8.5)
    assert measured.metrics["cpu_seconds_per_turn"].values["value"] == pytest.approx(3.4)
    assert measured.metrics["cpu_seconds_per_chunk"].values["value"] == pytest.approx(1.7)


def test_memory_per_person_is_what_was_added_to_the_idle_server():
    watched = samples(0.1, memory_bytes=180, own_bytes=150, threads=12, descriptors=30)
    (measured,) = trials(execution(process(turn("a", 5)), server=watched, idle=Size(170, 100, 1, 1, 1)))
    assert measured.resources["memory_bytes_per_session"] == 25.0
    assert measured.metrics["threads"].values["value"] == 12
    assert measured.metrics["descriptors"].values["value"] == 30


def test_memory_per_person_is_unknown_where_nobody_knows_how_many_are_there():
    watched = samples(0.1, memory_bytes=150)
    opened = execution(process(turn("a", 5)), server=watched, idle=Size(100, 100, 1, 1, 1), arrivals="open")
    assert "memory_bytes_per_session" not in trials(opened)[0].resources
    assert trials(opened)[0].resources["memory_bytes"] == 150


def test_server_that_was_not_watched_to_the_end_has_no_processor_use_and_says_so():
    (measured,) = trials(execution(process(turn("a", 5)), server=samples(0.5, until=15)))
    assert "cpu_share" not in measured.resources
    assert "the server could not be watched over the whole window: its processor use is unknown" in measured.warnings


def test_child_that_ended_makes_the_processor_use_unknown_and_not_small():
    watched = samples(0.5)
    watched[10] = Sample(10, 0.0)
    (measured,) = trials(execution(process(turn("a", 5)), server=watched))
    assert "cpu_share" not in measured.resources


def test_busy_fake_and_its_lateness_are_noticed():
    late = {"lateness_seconds": {"count": 9, "p50": 0.001, "p99": 0.03, "max": 0.2}}
    (measured,) = trials(execution(process(turn("a", 5)), fake=samples(0.97), fake_ledger=late))
    assert checks(measured) == {"fake Gemini CPU": "INVALID", "fake Gemini lag": "SUSPECT"}


def test_fake_that_sent_nothing_has_no_lateness():
    nothing = {"lateness_seconds": {"count": 0, "p50": None, "p99": None, "max": None}}
    (measured,) = trials(execution(process(turn("a", 5)), fake_ledger=nothing))
    assert "fake_lag_seconds_p99" not in measured.instrument


def test_ledgers_that_disagree_make_the_trial_invalid():
    lines = process(turn("a", 5), unanswered("b", 16, outcome="failed"))
    assert checks(trials(execution(lines, locust_turns=2))[0]) == {}
    assert checks(trials(execution(lines, locust_turns=1))[0]) == {"two ledgers": "INVALID"}


def test_ledger_that_locust_left_no_count_for_makes_the_trial_invalid():
    (measured,) = trials(execution(process(turn("a", 5)), locust_turns=None))
    assert checks(measured) == {"two ledgers": "INVALID"}
    assert "Locust left no count" in measured.reasons[0].message


def test_foreign_chunks_are_cross_talk_whenever_they_came():
    for planned_at in (0.5, 5):
        lines = process(turn("a", planned_at, foreign_chunks=2), turn("b", 6))
        assert checks(trials(execution(lines))[0]) == {"cross-talk": "INVALID"}


def test_load_and_fake_that_fill_their_cores_together_spoil_the_trial():
    busy = {"generator": samples(0.6), "fake": samples(0.38)}
    assert checks(trials(execution(process(turn("a", 5)), **busy))[0]) == {"load core": "INVALID"}
    (measured,) = trials(execution(process(turn("a", 5)), load_cores=2, **busy))
    assert measured.instrument["load_core_share"] == pytest.approx(0.49)
    assert checks(measured) == {}


def test_clocks_of_two_machines_are_not_compared():
    tagged = turn("a", 5, chunks_sent_at=[5.4, 5.6], chunks_spent_seconds=[0.3, 0.5])
    (here,) = trials(execution(process(tagged)))
    (elsewhere,) = trials(execution(process(tagged), local=False))
    assert here.metrics.keys() - elsewhere.metrics.keys() == {"relay_seconds"}


def test_window_is_no_longer_than_it_should_be():
    (measured,) = trials(execution(process(turn("a", 5)), window_seconds=6.0))
    assert (measured.started_at, measured.window_seconds) == (3.0, 6.0)


def test_memory_is_not_divided_among_people_who_wait_outside():
    waits = unanswered("b", 1, session="2/1", sent_at=None)
    (measured,) = trials(execution(process(turn("a", 5), waits), server=samples(0.1), idle=Size(0, 0, 1, 1, 1)))
    assert "memory_bytes" in measured.metrics
    assert "memory_bytes_per_session" not in measured.metrics


def test_death_of_the_server_makes_the_trial_invalid_and_is_quoted():
    (measured,) = trials(execution(process(turn("a", 5)), died="exit code -9"))
    assert checks(measured) == {"server died": "INVALID"}
    assert "exit code -9" in measured.reasons[0].message


def test_level_the_load_never_came_to_stands_in_the_results_as_invalid():
    first, missing = trials(execution(process(turn("a", 5)), sessions=[2, 4]))
    assert (first.sessions, checks(first)) == (2, {})
    assert (missing.sessions, checks(missing)) == (4, {"no window": "INVALID"})
    assert missing.metrics == {}


def test_load_that_recorded_nothing_is_an_invalid_trial_and_not_an_absent_one():
    (missing,) = trials(execution(sessions=[2]))
    assert checks(missing) == {"no window": "INVALID"}


def steps(*turns):
    return [
        Mark("level", 0, 2), Mark("reached", 1, 2), Mark("level", 10, 4), Mark("reached", 11, 4),
        *turns, Mark("stop", 20, 4),
    ]  # fmt: skip


def test_silence_at_a_higher_step_is_a_finding():
    served, silent = turn("a", 5), unanswered("b", 15, sessions=4)
    _, crowded = trials(execution(steps(served, silent), sessions=[2, 4]))
    assert "nothing succeeded" not in checks(crowded)
    assert any("at this load that is the finding" in warning for warning in crowded.warnings)


def test_silence_from_the_first_step_is_suspect():
    alone, _ = trials(execution(steps(unanswered("a", 5)), sessions=[2, 4]))
    assert checks(alone)["nothing succeeded"] == "SUSPECT"


def test_people_who_wait_are_mentioned_and_spoil_the_goodput():
    (measured,) = trials(execution(process(turn("a", 5), unanswered("b", 0.5))))
    assert measured.metrics["goodput_ratio"].values == {"value": 0.5}
    assert measured.warnings == [
        "turns still without their first words when the window opened, which count in goodput_ratio alone: 1"
    ]


def test_interrupted_reply_that_did_not_end_is_mentioned():
    old = turn("old", 5, interrupted_at=5.6, outcome="unfinished")
    (measured,) = trials(execution(process(old, turn("new", 5.6, barges_in_on="old"))))
    assert "interrupted replies that did not end properly, left out of the interruption metrics: 1" in measured.warnings
    assert "stop_seconds" not in measured.metrics


def test_conclusion_fills_in_everything_that_follows_from_the_trials():
    raw = run(
        *(
            trial(target=name, number=number, numbers={"stop_seconds p50": seconds})
            for number in range(1, 7)
            for name, seconds in (("flask", 0.6), ("quart", 0.004))
        )
    )
    concluded = conclude(raw)
    assert concluded.validity.verdict == "VALID"
    assert concluded.estimates
    assert concluded.comparisons[0].verdict == "better"
    assert "Quart" in concluded.headline
    assert raw.estimates == []
    assert conclude(concluded) == concluded


def asked(wait, count=60):
    """Sixty turns over the twelve seconds from 3 to 15, each with the wait that it is given."""
    moments = [3 + 12 * number / count for number in range(count)]
    return [turn(f"a{number}", at, chunks_at=[at + wait(at)], ended_at=at + 2) for number, at in enumerate(moments)]


def in_12_seconds(wait, *others, **fields):
    (measured,) = trials(execution(process(*asked(wait), *others), window_seconds=12.0, **fields))
    return measured


def test_steady_window_is_kept_whole():
    measured = in_12_seconds(lambda at: 0.5 + 0.1 * (at * 7.3 % 1))
    assert checks(measured) == {}
    assert measured.instrument["warm_up_cut_seconds"] == 0
    assert (measured.started_at, measured.window_seconds) == (3.0, 12.0)
    assert len(measured.course.seconds) == 12
    assert not {"warm-up"} & measured.unchecked.keys()


def test_slow_beginning_is_cut_and_the_trial_says_so():
    measured = in_12_seconds(lambda at: (1.5 if at < 4.9 else 0.5) + 0.1 * (at * 7.3 % 1))
    assert checks(measured) == {}
    assert (measured.started_at, measured.window_seconds) == (5.0, 10.0)
    assert measured.instrument["warm_up_cut_seconds"] == 2.0
    assert measured.turns.ok == 50
    assert any(warning.startswith("the first 2.00 s of the window was cut as warm-up") for warning in measured.warnings)


def test_beginning_that_does_not_settle_is_suspect():
    assert checks(in_12_seconds(lambda at: 6 - 0.4 * (at - 3)))["warm-up"] == "SUSPECT"


def test_wait_that_grows_from_second_to_second_is_a_drift():
    assert checks(in_12_seconds(lambda at: 0.5 + 0.1 * (at - 3))) == {"drift": "SUSPECT"}


def test_later_step_of_a_climbing_load_may_begin_slowly():
    served = [turn("before", 5), *(turn(f"s{n}", 5 + n / 10) for n in range(9))]
    slow = [
        turn(f"l{n}", 13 + n / 10, sessions=4, chunks_at=[13 + n / 10 + (3.0 if n < 10 else 0.5)], ended_at=19)
        for n in range(60)
    ]
    _, crowded = trials(execution(steps(*served, *slow), sessions=[2, 4]))
    assert crowded.window_seconds == 7.0
    assert not {"warm-up", "drift"} & checks(crowded).keys()
    assert "warm-up" not in crowded.unchecked


def test_checks_that_could_not_be_made_stand_in_the_trial():
    (measured,) = trials(execution(process(turn("a", 5)), fake_ledger={"lateness_seconds": {"p99": None}}))
    assert {"load generator CPU", "fake Gemini CPU", "fake Gemini lag", "CPU steal", "warm-up"} <= (
        measured.unchecked.keys()
    )


@pytest.mark.parametrize("clock", ["user", "kernel"])
def test_late_greenlets_are_a_doubt_by_either_clock(clock):
    late = End(1, 0.001, 0.015, 0.02, 1.0)
    lines = [line for line in process(turn("a", 5, clock=clock)) if not isinstance(line, End)]
    assert checks(trials(execution([*lines, late]))[0]) == {"greenlet lag": "SUSPECT"}
