"""A message as it may be kept: its shape, its sizes and its enumerations, without what it says of anybody. Pure but for
what `Hiding` remembers.

Whatever is not known to be harmless is taken for somebody's words.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from servers.fake_gemini.attribution import unstamped
from servers.recording.filler import filler
from servers.recording.hiding import Hiding

HARMLESS = frozenset(
    """
    activity_handling audio_offset end_of_speech_sensitivity finish_reason interaction_status language_code
    media_resolution mime_type modality model response_modalities role start_of_speech_sensitivity
    target_language_code thinking_level time_left traffic_type turn_complete_reason turn_coverage type voice_name
    """.split()  # noqa: SIM905 - a list of so many lines would tell no more
)
"""Fields whose strings are one of a few, in snake case."""
HANDLES = frozenset({"handle", "new_handle"})
FREE = frozenset({"args", "response", "labels"})
"""Fields whose objects are shaped by their users; even their keys may tell something."""


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


@dataclass(frozen=True)
class Scrubber:
    keeps_text: bool = False
    keeps_audio: bool = False
    hiding: Hiding = field(default_factory=Hiding)

    def message(self, value: Any, name: str = "") -> Any:
        """What is kept of a value of JSON that stands in the field `name`."""
        if isinstance(value, dict):
            if name in FREE and not self.keeps_text:
                return {}
            return {self.hiding.redact(key): self.message(inner, snake(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.message(inner, name) for inner in value]
        return self._string(value, name) if isinstance(value, str) else value

    def words(self, text: str) -> str:
        """What is kept of something that somebody says. The stamp of the fake Gemini is not part of it."""
        if self.keeps_text:
            return self.hiding.redact(text)
        said = unstamped(text)
        return text[: len(text) - len(said)] + filler(said)

    def _string(self, text: str, name: str) -> str | int:
        if name == "data":
            return text if self.keeps_audio else len(text.rstrip("=")) * 3 // 4
        if name in HANDLES:
            return self.hiding.handle(text)
        return self.hiding.redact(text) if name in HARMLESS else self.words(text)
