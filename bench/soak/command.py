"""`live-bench soak`."""

import shlex
import sys
from pathlib import Path

import click
from rich.console import Console

from bench.durations import Finite


@click.command()
@click.option("--target", "targets", multiple=True, help="A name from `list`; may be repeated.")
@click.option("--minutes", type=Finite(0.1, 1440.0), default=30.0, show_default=True, help="How long each is loaded.")
@click.option("--people", type=click.IntRange(1, 100_000), required=True, help="How many people come and go.")
@click.option("--think-seconds", type=Finite(0.0, 600.0), default=3.0, show_default=True, help="Mean pause of people.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides what people do.")
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the folder is made.")
def soak(targets: tuple[str, ...], minutes: float, people: int, think_seconds: float, seed: int, results: Path) -> int:
    """Look whether servers give back what they take, with people who come, barge in and vanish for half an hour."""
    from bench.soak.make import Order, make  # these take a second to import, which no other command needs
    from bench.soak.measure import Progress
    from bench.targets import resolve

    chosen = resolve(targets or ("flask", "quart"))
    order = Order(
        targets=chosen,
        people={target.name: people for target in chosen},
        people_by=f"{people} people, as asked for",
        minutes=minutes,
        think_seconds=think_seconds,
        seed=seed,
        fake_profile="live-text",
        results=results,
        command=shlex.join(["live-bench", *sys.argv[1:]]),
    )
    console = Console()

    def watch(progress: Progress) -> None:
        if progress.looks:
            console.print(progress.looks[-1], progress.followed.ok, progress.followed.failed)

    folder, _ = make(order, watch)
    console.print(folder)
    return 0
