from dataclasses import replace

from made_up import execution, process, turn

from bench.absences import absences, reasons, told
from bench.evaluate import trials
from loadtests.support.turn import End, Stream, Worker

WORKER = Worker(1, "node-b", 4242, "abc", "3.11.7", "2.47.0")
LOST = Stream(1, 3, 9, 0, 0, ended=False, acknowledged=False, heard_at=12.5, told_at=12.4, open=["7.1-3.2", "7.1-10.1"])


def lost(stream=LOST, *turns):
    """The file of a worker that was lost: it has no end."""
    arrived = turns or [turn("7.1-1.1", 5), turn("7.1-2.1", 5), turn("7.1-3.1", 5)]
    return [WORKER, *(line for line in process(*arrived) if not isinstance(line, End)), stream]


def whole():
    return [*process(turn("7.0-1.1", 5)), replace(LOST, worker=0, ended=True, acknowledged=True)]


def test_of_a_worker_that_was_lost_it_is_told_whose_turns_are_missing_and_since_when():
    (absence,) = absences([whole(), lost()])
    assert told(absence) == (
        "worker 1 (process 4242 on node-b) was lost: it was last heard of at 00:00:12.5 UTC, 12.5 s into its load. "
        "Of its people, 1-1 to 1-3, 1-10, no turn that ended after 00:00:12.4 UTC arrived; missing are at least the 2 "
        "that were then under way: 7.1-3.2, 7.1-10.1"
    )


def test_nobody_is_missed_who_came_to_the_end():
    assert absences([whole(), process(turn("a", 5))]) == []


def test_of_many_turns_some_are_named():
    many = replace(LOST, open=[f"7.1-{number}.4" for number in range(1, 31)], unsent=12)
    (absence,) = absences([lost(many)])
    assert "at least the 30 that were then under way: 7.1-1.4, 7.1-2.4," in told(absence)
    assert "7.1-6.4 and 24 more, which the load's log names; and 12 lines that it had not sent yet" in told(absence)
    assert "Of its people, 1-1 to 1-30, " in told(absence)


def test_visitors_are_counted_with_the_source_they_came_from():
    (absence,) = absences([lost(replace(LOST, open=["7.1-2:17.1"]), turn("7.1-2:3.1", 5))])
    assert absence.people == ["1-2"]


def test_a_worker_of_which_nothing_arrived_is_told_of_too():
    (absence,) = absences([[WORKER, replace(LOST, open=[], told_at=0.0)]])
    assert told(absence) == (
        "worker 1 (process 4242 on node-b) was lost: it was last heard of at 00:00:12.5 UTC. No turn of its people "
        "arrived; see the load's log"
    )


def test_a_window_that_lost_a_worker_is_invalid_and_says_so_first():
    (trial,) = trials(execution(whole(), lost(), sessions=[4], workers=2, elsewhere=True))
    assert trial.reasons[0] == reasons([lost()])[0]
    assert (trial.reasons[0].check, trial.reasons[0].verdict) == ("lost worker", "INVALID")
