"""Waiting for a condition, which is what tests do instead of sleeping."""

import time
from collections.abc import Callable

DEADLINE_SECONDS = 60.0
"""Far beyond what anything here takes; only a test that fails waits so long."""


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Returns once the condition holds. Raises AssertionError, naming `what` was waited for, when it never does."""
    give_up_at = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, f"never came true: {what}"
        time.sleep(0.01)
