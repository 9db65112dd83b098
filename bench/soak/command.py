"""`live-bench soak`."""

import shlex
import sys
from pathlib import Path

import click
from rich.console import Console

from bench.durations import Finite
from bench.errors import BenchError
from bench.exit_codes import INTERRUPTED, INVALID, MISSED

USUAL = ("flask", "quart")


@click.command()
@click.option(
    "--target", "targets", multiple=True, help="A name from `list`; may be repeated.  [default: flask, quart]"
)
@click.option("--minutes", type=Finite(0.05, 1440.0), default=30.0, show_default=True, help="How long each is loaded.")
@click.option("--people", type=click.IntRange(1, 100_000), help="How many people come and go at each.")
@click.option("--share", type=Finite(0.01, 1.0), help="That share of what --capacity found instead.")
@click.option("--capacity", "source", type=click.Path(path_type=Path), help="The folder of a live-bench capacity.")
@click.option("--think-seconds", type=Finite(0.0, 600.0), default=3.0, show_default=True, help="Mean pause of people.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides what people do.")
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the folder is made.")
def soak(
    targets: tuple[str, ...],
    minutes: float,
    people: int | None,
    share: float | None,
    source: Path | None,
    think_seconds: float,
    seed: int,
    results: Path,
) -> int:
    """Look whether servers give back what they take: people come, barge in and vanish, for half an hour each.

    The exit code is 1 where one keeps something or does not last, and 3 where too little was seen to say.
    """
    from bench.soak import people as numbers  # these take a second to import, which no other command needs
    from bench.soak.display import Display
    from bench.soak.make import Order, make
    from bench.targets import resolve

    chosen = resolve(targets or USUAL)
    if (people is None) == (share is None) or (share is None) != (source is None):
        raise BenchError("say how many people come: --people N, or --share 0.6 --capacity FOLDER")
    if source is not None and share is not None:
        wanted, by = numbers.of_folder(chosen, source, share)
    else:
        assert people is not None
        wanted, by = dict.fromkeys((target.name for target in chosen), people), f"{people} people each"
    order = Order(
        targets=chosen,
        people=wanted,
        people_by=by,
        minutes=minutes,
        think_seconds=think_seconds,
        seed=seed,
        fake_profile="live-text",
        results=results,
        command=shlex.join(["live-bench", *sys.argv[1:]]),
    )
    display = Display(Console())
    folder, made = make(order, display.watch)
    display.show(made, folder)
    verdicts = {soaked.verdict for soaked in made.soaked}
    if verdicts & {"LEAKS", "DIED"}:
        return MISSED
    if not made.complete:
        return INTERRUPTED
    return INVALID if "INVALID" in verdicts else 0
