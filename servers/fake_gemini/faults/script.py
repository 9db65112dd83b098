"""A fault script as it is written: TOML, checked to the last word before anything is served.

description = "Every tenth reply stops for two seconds"
seed = 1                 # for what is left to chance; the fake's own where it is left out
one_a_session = true     # who was struck is struck by nothing else, so that it is plain what did it
max_sessions = 50        # any of the service's limits may stand here and goes before its option
[[fault]]
what = "stall"           # a kind of `kinds.KINDS`
when = "mid_reply"       # one of the moments that the kind has; its first where it is left out
every = 10               # or share = 0.05, or at_seconds = [5.0, 9.0]; every opportunity where all are left out
times = 3                # never more often than that
seconds = 2.0            # the kind's own parameters
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, ValidationError

from servers.fake_gemini.faults.kinds import KINDS, Kind, Moment
from servers.fake_gemini.limits import Limits, SessionsRefusal

SCRIPTS = Path(__file__).parent / "scripts"


class ScriptError(ValueError):
    """A fault script that cannot be used; the message is one line, fit for the command line."""


# true is no number here, though it is one in Python.
Count = Annotated[int, Field(strict=True, gt=0)]
Seconds = Annotated[float, Field(strict=True, gt=0.0)]


class _Entry(BaseModel):
    """What every fault has in common; what is left over is its kind's own."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    what: str
    when: str | None = None
    every: Count | None = None
    share: float | None = Field(default=None, strict=True, gt=0.0, le=1.0)
    at_seconds: tuple[NonNegativeFloat, ...] | None = Field(default=None, min_length=1)
    times: Count | None = None


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    description: str
    seed: int | None = Field(default=None, strict=True)
    one_a_session: bool = Field(default=False, strict=True)
    max_sessions: Count | None = None
    sessions_refusal: SessionsRefusal | None = None
    tokens_per_minute: Count | None = None
    connection_seconds: Seconds | None = None
    time_left_seconds: Seconds | None = None
    fault: tuple[_Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of a script, with everything filled in."""

    index: int
    """Its place in the script, from 0."""
    what: str
    kind: Kind
    when: Moment
    parameters: Mapping[str, float]
    every: int | None
    share: float | None
    at_seconds: tuple[float, ...] | None
    """Since the script was armed, in order."""
    times: int | None


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    description: str
    faults: tuple[Fault, ...]
    seed: int | None = None
    limits: Mapping[str, Any] | None = None
    """Those of the service's limits that it sets."""
    one_a_session: bool = False
    """Whether a session that was struck is spared from then on, also where its conversation goes on in another."""

    def limited(self, limits: Limits) -> Limits:
        """The service's limits while this script is armed."""
        given = {name: getattr(limits, name) for name in Limits.__slots__}
        return Limits(**{**given, **(self.limits or {})})


def script_names() -> list[str]:
    """The scripts that come with the fake."""
    return sorted(path.stem for path in SCRIPTS.glob("*.toml"))


@dataclass(frozen=True, slots=True)
class Scripts:
    """The scripts that a running fake can arm: those that come with it, and the one it was started with."""

    own: Script | None = None

    def named(self, name: str) -> Script:
        """Raises ScriptError. No other file is read: who asks is somewhere on the network."""
        if self.own and name == self.own.name:
            return self.own
        if name not in script_names():
            raise ScriptError(f"there is no fault script {name!r}; choose one of {', '.join(script_names())}")
        return load_script(name)


def load_script(name: str) -> Script:
    """A script by its name, or by the path of a `.toml` file. Raises ScriptError."""
    path = Path(name) if name.endswith(".toml") else SCRIPTS / f"{name}.toml"
    if not name.endswith(".toml") and name not in script_names():
        known = ", ".join(script_names())
        raise ScriptError(f"there is no fault script {name!r}; choose one of {known}, or give the path of a .toml file")
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScriptError(f"cannot read fault script {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScriptError(f"fault script {path} is not TOML: {error}") from error
    return read_script(content, name, str(path))


def read_script(content: str, name: str, path: str) -> Script:
    """A script from its text; `path` is for the message. Raises ScriptError."""
    try:
        read = _File.model_validate(tomllib.loads(content))
        faults = tuple(_fault(index, entry) for index, entry in enumerate(read.fault))
    except tomllib.TOMLDecodeError as error:
        raise ScriptError(f"fault script {path} is not TOML: {error}") from error
    except ValidationError as error:
        raise ScriptError(f"fault script {path}: {_first(error)}") from error
    except ScriptError as error:
        raise ScriptError(f"fault script {path}: {error}") from error
    limits = read.model_dump(exclude_none=True, exclude={"description", "seed", "one_a_session", "fault"})
    return Script(name, read.description, faults, read.seed, limits, read.one_a_session)


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    match first["loc"]:
        case ("fault", int(index), *names):
            where = _place(index, ".".join(map(str, names)))
        case names:
            where = ".".join(map(str, names)) or "the file"
    if first["type"] == "extra_forbidden":
        return f"there is no key {where!r}; there are {', '.join(_File.model_fields)}"
    return f"{where}: {first['msg']}"


def _place(index: int, what: str) -> str:
    """An entry as a person counts it, and what in it is meant."""
    return f"[[fault]] number {index + 1}" + (f", {what}" if what else "")


def _fault(index: int, entry: _Entry) -> Fault:
    kind = KINDS.get(entry.what)
    if kind is None:
        raise ScriptError(f"{_place(index, 'what')}: there is no fault {entry.what!r}; there are {', '.join(KINDS)}")
    place = _place(index, entry.what)
    when = kind.moments[0] if entry.when is None else entry.when
    for moment in kind.moments:
        if moment == when:
            break
    else:
        raise ScriptError(f"{place}: it cannot be when = {when!r}; it can be {', '.join(kind.moments)}")
    chosen = [name for name in ("every", "share", "at_seconds") if getattr(entry, name) is not None]
    if len(chosen) > 1:
        raise ScriptError(f"{place}: {' and '.join(chosen)} exclude each other")
    parameters = {**kind.parameters, **_parameters(place, kind, entry.model_extra or {})}
    moments = tuple(sorted(entry.at_seconds)) if entry.at_seconds else None
    return Fault(index, entry.what, kind, moment, parameters, entry.every, entry.share, moments, entry.times)


def _parameters(place: str, kind: Kind, given: Mapping[str, Any]) -> Mapping[str, float]:
    for name, value in given.items():
        if name not in kind.parameters:
            known = ", ".join([*list(_Entry.model_fields), *kind.parameters])
            raise ScriptError(f"{place}: there is no parameter {name!r}; there are {known}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ScriptError(f"{place}: {name} is {value!r}, and not a number from 0 up")
    return {name: float(value) for name, value in given.items()}
