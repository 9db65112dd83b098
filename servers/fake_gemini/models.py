"""The Live models that exist, and what each is willing to speak.

A model that is not in the table is refused as the service refuses it. A model is added by one entry.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from servers.fake_gemini.refusals import (
    INTERNAL,
    INVALID_ARGUMENT,
    NO_VOICES,
    Refusal,
    Refused,
    unknown_developer_model,
    unknown_vertex_model,
    unsupported_modality,
)

Backend = Literal["developer", "vertex"]
Modality = Literal["AUDIO", "TEXT"]

NATIVE_AUDIO_REGIONS = frozenset({"us-central1", "us-east5", "europe-west4"})


@dataclass(frozen=True, slots=True)
class Style:
    """How a model that speaks puts words and sound on the wire, as recordings of the service show it."""

    shares_frames: bool = False
    """Whether words come within a frame of audio, or in frames of their own."""
    transcripts_ahead: int = 0
    """By how many transcriptions the words run ahead of the sound, where they have frames of their own."""
    parts_per_frame: int = 1
    """How many parts one event carries."""
    thinks_aloud: bool = False
    """Whether a turn begins with a part that is a thought."""
    noisy: bool = False
    """Whether frames without content come in between."""
    paces: bool = False
    """Whether `turnComplete` waits until the reply has been heard, unless the profile says otherwise."""
    remarks: bool = False
    """Whether a turn begins with a remark that has an end of its own, while the model still thinks."""
    tells_handles: bool = False
    """Whether a handle to resume by is sent unasked, once."""


PLAIN = Style()
NATIVE_25 = Style(transcripts_ahead=2, thinks_aloud=True)
LIVE_31 = Style(shares_frames=True, parts_per_frame=2, paces=True)
LIVE_38 = Style(shares_frames=True, noisy=True, paces=True, tells_handles=True)
LIVE_38_THINKING = replace(LIVE_38, remarks=True)


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    backend: Backend
    modalities: tuple[Modality, ...]
    """What it can answer in; the first is what it answers in unasked."""
    refusal: Refusal
    """What it answers to any other modality."""
    names_its_role: bool = True
    """Whether `modelTurn` carries `"role": "model"`; the 2.5 native audio models leave it out."""
    regions: frozenset[str] = frozenset()
    """Vertex regions that serve it; empty means all."""
    style: Style = PLAIN
    """How it speaks."""
    typed_interrupts: bool = True
    """Whether a typed prompt cuts a running reply, or is answered after it."""


NO_TEXT = unsupported_modality("TEXT")


def _native_25(name: str, backend: Backend, refusal: Refusal, regions: frozenset[str] = frozenset()) -> Model:
    """The family of native audio models that came before 3."""
    return Model(
        name,
        backend,
        ("AUDIO",),
        refusal,
        names_its_role=False,
        regions=regions,
        style=NATIVE_25,
        typed_interrupts=False,
    )


MODELS = (
    Model("gemini-3.8-live", "developer", ("AUDIO",), NO_TEXT, style=LIVE_38),
    Model("gemini-3.8-live-extended-thinking", "developer", ("AUDIO",), NO_TEXT, style=LIVE_38_THINKING),
    Model("gemini-3.1-flash-live-preview", "developer", ("AUDIO",), INTERNAL, style=LIVE_31),
    _native_25("gemini-2.5-flash-native-audio-latest", "developer", NO_VOICES),
    _native_25("gemini-2.5-flash-native-audio-preview-09-2025", "developer", NO_VOICES),
    _native_25("gemini-2.5-flash-native-audio-preview-12-2025", "developer", NO_VOICES),
    Model("gemini-robotics-er-2-streaming-preview", "developer", ("TEXT",), unsupported_modality("AUDIO")),
    Model("gemini-live-2.5-flash", "vertex", ("AUDIO", "TEXT"), INVALID_ARGUMENT),
    _native_25("gemini-live-2.5-flash-native-audio", "vertex", INVALID_ARGUMENT, NATIVE_AUDIO_REGIONS),
)

_BY_NAME = {(model.backend, model.name): model for model in MODELS}

_RESOURCES: dict[Backend, re.Pattern[str]] = {
    "developer": re.compile(r"models/(?P<name>[^/]+)"),
    "vertex": re.compile(r"(?:projects/[^/]+/locations/(?P<region>[^/]+)/)?publishers/google/models/(?P<name>[^/]+)"),
}


def find(resource: str, backend: Backend, version: str) -> Model:
    """The model with a resource name: `models/X`, `publishers/google/models/X` or `projects/.../publishers/...`.

    Raises Refused where this backend, or this Vertex region, does not serve it.
    """
    match = _RESOURCES[backend].fullmatch(resource)
    model = _BY_NAME.get((backend, match["name"])) if match else None
    if match and model:
        region = match.groupdict().get("region")
        if not model.regions or region is None or region in model.regions:
            return model
    if backend == "vertex":
        raise Refused(unknown_vertex_model(resource))
    raise Refused(unknown_developer_model(resource, version))


def modality_spoken(model: Model, asked: tuple[str, ...]) -> Modality:
    """The modality of a session's replies. Raises Refused unless at most one is asked for and the model speaks it."""
    if not asked:
        return model.modalities[0]
    if len(asked) > 1 or asked[0] not in ("AUDIO", "TEXT"):
        raise Refused(INVALID_ARGUMENT)
    for modality in model.modalities:
        if modality == asked[0]:
            return modality
    raise Refused(model.refusal)
