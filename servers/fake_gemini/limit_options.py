"""The options of the command line that limit what the service allows."""

import argparse
from typing import get_args

from servers.fake_gemini.limits import DEFAULT_REFUSAL, Limits, SessionsRefusal


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Adds the options that `limits_of` reads."""
    limits = parser.add_argument_group("limits")
    limits.add_argument("--max-sessions", type=_count, metavar="N", help="refuse more at the same time (default: none)")
    limits.add_argument(
        "--sessions-refusal",
        choices=get_args(SessionsRefusal),
        default=DEFAULT_REFUSAL,
        help="in which of the service's words (default: %(default)s)",
    )
    limits.add_argument(
        "--tokens-per-minute", type=_count, metavar="N", help="close whoever uses more than all may (default: no limit)"
    )
    limits.add_argument(
        "--connection-seconds", type=_seconds, metavar="S", help="say goAway and end each so old (default: never)"
    )
    limits.add_argument(
        "--time-left-seconds",
        type=_seconds,
        metavar="S",
        help="say goAway so long before (default: 50 s, at most half)",
    )


def limits_of(options: argparse.Namespace) -> Limits:
    return Limits(**{name: getattr(options, name) for name in Limits.__slots__})


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above zero")
    return seconds
