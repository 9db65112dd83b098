"""Seconds as an option gives them: on the command line, in an environment variable, on Locust's page. Pure."""

from math import inf, nan


def not_negative(option: str, text: str) -> float:
    """Raises ValueError, with what is wrong, for less than none and for what is no number."""
    seconds = _number(text)
    if not 0 <= seconds < inf:
        raise ValueError(f"{option} {text} is not a number of seconds from 0 on")
    return seconds


def positive(option: str, text: str) -> float:
    """Raises ValueError, with what is wrong, for none or less and for what is no number."""
    seconds = _number(text)
    if not 0 < seconds < inf:
        raise ValueError(f"{option} {text} is not a number of seconds above 0")
    return seconds


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return nan
