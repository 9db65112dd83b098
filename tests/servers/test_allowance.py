from threading import Thread

import pytest

from servers.allowance import Allowance


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_minutes_worth_may_be_taken_at_once_and_no_more(clock: Clock) -> None:
    allowance = Allowance(3, clock)
    assert [allowance.take() for _ in range(3)] == [0.0, 0.0, 0.0]
    assert allowance.take() == pytest.approx(20.0)


def test_what_is_refused_is_not_taken(clock: Clock) -> None:
    allowance = Allowance(1, clock)
    allowance.take()
    assert [allowance.take() for _ in range(5)] == [60.0] * 5


def test_it_comes_back_little_by_little_up_to_a_minutes_worth(clock: Clock) -> None:
    allowance = Allowance(2, clock)
    allowance.take(2)
    clock.seconds += 29
    assert allowance.take() == pytest.approx(1.0)
    clock.seconds += 1
    assert allowance.take() == 0.0
    clock.seconds += 3600
    assert [allowance.take() == 0.0 for _ in range(3)] == [True, True, False]


def test_what_was_spent_beyond_it_is_owed_until_it_has_come_back(clock: Clock) -> None:
    allowance = Allowance(60, clock)
    assert allowance.debt_seconds() == 0.0
    allowance.spend(90)
    assert allowance.debt_seconds() == pytest.approx(30.0)
    assert allowance.take(1) == pytest.approx(31.0)
    clock.seconds += 30
    assert allowance.debt_seconds() == pytest.approx(0.0)


def test_what_was_spent_too_much_is_given_back_and_never_more_than_a_minutes_worth(clock: Clock) -> None:
    allowance = Allowance(10, clock)
    allowance.spend(30)
    allowance.spend(-25)
    assert allowance.take(5) == 0.0
    allowance.spend(-100)
    assert allowance.take(10) == 0.0
    assert allowance.take(1) > 0.0


def test_threads_together_take_no_more_than_there_is(clock: Clock) -> None:
    allowance = Allowance(1000, clock)
    taken: list[bool] = []

    def take_many() -> None:
        taken.extend(allowance.take() == 0.0 for _ in range(500))

    threads = [Thread(target=take_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 1000
