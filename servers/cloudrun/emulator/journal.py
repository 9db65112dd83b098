"""What happens to instances and which requests were refused: one line of JSON each, on stderr."""

import json
import sys
import time


def note(event: str, **facts: object) -> None:
    """Writes a line; `at` is the wall clock in seconds."""
    sys.stderr.write(json.dumps({"at": round(time.time(), 3), "event": event, **facts}) + "\n")
    sys.stderr.flush()
