import time

from loadtests.support import clock
from loadtests.support.clock import now, offset_seconds


def test_the_clock_tells_the_time_of_the_wall() -> None:
    before = time.time()
    told = now()
    assert before - 0.05 <= told <= time.time() + 0.05


def test_the_clock_is_set_by_a_moment_in_which_nobody_had_to_wait() -> None:
    """Every reading of a clock takes a microsecond, and but for one the process has to wait for 5 ms on the way."""
    moment, read = 1000.0, 0

    def reading(offset: float) -> float:
        nonlocal moment, read
        read += 1
        moment += 1e-6 if 7 <= read <= 9 else 0.005
        return moment + offset

    assert abs(offset_seconds(lambda: reading(50.0), lambda: reading(0.0)) - 50.0) < 1e-6


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
