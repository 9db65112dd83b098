"""Who is let in, and how much all of them may say: one object for a process. Any thread may use it.

A server asks it at three places: before the upgrade, when a session begins, and for its metrics. What a session may do
is then asked of its visit. To make one is to begin the log.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from servers import logs, origins
from servers.allowance import Allowance
from servers.farewells import TRY_LATER, Refused
from servers.introduction import Introduction
from servers.metrics import Metrics
from servers.origins import Headers
from servers.settings import Settings
from servers.visit import Visit

BARRED = "This server is for pages of its own."
"""What a page of somebody else's is answered, with 403."""

logger = logging.getLogger(__name__)


class Admission:
    def __init__(self, settings: Settings, myself: Introduction, left: type[BaseException]) -> None:
        """`left` is what is raised in a session whose client leaves."""
        logs.begin(settings)
        self.metrics = Metrics(myself.names)
        self._settings = settings
        self._instance = myself.instance
        self._left = left
        self._tokens = Allowance(settings.tokens_per_minute) if settings.tokens_per_minute else None
        self._open = 0
        self._begun = 0
        self._lock = Lock()

    def bars(self, headers: Headers) -> bool:
        """Whether who asks for an upgrade with these headers is not to have it."""
        if origins.may_come(headers, self._settings.allowed_origins):
            return False
        self.metrics.refusals.labels("origin").inc()
        logger.info("page barred", extra={logs.FIELDS: {"origin": headers.get("origin")}})
        return True

    @contextmanager
    def visit(self) -> Iterator[Visit]:
        """A session, from its first moment to its last. Raises Refused `full` where there is no room for it."""
        names: dict[str, str | int] = {"session": self._let_in(), "instance": self._instance}
        visit = Visit(self._settings, self.metrics, self._tokens, names)
        ended_by: BaseException | None = None
        try:
            yield visit
        except BaseException as error:
            ended_by = _first_of(error)
            raise
        finally:
            self._let_out()
            visit.ends(None if isinstance(ended_by, self._left) else ended_by)

    def _let_in(self) -> int:
        """The number of the session."""
        most = self._settings.max_sessions
        with self._lock:
            full = most is not None and self._open >= most
            if not full:
                self._open += 1
                self._begun += 1
                return self._begun
        self.metrics.refusals.labels("full").inc()
        logger.info("session refused", extra={logs.FIELDS: {"cause": "full", "instance": self._instance}})
        raise Refused("full", f"the server has its most sessions, {most}: try again later", TRY_LATER)

    def _let_out(self) -> None:
        with self._lock:
            self._open -= 1


def _first_of(error: BaseException) -> BaseException:
    """The first of a group of errors, or the one that it is."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
