"""Whoever wrote the record stays until it has been fetched, where that is asked for."""

import logging

from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests.support.options import options_of
from loadtests.support.readiness import wait_until_exists

_PATIENCE_SECONDS = 3600.0

logger = logging.getLogger(__name__)


def stay(environment: Environment) -> None:
    """From Locust's end on, when the last line is written; but only as --end-file says, and not where we are a worker.

    To be called when whoever writes that line has been told to listen for the end too.
    """
    end_file = options_of(environment).end_file
    if end_file and not isinstance(environment.runner, WorkerRunner):
        environment.events.quit.add_listener(_Stay(end_file).wait)


class _Stay:
    def __init__(self, end_file: str) -> None:
        self._end_file = end_file
        self._begun = False

    def wait(self, **_: object) -> None:
        """Where a signal ends the stay, Locust comes here again, and may go on to leave."""
        if self._begun:
            return
        self._begun = True
        logger.info("the record is whole: fetch it, then create %s", self._end_file)
        if not wait_until_exists(self._end_file, _PATIENCE_SECONDS):
            logger.error("%s did not come within %g s: leaving all the same", self._end_file, _PATIENCE_SECONDS)
