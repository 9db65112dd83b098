import time

import gevent
import pytest

from loadtests.support import processor_time
from loadtests.support.processor_time import ProcessorTime


def worked(seconds: float) -> None:
    """Spends so much of the processor."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_what_was_spent_between_start_and_stop_is_told_to_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor_time, "_INTERVAL_SECONDS", 0.01)
    worked(0.3)
    watch = ProcessorTime()
    watch.start()
    gevent.sleep(0)
    worked(0.1)
    gevent.sleep(0.02)
    watch.stop()
    worked(0.3)
    assert 0.1 <= watch.seconds < 0.35
    assert len(watch.at) == len(watch.seconds_by) >= 3
    assert watch.at == sorted(watch.at) and watch.seconds_by == sorted(watch.seconds_by)


def test_who_never_started_has_spent_nothing_that_is_known() -> None:
    watch = ProcessorTime()
    watch.stop()
    assert (watch.seconds, watch.at) == (0.0, [])
