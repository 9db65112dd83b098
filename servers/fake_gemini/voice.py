"""How a session's replies are put on the wire. The table of models says how each family does it."""

from dataclasses import dataclass

from servers.fake_gemini import frames
from servers.fake_gemini.models import Backend, Modality, Model, Style


@dataclass(frozen=True, slots=True)
class Voice:
    backend: Backend
    modality: Modality
    style: Style
    interrupts: bool
    """Whether a typed prompt cuts a reply of this model's, unless the service is told otherwise."""
    words: frames.Template | None
    """What carries the words of a chunk; None where they are only spoken."""
    sound: bytes = b""
    """A frame of audio without words; empty where nothing is spoken."""
    thought: bytes = b""
    """What the model lets out of its thinking before it answers; empty where it does not."""


def voice_of(model: Model, modality: Modality, transcribes: bool, audio_frame_seconds: float) -> Voice:
    """The voice of a model that answers in a modality; `transcribes` where the text of what is spoken is asked for."""
    style, names_its_role = model.style, model.names_its_role
    if modality == "TEXT":
        return Voice(model.backend, modality, style, model.typed_interrupts, frames.text_chunk(names_its_role))
    layout = frames.Sound(audio_frame_seconds, names_its_role, style.parts_per_frame)
    words = frames.transcribed_silence(layout) if style.shares_frames else frames.TRANSCRIPTION
    return Voice(
        model.backend,
        modality,
        style,
        model.typed_interrupts,
        words=words if transcribes else None,
        sound=frames.silence(layout),
        thought=frames.thought(names_its_role) if style.thinks_aloud else b"",
    )
