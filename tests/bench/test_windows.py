from dataclasses import replace

import pytest
from hdrh.histogram import HdrHistogram
from made_up import process, turn, unanswered

from bench.windows import cut, read_ledger
from loadtests.support.turn import End, Mark, Stream


def ids(turns):
    return [turn.id for turn in turns]


def test_window_opens_a_warm_up_after_everybody_has_started_and_closes_at_the_stop():
    (window,) = cut([process(began_at=0, reached_at=1, stopped_at=20)], warm_up_seconds=3)
    assert (window.sessions, window.opened_at, window.closed_at, window.seconds) == (2, 4, 20, 16)


def test_turns_planned_outside_the_window_are_left_out():
    lines = process(turn("warm-up", 3.9), turn("first", 4), turn("last", 19.9), turn("after", 20))
    (window,) = cut([lines], warm_up_seconds=3)
    assert ids(window.turns) == ["first", "last"]


def test_each_level_has_its_window_until_the_next_begins():
    lines = [
        Mark("level", 0, 10),
        Mark("reached", 1, 10),
        turn("ten", 5, sessions=10),
        Mark("level", 10, 20),
        Mark("reached", 12, 20),
        turn("twenty", 15, sessions=20),
        Mark("stop", 20, 20),
    ]
    ten, twenty = cut([lines], warm_up_seconds=2)
    assert (ten.sessions, ten.opened_at, ten.closed_at, ids(ten.turns)) == (10, 3, 10, ["ten"])
    assert (twenty.sessions, twenty.opened_at, twenty.closed_at, ids(twenty.turns)) == (20, 14, 20, ["twenty"])


def test_turn_of_another_level_does_not_count_though_its_time_fits():
    (window,) = cut([process(turn("late to know", 5, sessions=1))], warm_up_seconds=2)
    assert not window.turns


def test_level_that_is_never_reached_is_measured_with_a_warning():
    lines = [line for line in process() if getattr(line, "mark", "") != "reached"]
    (window,) = cut([lines], warm_up_seconds=3)
    assert (window.opened_at, window.closed_at) == (3, 20)
    assert window.warnings == ["not all of 2 people had started in time: the window opens as if they had at once"]


def test_level_reached_too_late_to_warm_up_is_measured_with_a_warning():
    (window,) = cut([process(reached_at=18)], warm_up_seconds=3)
    assert window.opened_at == 3
    assert window.warnings


def test_level_shorter_than_its_warm_up_has_an_empty_window():
    (window,) = cut([process(stopped_at=2)], warm_up_seconds=3)
    assert window.seconds == 0


def test_window_closes_after_its_length_if_its_level_lasts_longer():
    old = turn("old", 8, interrupted_at=9.5)
    lines = process(turn("in", 5), old, turn("out", 9.5, barges_in_on="old"))
    (window,) = cut([lines], warm_up_seconds=2, window_seconds=6)
    assert (window.opened_at, window.closed_at, ids(window.turns), window.barge_ins) == (3, 9, ["in", "old"], [])


def test_narrowed_window_finds_anew_who_waits_when_it_opens():
    lines = process(turn("in time", 4), turn("waits", 4.5, chunks_at=[7.0]), turn("in", 6), turn("after", 9))
    (window,) = cut([lines], warm_up_seconds=2)
    narrow = window.narrowed(5.0, 8.0)
    assert (narrow.opened_at, narrow.closed_at, ids(narrow.turns), ids(narrow.waiting)) == (5, 8, ["in"], ["waits"])
    assert ids(narrow.execution) == ids(window.execution)


def test_window_closes_with_its_level_if_that_is_shorter():
    (window,) = cut([process(stopped_at=8)], warm_up_seconds=2, window_seconds=6)
    assert (window.opened_at, window.closed_at) == (3, 8)


def test_everybody_is_in_where_nobody_waited_for_a_connection():
    connected = turn("a", 5, connect_seconds=0.4)
    unsent = unanswered("b", 9, sent_at=None)
    assert cut([process(connected, unsent)], 2)[0].is_everybody_in, "a later turn of a person has a connection"


def test_somebody_is_not_in_who_waits_for_a_connection_or_waited_long():
    never = unanswered("a", 1, sent_at=None)
    long = turn("a", 5, connect_seconds=0.6)
    assert not cut([process(never)], 2)[0].is_everybody_in
    assert not cut([process(long)], 2)[0].is_everybody_in


def test_load_without_a_stop_was_watched_as_long_as_it_wrote():
    lines = [line for line in process(turn("a", 10)) if getattr(line, "mark", "") != "stop"]
    (window,) = cut([lines], warm_up_seconds=2)
    assert window.closed_at == 10.8


def test_shares_of_several_processes_add_up():
    one = process(turn("one", 6, sessions=3), level=3, began_at=0, reached_at=1, stopped_at=20)
    two = process(turn("two", 7, sessions=2), level=2, began_at=0.1, reached_at=2, stopped_at=20.5)
    *_, window = cut([one, two], warm_up_seconds=3)
    assert (window.sessions, window.opened_at, window.closed_at) == (5, 5, 20)
    assert ids(window.turns) == ["one", "two"]


def test_process_that_never_reached_its_share_makes_the_level_not_reached():
    one, two = process(level=3), [line for line in process() if getattr(line, "mark", "") != "reached"]
    *_, window = cut([one, two], warm_up_seconds=3)
    assert window.warnings


def test_barge_in_belongs_to_the_window_of_the_turn_that_barges_in():
    old = turn("old", 2.9, interrupted_at=3.5)
    (window,) = cut([process(old, turn("new", 3.5, barges_in_on="old"))], warm_up_seconds=2)
    (barge_in,) = window.barge_ins
    assert (barge_in.old.id, barge_in.new.id) == ("old", "new")
    assert ids(window.turns) == ["new"]


def test_people_who_wait_when_the_window_opens_are_not_forgotten():
    waits = [
        unanswered("for ever", 1),
        turn("until later", 2, chunks_at=[6.0]),
        unanswered("until it was given up", 2, outcome="failed", ended_at=12.0),
    ]
    served = [turn("served", 1), unanswered("given up before", 1, outcome="failed", ended_at=2.0)]
    (window,) = cut([process(*waits, *served)], warm_up_seconds=2)
    assert ids(window.waiting) == ["for ever", "until later", "until it was given up"]


def test_ledger_counts_what_ended_in_all_files():
    lines = process(turn("a"), unanswered("b"), unanswered("c", outcome="failed"))
    ledger = read_ledger([lines, process(turn("d"))])
    assert (ledger.recorded, ledger.lost, ledger.unended) == (3, 0, 0)
    assert ledger.lag_seconds_p99 == 0.002


def test_ledger_notices_a_turn_that_is_missing():
    lines = process(turn("a"), turn("b"))
    lines.remove(next(line for line in lines if getattr(line, "id", "") == "a"))
    assert read_ledger([lines]).lost == 1


def test_ledger_notices_a_file_without_its_end():
    lines = [line for line in process(turn("a")) if not isinstance(line, End)]
    ledger = read_ledger([lines])
    assert (ledger.unended, ledger.lag_seconds_p99) == (1, None)


def lag_histogram(*microseconds):
    histogram = HdrHistogram(1, 10**9, 3)
    for value in microseconds:
        histogram.record_value(value)
    return histogram.encode().decode()


def with_lags(*microseconds):
    *lines, end = process()
    return [*lines, replace(end, lag_histogram=lag_histogram(*microseconds))]


def test_lag_is_of_the_timers_of_all_processes_together():
    quiet, busy = with_lags(*[100] * 980), with_lags(*[900] * 20)
    assert read_ledger([quiet, busy]).lag_seconds_p99 == pytest.approx(900e-6, rel=1e-3)
    assert read_ledger([quiet, with_lags(*[900] * 9)]).lag_seconds_p99 == pytest.approx(100e-6, rel=1e-3)


def test_lag_of_a_record_without_its_histogram_is_that_of_the_latest_process():
    assert read_ledger([with_lags(100), process()]).lag_seconds_p99 == 0.002


STREAM = Stream(worker=0, batches=3, lines=9, missing=0, repeated=0, ended=True, acknowledged=True)


@pytest.mark.parametrize(
    ("fault", "lost"),
    [
        ({}, 0),
        ({"missing": 4}, 4),
        ({"repeated": 1}, 1),
        ({"acknowledged": False}, 1),
        ({"missing": 4, "ended": False, "acknowledged": False}, 5),
    ],
)
def test_ledger_counts_the_records_of_workers_that_did_not_arrive(fault, lost):
    whole, faulty = [*process(turn("a")), STREAM], [*process(turn("b")), replace(STREAM, **fault)]
    assert read_ledger([whole, faulty], workers=2).lost_records == lost


def test_ledger_misses_the_word_on_a_worker_whose_master_died():
    assert read_ledger([[*process(), STREAM], process()], workers=2).lost_records == 1
    assert read_ledger([[*process(), STREAM]], workers=3).lost_records == 2


def test_ledger_of_a_load_without_workers_expects_no_word_on_them():
    assert read_ledger([process()]).lost_records == 0


def test_no_load_at_all_gives_no_window():
    assert cut([], warm_up_seconds=1) == []
    assert cut([[]], warm_up_seconds=1) == []
