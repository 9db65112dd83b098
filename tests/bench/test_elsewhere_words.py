from made_up import FLASK, QUART, execution, process, run, trial, turn
from made_up_elsewhere import ADDRESSES, approach, barged_in, baseline, elsewhere_data

from bench.elsewhere import Instances
from bench.elsewhere_words import ANOTHER_WAY, NOBODY_ALONE, alone, beside, labelled, lines, remarks, trip_to, way
from bench.evaluate import conclude, trials

THERE = ADDRESSES[0]


def whole(*trips, **fields):
    trials = [trial(number=number, approach=approach("flask", trip)) for number, trip in enumerate(trips, 1)]
    return run(*trials, targets=[THERE], **fields)


def test_line_of_an_address_tells_way_baseline_and_instances():
    flask, quart = lines(elsewhere_data(number=2).run)
    assert flask.startswith("flask: round trip 40 ms; one person alone: connects in 0.16 s, first words after 0.50 s")
    assert "whole reply after 1.50 s, interrupted, silence after 43 ms, the new reply after 0.51 s; " in flask
    assert quart.endswith("; 2 instances in 6 trials.")


def test_targets_of_this_machine_have_no_lines():
    assert lines(run(trial("flask"), trial("quart"))) == []


def test_way_that_differs_from_trial_to_trial_is_told_from_to():
    assert lines(whole(0.030, 0.031, 0.034))[0].startswith("flask: round trip 31 ms (30 ms to 34 ms from trial to")
    assert trip_to(whole(0.030, 0.031, 0.034), THERE) == "31 ms"
    assert trip_to(whole(), THERE) == ""


def test_server_that_does_not_introduce_itself_has_unknown_instances():
    assert "instances unknown" in lines(whole(0.03))[0]


def test_beside_a_latency_stand_way_rest_and_baseline():
    there = whole(0.04, baselines=[baseline("flask")])
    assert beside(there, THERE, "ttft_seconds", 0.51) == "round trip 40 ms; without it 0.51 s; alone 0.50 s"
    assert beside(there, THERE, "connect_seconds", None) == "round trip 40 ms; alone 0.16 s"
    assert beside(whole(0.04), THERE, "ttft_seconds", 0.51) == "round trip 40 ms; without it 0.51 s"
    there = whole(0.04, baselines=[baseline("flask"), barged_in("flask")])
    assert beside(there, THERE, "stop_seconds", 0.01) == "round trip 40 ms; without it 10 ms; alone 43 ms"


def test_beside_what_contains_no_way_stands_nothing():
    there = whole(0.04, baselines=[baseline("flask")])
    for metric in ("chunk_gap_seconds", "goodput_ratio", "ttft_less_round_trip_seconds"):
        assert beside(there, THERE, metric, None) == ""
    assert beside(there, FLASK, "ttft_seconds", 0.51) == ""


def test_label_says_who_answers_as_far_as_that_is_known():
    def on(*names):
        return trial(instances=Instances(sessions=dict.fromkeys(names, 1)))

    assert labelled(THERE, [on("a")]).label == "flask, at flask-abc-uc.a.run.app, revision flask-00003, 1 instance"
    assert labelled(THERE, [on("a"), on("a", "b")]).label.endswith(", 1 to 2 instances")
    other = THERE.model_copy(update={"name": "mine", "revision": None})
    assert labelled(other, [on("a")]).label == "mine, at flask-abc-uc.a.run.app, app flask"
    assert labelled(QUART, [on("a")]) == QUART


def test_session_that_looked_and_had_to_wait_for_an_instance_is_told_of():
    (told,) = remarks(approach("flask", 2.0, cold=True))
    assert "waited 6.00 s for one to start, so that people had not" in told
    assert remarks(approach("flask")) == remarks(None) == []


def test_server_that_answers_no_pings_is_told_of_in_its_trial():
    unknown = approach("flask").model_copy(update={"round_trip": None})
    (trial,) = trials(execution(process(turn("a", 5.0)), approach=unknown))
    assert any("answered too few pings" in warning for warning in trial.warnings)
    assert "ttft_less_round_trip_seconds" not in trial.metrics


def test_way_of_workers_elsewhere_is_not_known_and_that_is_said():
    unknown = approach("flask").model_copy(update={"round_trip": None, "from_elsewhere": True})
    (found,) = trials(execution(process(turn("a", 5.0)), approach=unknown))
    assert ANOTHER_WAY in found.warnings and not any("too few pings" in warning for warning in found.warnings)
    assert "ttft_seconds" in found.metrics and "ttft_less_round_trip_seconds" not in found.metrics
    there = run(trial(approach=unknown), targets=[THERE])
    assert lines(there)[0].startswith(f"flask: {ANOTHER_WAY}{NOBODY_ALONE}; ")
    assert beside(there, THERE, "ttft_seconds", None) == ""


def test_who_was_alone_before_others_made_the_load_from_elsewhere_is_not_denied():
    unknown = approach("flask").model_copy(update={"round_trip": None, "from_elsewhere": True})
    there = run(trial(approach=unknown), targets=[THERE], baselines=[baseline("flask")])
    assert lines(there)[0].startswith(f"flask: {ANOTHER_WAY}; one person alone: connects in 0.16 s")


def test_conclusions_are_the_same_when_drawn_twice():
    once = conclude(elsewhere_data(number=2).run)
    assert conclude(once) == once


def test_one_person_alone_is_told_in_a_line():
    assert alone(baseline("flask")) == (
        "flask, one person alone: round trip 40 ms, connects in 0.16 s, first words after 0.50 s, of that the server "
        "and the way added 50 ms, whole reply after 1.50 s, 15 turns ok"
    )
    few = baseline("flask").model_copy(update={"medians": {}, "ok": 1, "failed": 3, "approach": None})
    assert alone(few) == "flask, one person alone: too few turns for a median, 1 turns ok, 3 failed"


def test_way_of_a_trial_is_told_where_it_is_known():
    assert way(trial(approach=approach("flask", 0.031))) == "round trip 31 ms"
    assert way(trial()) == ""
