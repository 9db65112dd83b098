"""Tags that tie each chunk of a reply to its prompt and its moment, so that others can tell who was late.

A prompt that begins with `#<id> ` has each chunk of its reply begin with `{<id> <index> <sent_at_ns> <spent_us>}`.
"""

import re
import time

_TAG = re.compile(r"#([A-Za-z0-9_.:-]+) ")
_STAMP = re.compile(r"\{[A-Za-z0-9_.:-]+ \d+ \d+ \d+\}")


def tag_of(prompt: str) -> str | None:
    """The id that a prompt is tagged with, None where it has none."""
    match = _TAG.match(prompt)
    return match[1] if match else None


def stamp(tag: str, index: int, spent_seconds: float) -> str:
    """What a chunk that is handed to the socket right now begins with: `index` counts the chunks of its reply from 0,
    `spent_seconds` is what the turn has taken since its prompt was received."""
    return f"{{{tag} {index} {time.time_ns()} {int(spent_seconds * 1e6)}}}"


def unstamped(chunk: str) -> str:
    """What a chunk says after its stamp; all of it where it has none."""
    match = _STAMP.match(chunk)
    return chunk[match.end() :] if match else chunk
