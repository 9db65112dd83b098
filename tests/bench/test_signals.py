import signal
import threading

import pytest

from bench.signals import ENDINGS, undisturbed


@pytest.mark.parametrize("number", ENDINGS)
def test_signal_that_comes_inside_is_heeded_on_leaving(number: signal.Signals) -> None:
    heard: list[int] = []
    before = signal.signal(number, lambda which, _: heard.append(which))
    try:
        with undisturbed():
            signal.raise_signal(number)
            assert heard == []
        assert heard == [number]
        signal.raise_signal(number)
        assert heard == [number, number]
    finally:
        signal.signal(number, before)


def test_other_threads_hear_no_signals_and_are_let_be() -> None:
    done: list[bool] = []

    def elsewhere() -> None:
        with undisturbed():
            done.append(True)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert done == [True]


def test_signal_is_heeded_although_what_was_done_inside_failed() -> None:
    with pytest.raises(KeyboardInterrupt), undisturbed():
        signal.raise_signal(signal.SIGINT)
        raise OSError("it does not start")
