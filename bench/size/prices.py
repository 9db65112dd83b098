"""What a platform charges: a TOML file of the user's, with the date its numbers were true.

as_of = 2026-01-31
currency = "USD"
region = "us-central1"
billing = "instance-based"
source = "the page the numbers were read from"
vcpu_second = 0.000018
memory_gib_second = 0.000002
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from bench.errors import BenchError

LEAST, MOST = 1e-12, 1000.0
"""Of a second, in any currency: what is beyond is a slip, and would be told in digits that nobody can read."""


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("String should be one line of text")
    return text


def _day(value: object) -> object:
    """Pydantic would also take a number, for seconds since 1970."""
    if type(value) is not date and not isinstance(value, str):
        raise ValueError("Input should be a valid date, as in 2026-01-31")
    return value


Price = Annotated[float, Field(strict=True, ge=LEAST, le=MOST, allow_inf_nan=False)]
PriceOrNothing = Annotated[float, Field(strict=True, ge=0, le=MOST, allow_inf_nan=False)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)]
Currency = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20), AfterValidator(_one_line)
]
Day = Annotated[date, BeforeValidator(_day)]
OLD_DAYS = 180
"""Prices change now and then; older ones are worth a look."""


class Prices(BaseModel):
    """In units of `currency`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: Day
    """When they were true."""
    currency: Currency
    region: Text
    billing: Text
    """Which of the platform's ways to bill they are of."""
    source: Text
    vcpu_second: Price
    memory_gib_second: PriceOrNothing
    """A platform may charge for the processor alone."""

    def instance_hour(self, vcpus: float, memory_gib: float) -> float:
        """What one instance costs that runs for an hour."""
        return 3600 * (vcpus * self.vcpu_second + memory_gib * self.memory_gib_second)


def read_prices(path: Path) -> Prices:
    """Raises BenchError, which says what is the matter with the file."""
    try:
        return Prices.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BenchError(f"prices {path} cannot be read ({error.strerror}): name a .toml file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BenchError(f"prices {path} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        why = first["msg"].removeprefix("Value error, ")
        raise BenchError(f"prices {path}: {place}: {why}; give all of {_names()}") from error


def _names() -> str:
    return ", ".join(Prices.model_fields)
