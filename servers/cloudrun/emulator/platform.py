"""What the platform does to every service: its patience, which can be shortened to try what happens at its end."""

from dataclasses import dataclass

from servers.cloudrun.emulator.scaling import PENDING_SECONDS


@dataclass(frozen=True)
class Platform:
    """Seconds throughout."""

    timeout_seconds: float = 3600.0
    """The longest that a request may last, where its service allows more."""
    pending_seconds: float = PENDING_SECONDS
    """How long a request without room waits at least."""
    idle_seconds: float = 900.0
    """How long an instance beyond the fewest is kept without a request."""
    grace_seconds: float = 10.0
    """From SIGTERM to SIGKILL."""
