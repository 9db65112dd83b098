import time

import pytest

from servers.null_chat.agenda import Agenda
from tests.waiting import wait_until

PAST = 1_000


def test_what_is_due_is_done_in_the_order_of_its_moments() -> None:
    agenda, done = Agenda(), list[int]()
    for moment in (3, 1, 2, 1):
        agenda.at(moment, done.append)
    agenda.do_due(10)
    assert done == [1, 1, 2, 3]


def test_no_more_than_so_much_is_done_at_a_time() -> None:
    agenda, done = Agenda(), list[int]()
    for moment in range(5):
        agenda.at(moment, done.append)
    agenda.do_due(2)
    assert done == [0, 1]
    assert agenda.seconds_left() == 0


def test_what_is_to_come_is_waited_for() -> None:
    agenda, done = Agenda(), list[int]()
    due = time.time_ns() + 20_000_000
    agenda.at(due, done.append)
    agenda.do_due(10)
    left = agenda.seconds_left()
    assert left is not None and (done or 0 <= left <= 0.02)

    def has_come() -> list[int]:
        agenda.do_due(10)
        return done

    wait_until(has_come, "it was done when its moment came")
    assert done == [due]
    assert time.time_ns() >= due


def test_nothing_is_waited_for_where_nothing_will_be_due() -> None:
    assert Agenda().seconds_left() is None


def test_freeze_makes_nothing_late() -> None:
    agenda = Agenda()
    before = time.time_ns()
    agenda.freeze(0.02)
    now = time.time_ns()
    assert now - before >= 20_000_000
    assert 0 <= agenda.lateness_seconds(before, now) < (now - before) / 1e9 - 0.019


def test_lateness_counts_from_when_it_was_due() -> None:
    assert Agenda().lateness_seconds(PAST, PAST + 2_500_000) == pytest.approx(0.0025)
