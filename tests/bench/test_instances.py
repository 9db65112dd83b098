from made_up import execution, process, trial, turn, unanswered
from made_up_elsewhere import approach
from pytest import approx

from bench import validity
from bench.elsewhere import Instances
from bench.evaluate import trials
from bench.instances import spread, steady


def opened(person, at, instance, serving=500.0, **fields):
    return turn(
        f"{person}.1", at, session=f"{person}/1", begun_at=at, connect_seconds=0.1, instance=instance,
        instance_serving_seconds=serving, **fields,
    )  # fmt: skip


def counted(*turns):
    """Of a window from 3 to 20."""
    (measured,) = trials(execution(process(*turns), approach=approach("quart")))
    return measured.instances


def test_sessions_are_counted_on_the_instance_that_they_were_opened_on():
    there = counted(
        opened("a", 0.5, "one"), turn("a.2", 5.0, session="a/1"), turn("a.3", 9.0, session="a/1"),
        opened("b", 4.0, "one"), opened("c", 4.0, "two"),
    )  # fmt: skip
    assert there.sessions == {"one": 2, "two": 1}
    assert there.first_seen_seconds == {"one": approx(-2.4), "two": approx(1.1)}
    assert (there.came, there.went) == ([], [])


def test_session_on_which_nobody_asked_in_the_window_is_not_counted():
    assert counted(opened("a", 0.5, "one"), opened("b", 4.0, "two")).sessions == {"two": 1}


def test_server_that_does_not_introduce_itself_is_unknown():
    there = counted(opened("a", 4.0, None, None), opened("b", 4.0, None, None))
    assert (there.sessions, there.unknown) == ({}, 2)
    assert spread(there.sessions) == "unknown"


def test_what_the_instances_were_is_told_of_those_that_people_were_on():
    there = counted(
        opened("a", 0.5, "one", instance_build="b1", instance_revision="quart-00003"), turn("a.2", 5.0, session="a/1"),
        opened("b", 4.0, "two", instance_build="b2", instance_revision="quart-00004"), opened("c", 4.0, "three"),
        opened("d", 0.5, "four", instance_build="b0", instance_revision="quart-00001"),
    )  # fmt: skip
    assert (there.revisions, there.builds) == (["quart-00003", "quart-00004"], ["b1", "b2"])


def test_person_who_never_got_in_was_on_no_instance():
    assert counted(opened("a", 4.0, "one"), unanswered("b.1", 4.0, session="b/1", sent_at=None)).unknown == 0


def test_target_of_this_machine_has_one_instance_that_nobody_asks_about():
    (measured,) = trials(execution(process(turn("a", 5.0))))
    assert measured.instances is None


def test_instance_that_became_ready_in_the_window_came():
    there = counted(opened("a", 0.5, "one"), turn("a.2", 5.0, session="a/1"), opened("b", 10.0, "two", 4.0))
    assert there.came == ["two"]


def test_instance_that_was_only_first_met_in_the_window_did_not_come():
    assert counted(opened("a", 4.0, "one"), opened("b", 10.0, "two", 60.0)).came == []


def test_instance_that_says_goodbye_in_the_window_went():
    gone = unanswered("a.2", 8.0, "failed", session="a/1", failure="going_away", ended_at=9.0)
    assert counted(opened("a", 4.0, "one"), gone, opened("b", 4.0, "two")).went == ["one"]


def test_window_in_which_instances_came_or_went_is_doubtful():
    reason = steady(trial(instances=Instances(sessions={"one": 2}, came=["two"], went=["one", "three"])))
    assert reason is not None and reason.verdict == "SUSPECT"
    assert "instances of flask 1 came and 2 went while the window lasted" in reason.message
    assert "--scaling=N" in reason.message
    assert steady(trial(instances=Instances(sessions={"one": 2}))) is None
    assert steady(trial()) is None


def test_doubt_about_instances_reaches_the_run():
    lines = process(opened("a", 4.0, "one"), opened("b", 10.0, "two", 4.0))
    (measured,) = trials(execution(lines, approach=approach("quart")))
    assert any(reason.check == "instances" for reason in measured.reasons)
    assert validity.is_usable(measured)


def test_spread_of_sessions_is_told_in_a_phrase():
    assert spread({"one": 5}) == "1 instance with 5 sessions"
    assert spread({"one": 1}) == "1 instance with 1 session"
    assert spread({"one": 5, "two": 5}) == "2 instances with 5 sessions each"
    assert spread({"one": 4, "two": 9, "three": 6}) == "3 instances with 4 to 9 sessions, median 6"
