"""gunicorn's threaded worker, taught to close: it tells its sessions when it is told to stop, and waits for them.

The arbiter loads this before it forks, so nothing is imported here that only an app needs: it would be there twice.
"""

from concurrent.futures import Future
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from servers import heap, keepalive


class Worker(ThreadWorker):  # type: ignore[misc]
    """Serves an app that keeps its closing time among its extensions."""

    nr_conns: int

    def init_process(self) -> None:
        heap.return_what_is_large()
        keepalive.ask_after_clients(self.sockets)
        super().init_process()

    def handle_exit(self, number: int, frame: FrameType | None) -> None:
        """SIGTERM, by which the arbiter ends its workers."""
        super().handle_exit(number, frame)
        if self.booted:
            self.wsgi.extensions["closing_time"].call()

    handle_quit = handle_exit
    """SIGINT, and the SIGQUIT that the arbiter makes of its own."""

    def set_accept_enabled(self, enabled: bool) -> None:
        """Whether to accept. Once it is stopping no one is let in, not even to wait at the door."""
        super().set_accept_enabled(enabled)
        if not (enabled or self.alive):
            for listener in self.sockets:
                listener.close()

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Counts a connection out once. gunicorn does so twice where it finds that a WebSocket has closed its socket,
        and would then believe that no one is there any more."""
        connections = self.nr_conns
        super().finish_request(conn, fs)
        self.nr_conns = max(self.nr_conns, connections - 1)
