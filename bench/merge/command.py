"""`live-bench merge`."""

import shlex
import sys
from pathlib import Path

import click
from rich.console import Console

from bench import elsewhere_words
from bench.durations import Duration
from bench.exit_codes import INVALID
from bench.load import scenario_names
from bench.merge import words
from bench.merge.make import Order, make
from bench.merge.records import WARM_UP_SECONDS, Given
from bench.results import Run
from bench.targets import resolve


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the results folder is made.")
@click.option("--target", help="Of records of a stock Locust: what they are of, as for run.")
@click.option("--scenario", type=click.Choice(scenario_names()), help="Of such records: what people did.")
@click.option("--sessions", type=click.IntRange(1), help="Of such records: at how many people.  [default: as they say]")
@click.option(
    "--warm-up",
    type=Duration(),
    help=f"Of such records: what is left out at the beginning of a level.  [default: {WARM_UP_SECONDS:g}s]",
)
def merge(
    folders: tuple[Path, ...],
    results: Path,
    target: str | None,
    scenario: str | None,
    sessions: int | None,
    warm_up: float | None,
) -> int:
    """Make one run of what shards left in DIR, or in the folders in it.

    DIR may hold the records of a stock Locust as well. The exit code is that of a run; it is 3 too where a shard, or an
    execution of one, is missing: what remains is another load than was asked for.
    """
    from bench import report  # drawing takes a second to import, which no refusal needs

    console = Console()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    given = Given(
        target=resolve([target])[0] if target else None,
        scenario=scenario,
        sessions=sessions,
        warm_up_seconds=warm_up,
        command=shlex.join(["live-bench", *sys.argv[1:]]),
    )
    folder, run = make(Order(folders, results, given), say)
    page = report.write(folder, lambda warning: say(f"warning: {warning}"))
    for line in (*words.shards(run), *words.conclusion(run), *elsewhere_words.lines(run)):
        say(line)
    say(f"Report: {page}")
    return exit_code(run)


def exit_code(run: Run) -> int:
    return 0 if run.complete and run.validity.verdict != "INVALID" else INVALID
