"""A reply as it is given: which chunk is next, when it is due, and its bytes. Pure."""

import json

from servers.fake_gemini.attribution import tag_of
from servers.null_chat.frames import TEXT, frame
from servers.null_chat.timing import Plan

WORDS = " and so the tide went out, as the ledger had foretold, and nobody on the quay was in a hurry"
"""As long as what a model says in one chunk."""


def _packet(**fields: object) -> bytes:
    return frame(TEXT, json.dumps({"text": "", "turn_complete": False, **fields}).encode())


TURN_COMPLETE = _packet(turn_complete=True)
INTERRUPTED = _packet(interrupted=True)


def error(code: str, message: str) -> bytes:
    return frame(TEXT, json.dumps({"error": {"code": code, "message": message}}).encode())


class Reply:
    __slots__ = ("_index", "_plan", "_prompt_at", "_tag")

    def __init__(self, prompt: str, prompt_at: int, plan: Plan) -> None:
        """`prompt_at`: when the prompt was received, nanoseconds of the wall clock."""
        self._tag = tag_of(prompt)
        self._prompt_at = prompt_at
        self._plan = plan
        self._index = 0

    @property
    def due(self) -> int | None:
        """When the next chunk is, nanoseconds of the wall clock; None once all has been said."""
        dues = self._plan.dues_nanoseconds
        return self._prompt_at + dues[self._index] if self._index < len(dues) else None

    def next_chunk(self, now: int) -> bytes:
        """The frame of the next chunk, which is handed to the socket now."""
        spent_microseconds = (now - self._prompt_at) // 1000
        tag = f"{{{self._tag} {self._index} {now} {spent_microseconds}}}" if self._tag else ""
        self._index += 1
        return frame(TEXT, f'{{"text": "{tag}{WORDS}", "turn_complete": false}}'.encode())
