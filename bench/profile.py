"""A profile: what one call of the bench measures, read from `profiles/NAME.toml`."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bench.errors import BenchError
from loadtests.support.arrivals import Mode
from servers.fake_gemini.faults.script import load_script

PROFILES = Path(__file__).parent / "profiles"

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CasePlan(Strict):
    """One scenario at one load, or at the steps of one load."""

    scenario: str
    sessions: Count
    """How many people; of a step load the last step."""
    steps: Count = 1
    trials: Count
    warm_up_seconds: Seconds
    window_seconds: Seconds
    """Of each step, where there are several."""
    hold_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """How long a step load stays at its last step beyond the window, so that who asked late still meets the crowd."""
    drain_seconds: Count = 30
    """How long turns in flight may take to end once the load stops; what is cut then is unfinished."""
    spawn_per_second: Count = 50
    arrivals: Mode = "closed"
    """Whether as many people are there all the time, or people come from as many sources whatever the server does."""
    arrival_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Sessions that come per second, from all sources of the last step; None: as many as keep one there for each."""
    faults: str | None = None
    """What goes wrong at the fake Gemini meanwhile: a fault script by its name, or by the path of a .toml file."""
    options: dict[str, str | int | float] = {}
    """Options of the locustfile, without their dashes."""

    @field_validator("faults")
    @classmethod
    def _is_a_script(cls, name: str | None) -> str | None:
        if name is not None:
            load_script(name)  # whose errors are one line each
        return name

    @model_validator(mode="after")
    def _arrives_in_one_way(self) -> Self:
        if taken := {"arrivals", "arrival-rate"} & self.options.keys():
            name = min(taken)
            raise ValueError(f"{name} is no option: give {name.replace('-', '_')} beside the options of the case")
        if self.arrivals == "closed" and self.arrival_rate is not None:
            raise ValueError('arrival_rate is of open arrivals: leave it out, or add arrivals = "partly-open"')
        return self

    @property
    def name(self) -> str:
        """What results call the scenario: people who come in another way make another load of it."""
        return self.scenario if self.arrivals == "closed" else f"{self.scenario}-{self.arrivals}"

    @property
    def levels(self) -> list[int]:
        """How many people are wanted at each step."""
        return [round(self.sessions * step / self.steps) for step in range(1, self.steps + 1)]

    @property
    def run_seconds(self) -> float:
        """How long the load runs before it drains."""
        step = self.warm_up_seconds + self.window_seconds
        if self.steps > 1:
            return self.steps * step + self.hold_seconds
        return self.sessions / self.spawn_per_second + step


class Profile(Strict):
    """What to measure and how thoroughly."""

    name: str
    title: str
    targets: list[str]
    seed: int = 1
    fake_profile: str = "live-text"
    """A timing of the fake by its name or as a .toml file; or a recording, a .ndjson or .ndjson.gz file."""
    objective_seconds: Seconds = 1.5
    """A turn is good when it succeeds and its first words come within this, counted from when it was planned."""
    processes: Count = 1
    """How many processes make the load, each of which can use one core."""
    certify: bool = False
    """Whether it is found out first what the load generator reads wrong, at a load just beyond the largest here."""
    case: Annotated[list[CasePlan], Field(min_length=1)]

    @model_validator(mode="after")
    def _certified_at_a_known_pace(self) -> Self:
        """How much load people make depends on how long they think, which a locustfile's own default does not tell."""
        for case in self.case:
            if self.certify and not isinstance(case.options.get("think-seconds"), int | float):
                raise ValueError(
                    f"certify takes a number of think-seconds in the options of each case, and {case.scenario} has none"
                )
        return self

    @model_validator(mode="after")
    def _each_place_once(self) -> Self:
        """Results are told apart by scenario and number of people, so no two cases may share both."""
        places = [(case.name, level) for case in self.case for level in case.levels]
        for scenario, level in places:
            if places.count((scenario, level)) > 1:
                raise ValueError(f"scenario {scenario} at {level} people is there twice")
        return self


def profile_names() -> list[str]:
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def load_profile(name: str) -> Profile:
    """The profile of that name, or from the file of that path. Raises BenchError."""
    path = Path(name) if name.endswith(".toml") else PROFILES / f"{name}.toml"
    if not path.is_file():
        raise BenchError(
            f"there is no profile {name!r}: choose one of {', '.join(profile_names())}, or give a .toml file"
        )
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Profile(name=path.stem, **values)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BenchError(f"profile {path} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        what = f"{place}: {said}" if place else said
        raise BenchError(f"profile {path}: {what}") from error
