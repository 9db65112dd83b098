import time

from loadtests.support import clock
from loadtests.support.clock import now


def test_the_clock_tells_the_time_of_the_wall() -> None:
    before = time.time()
    told = now()
    assert before - 0.05 <= told <= time.time() + 0.05


def test_the_clock_never_runs_backwards() -> None:
    moments = [now() for _ in range(1000)]
    assert moments == sorted(moments)


def test_a_clock_that_is_put_forward_tells_a_later_moment() -> None:
    before = now()
    clock.put_forward(100.0)
    try:
        assert before + 100 <= now() <= before + 160
    finally:
        clock.put_forward(-100.0)
