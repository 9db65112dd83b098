"""What a turn costs: a profile's distributions, a seed and the prompt, turned into a plan.

The plan depends on nothing else, so two servers that are asked the same prompt meet exactly the same model. Pure; the
only thing read is the profile's file.
"""

import hashlib
import random
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)

PROFILES = Path(__file__).parent / "profiles"


class ProfileError(ValueError):
    """A profile that cannot be used; the message is one line, fit for the command line."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spread(_Table):
    """A lognormal distribution, clipped. The median is exp(mu), so it is named as itself."""

    median: NonNegativeFloat
    sigma: NonNegativeFloat = 0.0
    low: NonNegativeFloat = 0.0
    high: NonNegativeFloat = float("inf")

    def draw(self, chance: random.Random) -> float:
        if not self.sigma:
            return self.median
        value = self.median * chance.lognormvariate(0.0, self.sigma)
        return min(max(value, self.low), self.high)


class FirstChunk(_Table):
    """Time to first chunk in seconds: the usual spread, and now and then an answer from a much slower one."""

    usual: Spread
    slow: Spread = Spread(median=0.0)
    slow_share: float = Field(default=0.0, ge=0.0, le=1.0)

    def draw(self, chance: random.Random) -> float:
        return (self.slow if chance.random() < self.slow_share else self.usual).draw(chance)


class Words(_Table):
    """How much is said: the words of a reply, and how many go into each chunk."""

    reply: Spread
    first_chunk: PositiveInt = 1
    later_chunk_low: PositiveInt
    later_chunk_high: PositiveInt

    @model_validator(mode="after")
    def _ordered(self) -> "Words":
        if self.later_chunk_low > self.later_chunk_high:
            raise ValueError("later_chunk_low is above later_chunk_high")
        return self


class Profile(_Table):
    """How a model behaves in time. Seconds throughout."""

    description: str
    first_chunk_seconds: FirstChunk
    gap_seconds: Spread
    interruption_seconds: NonNegativeFloat
    """From `interrupted` to the `turnComplete` that follows it."""
    audio_frame_seconds: NonNegativeFloat
    """Length of a frame of audio where the reply is spoken."""
    words_per_second: PositiveFloat | None = None
    """How fast it is spoken, and so how many frames go with each chunk; None for one, however many words it has."""
    paces_turns: bool | None = None
    """Whether `turnComplete` waits until a spoken reply has been heard; None leaves that to the model."""
    words: Words


@dataclass(frozen=True, slots=True)
class Plan:
    """What one turn will cost: when each chunk is due, counted from the start of the turn, and its words."""

    chunks_due_seconds: tuple[float, ...]
    chunks_words: tuple[int, ...]


def chance_of(purpose: str, seed: int, prompt: str) -> random.Random:
    """A random stream that the seed and the prompt alone decide, the same in every process and on every machine."""
    digest = hashlib.blake2b(f"{purpose}\0{seed}\0{prompt}".encode(errors="surrogatepass"), digest_size=16)
    return random.Random(int.from_bytes(digest.digest(), "big"))


def plan_turn(profile: Profile, seed: int, prompt: str) -> Plan:
    """The plan for a prompt, its attribution tag included."""
    chance = chance_of("timing", seed, prompt)
    due = profile.first_chunk_seconds.draw(chance)
    words = _words_per_chunk(profile.words, chance)
    dues = [due]
    for _ in words[1:]:
        due += profile.gap_seconds.draw(chance)
        dues.append(due)
    return Plan(tuple(dues), tuple(words))


def _words_per_chunk(words: Words, chance: random.Random) -> list[int]:
    left = max(1, round(words.reply.draw(chance)))
    counts = [min(words.first_chunk, left)]
    left -= counts[0]
    while left:
        count = min(left, chance.randint(words.later_chunk_low, words.later_chunk_high))
        counts.append(count)
        left -= count
    return counts


def profile_names() -> list[str]:
    """The profiles that come with the fake."""
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def load_profile(name: str) -> Profile:
    """A profile by its name, or by the path of a `.toml` file. Raises ProfileError."""
    path = Path(name) if name.endswith(".toml") else PROFILES / f"{name}.toml"
    if not name.endswith(".toml") and name not in profile_names():
        known = ", ".join(profile_names())
        raise ProfileError(f"there is no profile {name!r}; choose one of {known}, or give the path of a .toml file")
    try:
        return Profile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ProfileError(f"cannot read profile {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"profile {path} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ProfileError(f"profile {path}: {where}: {first['msg']}") from error
