"""What our worker does otherwise than gunicorn's own, on which the rest is left to the tests with real processes."""

import subprocess
import sys
from concurrent.futures import Future
from typing import Any

import pytest
from gunicorn.workers.gthread import ThreadWorker

from servers.gthread import Worker


class Connection:
    """As gunicorn keeps it."""

    def __init__(self, closed_by_its_websocket: bool) -> None:
        self._closed = closed_by_its_websocket

    def close(self, graceful: bool = False) -> None:
        if graceful and self._closed:
            raise OSError("Bad file descriptor")


def count_after(worker: ThreadWorker, connection: Connection) -> int:
    """Connections that a worker with three believes to have when one has ended."""
    worker.nr_conns = 3
    request: Future[Any] = Future()
    request.set_result(False)
    worker.finish_request(connection, request)
    count: int = worker.nr_conns
    return count


@pytest.mark.parametrize("closed", [True, False])
def test_connection_is_counted_out_once_whoever_has_closed_it(closed: bool) -> None:
    assert count_after(Worker.__new__(Worker), Connection(closed)) == 2


def test_gunicorn_itself_still_counts_it_out_twice() -> None:
    """When it no longer does, our worker can do without that."""
    assert count_after(ThreadWorker.__new__(ThreadWorker), Connection(True)) == 1


def test_worker_that_is_told_to_stop_before_it_has_an_app_stops() -> None:
    worker = Worker.__new__(Worker)
    worker.alive, worker.booted, told = True, False, []

    class Queue:
        def defer(self, callback: object) -> None:
            told.append(callback)

    worker.method_queue = Queue()
    worker.handle_exit(15, None)
    assert not worker.alive
    assert len(told) == 1  # the main loop is woken


def test_arbiter_does_not_load_what_only_an_app_needs() -> None:
    """It would stay in its memory beside the worker's."""
    code = "import sys, servers.gthread; print([name for name in sys.modules if name.startswith(('google', 'flask'))])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert loaded.stdout == "[]\n"
