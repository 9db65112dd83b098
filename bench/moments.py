"""Moments as records hold them: UTC, to the second."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """As in 2026-01-02T03:04:05Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
