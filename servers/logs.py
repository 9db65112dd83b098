"""What a server writes down: one event a line, as JSON on stderr, in the fields that Cloud Run reads.

What people say is in it only where `LOG_PROMPTS=1` asks for that; a key never is.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from servers.settings import Settings

FIELDS = "fields"
"""Names, in a record, what an event has beside its message."""


def begin(settings: Settings) -> None:
    """Writes down from now on what the modules here log, at the level of the settings and above."""
    logger = logging.getLogger("servers")
    logger.handlers = [_Stderr(settings.api_key)]
    logger.setLevel(settings.log_level.upper())
    logger.propagate = False  # or whoever serves the app might write it down as well, in its own manner


class _Stderr(logging.Handler):
    def __init__(self, secret: str | None) -> None:
        super().__init__()
        self._secret = secret

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(line_of(record, self._secret) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def line_of(record: logging.LogRecord, secret: str | None = None) -> str:
    """An event as one line of JSON, in which a secret is struck out wherever it may have come from."""
    event: dict[str, Any] = {
        "severity": record.levelname,
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "message": record.getMessage(),
        "logger": record.name,
        **getattr(record, FIELDS, {}),
    }
    if record.exc_info:
        event["stack_trace"] = logging.Formatter().formatException(record.exc_info)
    line = json.dumps(event, default=str)
    return line.replace(json.dumps(secret)[1:-1], "***") if secret else line
