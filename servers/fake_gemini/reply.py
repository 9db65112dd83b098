"""A prompt, and how far the answer to it has got."""

import time
from dataclasses import dataclass

from servers.fake_gemini import frames
from servers.fake_gemini.timing import Profile
from servers.fake_gemini.voice import Voice


@dataclass(frozen=True, slots=True)
class Prompt:
    text: str
    received_at: float
    """Seconds of `time.monotonic`."""
    tag: str | None


@dataclass(slots=True)
class Reply:
    prompt: Prompt
    cuttable: bool
    """Whether a prompt that comes meanwhile ends it."""
    chunks: int = 0
    words: int = 0
    sounds: int = 0
    """Frames of audio."""
    heard_from: float = 0.0
    """When the first of them was sent, in seconds of `time.monotonic`."""
    stalled_seconds: float = 0.0
    """What a fault has held it up for: everything is due so much later."""

    def sounded(self) -> None:
        """A frame of audio was sent."""
        self.heard_from = self.heard_from or time.monotonic()
        self.sounds += 1

    def heard_at(self, profile: Profile) -> float:
        """When somebody who listens at the speed of speech has heard all that was sent."""
        return self.heard_from + self.sounds * profile.audio_frame_seconds

    def usage(self, voice: Voice, profile: Profile) -> frames.Usage:
        """The tokens of the turn so far."""
        if voice.modality == "AUDIO":
            tokens = round(self.sounds * profile.audio_frame_seconds * frames.AUDIO_TOKENS_PER_SECOND)
        else:
            tokens = frames.text_tokens(self.words)
        return frames.Usage(frames.text_tokens(len(self.prompt.text.split())), tokens, voice.modality)
