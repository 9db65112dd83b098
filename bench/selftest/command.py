"""`live-bench selftest`."""

import shlex
import sys
from pathlib import Path

import click
from rich.console import Console

from bench.errors import BenchError
from bench.exit_codes import INTERRUPTED, INVALID, MISSED
from bench.gate.rule import FIRST_LOOK_BLOCKS, LEAST_BLOCKS
from bench.selftest.display import Display
from bench.selftest.folder import SUMMARY
from bench.selftest.make import Order, make
from bench.selftest.record import SelfTest
from bench.targets import resolve

BLOCKS = 12


@click.command()
@click.option("--target", default="quart", show_default=True, help="Which server to put the faults into.")
@click.option(
    "--blocks",
    type=click.IntRange(LEAST_BLOCKS, FIRST_LOOK_BLOCKS),
    default=BLOCKS,
    show_default=True,
    help="In each, every fault is measured once.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Decides the order, and what is asked.")
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the folder is made.")
def selftest(target: str, blocks: int, seed: int, results: Path) -> int:
    """Prove that the gate works here: faults put in on purpose have to be found, and nothing where nothing is."""
    (chosen,) = resolve([target])
    if chosen.url:
        raise BenchError(f"--target {target} is an address, into which no fault can be put: name a target of the table")
    order = Order(chosen, blocks, seed, results, shlex.join(["live-bench", *sys.argv[1:]]))
    with Display(Console()) as display:
        folder, test = make(order, display)
        for check in test.checks:
            told = "proved" if check.proved else "spoiled" if check.spoiled else "WRONG"
            display.say(f"{told}: {check.what}: {check.headline}")
        display.say(test.headline)
        display.say(f"Report: {folder / SUMMARY}")
    return code_of(test)


def code_of(test: SelfTest) -> int:
    """Where the machine spoiled what was measured, nothing is said of the gate."""
    if not test.complete:
        return INTERRUPTED
    if test.spoiled:
        return INVALID
    return 0 if test.green else MISSED
