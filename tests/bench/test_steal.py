from collections import namedtuple

import psutil
import pytest

from bench.steal import stolen_seconds

Times = namedtuple("Times", "user system idle steal")
Elsewhere = namedtuple("Elsewhere", "user system idle")


@pytest.fixture
def counters(monkeypatch):
    def tell(*cores):
        monkeypatch.setattr(psutil, "cpu_times", lambda percpu: list(cores))

    return tell


def test_average_is_of_the_cores_in_use(counters):
    counters(Times(1, 1, 1, 4.0), Times(1, 1, 1, 0.0), Times(1, 1, 1, 2.0))
    assert stolen_seconds(frozenset({0, 2})) == 3.0
    assert stolen_seconds(frozenset()) == 2.0


def test_system_that_does_not_count_it_says_nothing(counters):
    counters(Elsewhere(1, 1, 1))
    assert stolen_seconds(frozenset()) is None


def test_sandbox_that_counts_nothing_at_all_says_nothing(counters):
    counters(Times(0, 0, 0, 0.0), Times(0, 0, 0, 0.0))
    assert stolen_seconds(frozenset({0})) is None


def test_cores_that_are_not_listed_leave_the_average_of_all(counters):
    counters(Times(1, 1, 1, 4.0), Times(1, 1, 1, 0.0))
    assert stolen_seconds(frozenset({7})) == 2.0
