"""`live-bench certify`."""

import shlex
import sys
from pathlib import Path

import click
from rich.console import Console

from bench.certify import words
from bench.certify.certificate import Bounds
from bench.certify.display import Display
from bench.certify.folder import CERTIFICATE, StoredCertificate
from bench.certify.make import Order, make
from bench.durations import Duration
from bench.errors import BenchError
from bench.exit_codes import INTERRUPTED

NOTHING_CERTIFIED = 1
SAYS_NOTHING = 3
USUAL = Bounds()


@click.command()
@click.option("--first", type=click.IntRange(1), default=25, show_default=True, help="With how many people to begin.")
@click.option("--most", type=click.IntRange(1), default=5000, show_default=True, help="With how many to end at most.")
@click.option(
    "--bias-bound",
    type=Duration(),
    default=USUAL.bias_seconds,
    show_default="1ms",
    help="By how much readings may be off in the median.",
)
@click.option(
    "--error-bound",
    type=Duration(),
    default=USUAL.error_seconds,
    show_default="5ms",
    help="By how much 99 of 100 readings may be off at most.",
)
@click.option("--processes", type=int, default=1, show_default=True, help="How many processes make the load.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides what is asked and how it is answered.")
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the folder is made.")
def certify(
    first: int, most: int, bias_bound: float, error_bound: float, processes: int, seed: int, results: Path
) -> int:
    """Find out what the load generator itself reads wrong on this machine."""
    if first > most:
        raise BenchError(f"--first {first} is beyond --most {most}: begin with fewer people, or allow more")
    bounds = Bounds(bias_seconds=bias_bound, error_seconds=error_bound)
    command = shlex.join(["live-bench", *sys.argv[1:]])
    order = Order(first, most, bounds, seed, results, command, processes=processes)
    with Display(Console()) as display:
        folder, certificate = make(order, display)
    if not certificate.levels:
        display.say(f"nothing had been measured yet; {folder} holds the logs")
        return INTERRUPTED
    display.table(certificate)
    for sentence in [f"{words.headline(certificate)}.", *words.sentences(certificate)]:
        display.say(sentence)
    display.say(f"Certificate: {folder / CERTIFICATE}")
    return _exit_code(certificate)


def _exit_code(certificate: StoredCertificate) -> int:
    """Nothing certified is a finding, unless the null chat server was too weak for there to be one."""
    if not certificate.complete:
        return INTERRUPTED
    if certificate.certified:
        return 0
    return SAYS_NOTHING if certificate.levels[0].server_saturated else NOTHING_CERTIFIED
