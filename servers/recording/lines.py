"""The lines of a recording: schema gemini-live-bench.recording.v1, append-only within a version.

Times are seconds of a monotonic clock. `at` counts from the moment a session's upgrade was asked for.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt, TypeAdapter

SCHEMA: Literal["gemini-live-bench.recording.v1"] = "gemini-live-bench.recording.v1"
Side = Literal["client", "server"]
Kind = Literal["text", "binary"]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def encode(self) -> bytes:
        """As it stands in the file, with its end."""
        return self.model_dump_json(by_alias=True).encode() + b"\n"


class Header(_Line):
    """The first line."""

    schema_id: Literal["gemini-live-bench.recording.v1"] = Field(default=SCHEMA, alias="schema")
    started_at: str
    """The one moment of the wall clock, UTC."""
    to: str
    text: Literal["kept", "filler"]
    """Whether words are what was said, or so many other words in as many bytes."""
    audio: Literal["kept", "silence"]
    """Whether sounds and pictures are there, or only how many bytes they had: a number in the place of the data."""
    versions: dict[str, str]


class _OfASession(_Line):
    session: PositiveInt
    at: NonNegativeFloat


class Opened(_OfASession):
    event: Literal["open"] = "open"
    opened_seconds: NonNegativeFloat
    """Since the recording began."""
    path: str
    """Without its query, which may hold a key."""


class Refused(_OfASession):
    """The upgrade was answered with something else. Ends a session."""

    event: Literal["refused"] = "refused"
    status: int


class Passed(_OfASession):
    """A message, as soon as it had been received."""

    event: Literal["frame"] = "frame"
    sender: Side = Field(validation_alias="from", serialization_alias="from")
    kind: Kind
    size: NonNegativeInt = Field(validation_alias="bytes", serialization_alias="bytes")
    """As it was on the wire."""
    message: Any = None
    """None where it was no JSON."""


class Closed(_OfASession):
    """Ends a session."""

    event: Literal["close"] = "close"
    sender: Side | Literal["relay"] = Field(validation_alias="from", serialization_alias="from")
    """Who began it; the relay where it was told to end."""
    code: int
    """1005 for a close without a code, 1006 for a connection that was lost."""
    reason: str = ""


class End(_Line):
    """The last line: where it is missing, something else may be, too."""

    event: Literal["end"] = "end"
    sessions: NonNegativeInt
    seconds: NonNegativeFloat
    """How long the recording is."""


Line = Annotated[Opened | Refused | Passed | Closed | End, Field(discriminator="event")]
LINE: TypeAdapter[Opened | Refused | Passed | Closed | End] = TypeAdapter(Line)
