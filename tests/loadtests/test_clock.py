import time

from loadtests.support.clock import now


def test_the_clock_tells_the_time_of_the_wall() -> None:
    before = time.time()
    told = now()
    assert before - 0.05 <= told <= time.time() + 0.05


def test_the_clock_never_runs_backwards() -> None:
    moments = [now() for _ in range(1000)]
    assert moments == sorted(moments)
