"""The commands of `live-bench`: each reads its options, calls one module and prints what came out."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.load import scenario_names, scenario_title
from bench.profile import load_profile, profile_names
from bench.progress import Progress
from bench.results import Run
from bench.run import Order, run as measure
from bench.targets import resolve
from servers.deployments import DEPLOYMENTS

INVALID, INTERRUPTED = 3, 130

app = typer.Typer(
    name="live-bench",
    help="What does it cost a real-time Gemini chat server to block?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Results = Annotated[Path, typer.Option(help="Where results folders are made.")]


@app.command()
def run(
    profile: Annotated[str, typer.Option(help="What to measure: a name from `live-bench list`, or a .toml file.")] = (
        "default"
    ),
    target: Annotated[
        list[str] | None, typer.Option(help="A target's name, or NAME=ws://HOST:PORT. Several may be given.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Decides what is asked and what the fake takes for it.")] = None,
    results: Results = Path("results"),
    allow_real_model: Annotated[bool, typer.Option(help="Load a server that speaks to a real Gemini model.")] = False,
) -> int:
    """Measure targets side by side; print the verdict and where the report is."""
    chosen = load_profile(profile)
    order = Order(
        profile=chosen,
        targets=resolve(target or chosen.targets),
        seed=chosen.seed if seed is None else seed,
        results=results,
        command=shlex.join(["live-bench", *sys.argv[1:]]),
        allow_real_model=allow_real_model,
    )
    console = Console()
    folder, record = measure(order, Progress(console))
    return _present(console, folder, record)


@app.command(name="list")
def list_() -> None:
    """Show the targets, scenarios and profiles there are."""
    console = Console()
    _table(console, "target", {name: deployment.label for name, deployment in DEPLOYMENTS.items()})
    _table(console, "scenario", {name: scenario_title(name) for name in scenario_names()})
    _table(console, "profile", {name: load_profile(name).title for name in profile_names()})


def _table(console: Console, kind: str, rows: dict[str, str]) -> None:
    table = Table(kind, "", box=None, pad_edge=False, show_edge=False)
    for name, text in rows.items():
        table.add_row(name, text)
    console.print(table, end="\n\n")


def _present(console: Console, folder: Path, record: Run) -> int:
    console.print(record.headline, soft_wrap=True)
    console.print(record.cause, soft_wrap=True)
    console.print(str(folder))
    return 0
