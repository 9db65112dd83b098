"""Numbers as people write them on a command line: durations such as '5ms' and '0.5s', and numbers in a range."""

import math
import re
from typing import Any

import click

_WRITTEN = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(ms|s)")
_SECONDS = {"ms": 1e-3, "s": 1.0}


class Finite(click.FloatRange):
    """A number within a range; click's own lets through what is no number (nan), which is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number", param, ctx)
        return number


class Duration(click.ParamType[float]):
    """An option that is read into seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        written = _WRITTEN.fullmatch(str(value).strip())
        seconds = float(written[1]) * _SECONDS[written[2]] if written else math.nan
        if not 0 < seconds < math.inf:
            self.fail(f"{value!r} is not a duration above 0; write it as in 5ms or 0.5s", param, ctx)
        return seconds
