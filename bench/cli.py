"""The commands of `live-bench`: each reads its options, calls one module and shows what came out."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench import elsewhere_words, failure_words
from bench.calibrate.command import calibrate
from bench.capacity.command import capacity
from bench.certify.command import certify
from bench.compare.command import compare
from bench.doctor.command import doctor
from bench.elsewhere import Caps
from bench.errors import BenchError
from bench.exit_codes import INCONCLUSIVE, INTERRUPTED, INVALID
from bench.gate import folder as gates
from bench.gate.command import gate, verdict
from bench.history.command import history
from bench.identifying import check_asked, identifying
from bench.load import scenario_names, scenario_title
from bench.merge.command import merge
from bench.profile import load_profile, profile_names
from bench.progress import Progress
from bench.results import Run
from bench.run import Broken, Order, run as measure
from bench.selftest.command import selftest
from bench.serve import serve as serve_until_interrupted
from bench.shards import command as shards
from bench.size.command import size
from bench.soak import folder as soaks
from bench.soak.command import soak
from bench.targets import resolve
from bench.workers.command import Distribution, distribution as distributed
from loadtests.support.identity import Auth
from loadtests.support.shard import Shard
from servers.deployments import DEPLOYMENTS


@click.group()
def app() -> None:
    """What does it cost a real-time Gemini chat server to block?"""


app.add_command(calibrate)
app.add_command(capacity)
app.add_command(certify)
app.add_command(compare)
app.add_command(doctor)
app.add_command(gate)
app.add_command(verdict)
app.add_command(selftest)
app.add_command(history)
app.add_command(size)
app.add_command(soak)
app.add_command(merge)


@app.command()
@click.option("--profile", default="default", show_default=True, help="What to measure: a name, or a .toml file.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    help="A name from `list`, all, another name for one (again=quart), or NAME=ws://HOST:PORT; may be repeated.",
)
@click.option("--seed", type=int, help="Decides what is asked and what the fake takes for it.")
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the results folder is made.")
@click.option("--processes", type=int, help="How many processes make the load.  [default: as the profile says, or 1]")
@click.option("--allow-real-model", is_flag=True, help="Load a server that speaks to a real Gemini model.")
@click.option(
    "--max-sessions", type=click.IntRange(1), metavar="N", help="Refuse a profile with more people at a time."
)
@click.option(
    "--max-turns", type=click.IntRange(1), metavar="N", help="End the run once so many turns have been begun."
)
@distributed
@identifying
@shards.options
def run(
    profile: str,
    targets: tuple[str, ...],
    seed: int | None,
    results: Path,
    processes: int | None,
    allow_real_model: bool,
    max_sessions: int | None,
    max_turns: int | None,
    auth: Auth,
    distribution: Distribution,
    shard: Shard | None,
    barrier: Path | None,
    barrier_limit: float,
    barrier_lead: float,
) -> int:
    """Measure targets side by side, and say what came out."""
    console = Console()
    if distribution.worker:
        return distribution.work(processes or 1, lambda text: _say(console, text))
    divided = shards.sharding(shard, results, barrier, barrier_limit, barrier_lead)
    if divided and distribution.master:
        raise BenchError("a shard makes its load by itself: leave out --master, or --shard")
    chosen = load_profile(profile)
    if processes is not None:
        chosen = chosen.model_copy(update={"processes": processes})
    resolved = resolve(targets or chosen.targets)
    check_asked(auth, resolved)
    order = Order(
        profile=chosen,
        targets=resolved,
        seed=chosen.seed if seed is None else seed,
        results=divided[1] if divided else results,
        command=shlex.join(["live-bench", *sys.argv[1:]]),
        allow_real_model=allow_real_model,
        auth=auth,
        caps=Caps(max_sessions=max_sessions, max_turns=max_turns),
    )
    try:
        with distribution.crew(chosen.processes, lambda text: _say(console, text)) as crew:
            order = replace(order, crew=crew)
            if divided:
                return shards.conduct(order, divided[0], console)
            folder, record = measure(order, Progress(console))
            if _exit_code(record) == INTERRUPTED:
                crew.tell_end_by_hand()
    except Broken as broken:
        _conclude(console, broken.folder, broken.record)
        raise
    if not record.trials and not record.baselines:
        _say(console, f"nothing had been measured yet; {folder} holds the logs")
        return INTERRUPTED
    _conclude(console, folder, record)
    return _exit_code(record)


@app.command(name="report")
@click.argument("folder", type=click.Path(path_type=Path))
def report_(folder: Path) -> None:
    """Draw a results folder's charts and report anew: of a run, a gate or a soak."""
    from bench import report

    console = Console()
    if (folder / gates.RECORD).exists():
        gates.draw(folder, gates.read(folder))
        page = folder / gates.SUMMARY
    elif (folder / soaks.RECORD).exists():
        soaks.draw(folder, soaks.concluded(soaks.read(folder)))
        page = folder / soaks.SUMMARY
    else:
        page = report.write(folder, lambda warning: _say(console, f"warning: {warning}"))
    _say(console, str(page))


@app.command()
@click.argument("names", metavar="TARGET...", nargs=-1, required=True)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8080,
    show_default=True,
    help="Port of the first; the others follow.",
)
@click.option("--real", is_flag=True, help="Use Gemini as the environment says, not the fake.")
def serve(names: tuple[str, ...], port: int, real: bool) -> None:
    """Start servers to try by hand, with the fake Gemini behind them."""
    console = Console()
    serve_until_interrupted(names, port, real=real, say=lambda text: _say(console, text))


@app.command(name="list")
def list_() -> None:
    """Show the targets, scenarios and profiles there are."""
    console = Console()
    _table(console, "target", {name: deployment.label for name, deployment in DEPLOYMENTS.items()})
    _table(console, "scenario", {name: scenario_title(name) for name in scenario_names()})
    _table(console, "profile", {name: load_profile(name).title for name in profile_names()})


def _table(console: Console, kind: str, rows: Mapping[str, str]) -> None:
    table = Table(kind, "", box=None, pad_edge=False, show_edge=False)
    for name, text in rows.items():
        table.add_row(name, text)
    console.print(table, end="\n\n")


def _conclude(console: Console, folder: Path, record: Run) -> None:
    """Draws the page; the verdict and where it is are the last thing said."""
    from bench import report  # drawing takes a second to import, which no measurement needs

    page = report.write(folder, lambda warning: _say(console, f"warning: {warning}"))
    _say(console, "")
    for reason in record.validity.reasons:
        _say(console, f"{'note' if reason.verdict == 'VALID' else reason.verdict}: {reason.message}")
    for line in (*elsewhere_words.lines(record), *failure_words.lines(record)):
        _say(console, line)
    if not record.complete:
        why = record.ended_because or "it was ended before its last trial"
        _say(console, f"This run is incomplete: {why}.")
    _say(console, record.headline)
    _say(console, record.cause)
    _say(console, f"Report: {page}")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _exit_code(record: Run) -> int:
    if not record.complete:
        return INCONCLUSIVE if record.ended_because else INTERRUPTED
    return INVALID if record.validity.verdict == "INVALID" else 0
