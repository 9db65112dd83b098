"""`live-bench capacity`."""

import shlex
import sys
from pathlib import Path

import click
from rich.console import Console

from bench.capacity.display import Display
from bench.capacity.folder import REPORT
from bench.capacity.make import Order, make
from bench.capacity.pace import USUAL_REPLY_SECONDS, Pace, reply_seconds
from bench.capacity.record import Capacity
from bench.capacity.search import Bounds
from bench.durations import Duration, Finite
from bench.elsewhere import Caps
from bench.errors import BenchError
from bench.exit_codes import INCONCLUSIVE, INTERRUPTED, INVALID, MISSED
from bench.identifying import check_asked, identifying
from bench.objective import parse
from bench.stats import MINIMUM_TRIALS
from bench.targets import resolve
from loadtests.support.identity import Auth
from servers.fake_gemini.timing import profile_names

OBJECTIVE = "ttft_added p95 <= 100ms, failures <= 1%"
"""Of what the server itself adds, so that the model's own slow answers decide nothing."""


@click.command()
@click.option(
    "--target",
    "targets",
    multiple=True,
    default=("flask", "quart"),
    show_default=True,
    help="A name from `list`, all, another name for one (again=quart), or NAME=ws://HOST:PORT; may be repeated.",
)
@click.option("--objective", default=OBJECTIVE, show_default=True, help="What has to hold: conditions on metrics.")
@click.option("--start", type=click.IntRange(1), default=50, show_default=True, help="With how many people to begin.")
@click.option("--most", type=click.IntRange(1), default=1000, show_default=True, help="With how many to end at most.")
@click.option(
    "--precision",
    type=Finite(0.01, 0.5),
    default=0.1,
    show_default=True,
    help="The share of what is held that it is told to.",
)
@click.option(
    "--repeats",
    type=click.IntRange(1),
    default=MINIMUM_TRIALS,
    show_default=True,
    help=f"Searches for each target; an interval takes {MINIMUM_TRIALS}.",
)
@click.option(
    "--think-seconds",
    type=Finite(0.0, 3600.0),
    default=0.3,
    show_default=True,
    help="How long people think before they ask again, in the mean.",
)
@click.option(
    "--probe-window", type=Duration(), default=4.0, show_default="4s", help="The least that each load is watched for."
)
@click.option(
    "--confirm-window",
    type=Duration(),
    default=10.0,
    show_default="10s",
    help="The same of one that has to be sustained.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Decides what is asked and how it is answered.")
@click.option("--processes", type=int, default=1, show_default=True, help="How many processes make the load.")
@click.option(
    "--fake-profile",
    type=click.Choice(profile_names()),
    default="live-text",
    show_default=True,
    help="How the fake Gemini behaves in time.",
)
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the folder is made.")
@click.option("--allow-real-model", is_flag=True, help="Load a server that speaks to a real Gemini model.")
@click.option("--max-sessions", type=click.IntRange(1), metavar="N", help="Refuse a --most of more people at a time.")
@click.option(
    "--max-turns", type=click.IntRange(1), metavar="N", help="End the search once so many turns have been begun."
)
@identifying
def capacity(
    targets: tuple[str, ...],
    objective: str,
    start: int,
    most: int,
    precision: float,
    repeats: int,
    think_seconds: float,
    probe_window: float,
    confirm_window: float,
    seed: int,
    processes: int,
    fake_profile: str,
    results: Path,
    allow_real_model: bool,
    max_sessions: int | None,
    max_turns: int | None,
    auth: Auth,
) -> int:
    """Find out how many people each target holds, and what binds it."""
    if start > most:
        raise BenchError(f"--start {start} is beyond --most {most}: begin with fewer people, or allow more")
    chosen = resolve(targets)
    check_asked(auth, chosen)
    elsewhere = all(target.url for target in chosen)
    reply = USUAL_REPLY_SECONDS if elsewhere else reply_seconds(fake_profile)
    order = Order(
        targets=chosen,
        objective=parse(objective),
        bounds=Bounds(start, most, precision),
        repeats=repeats,
        pace=Pace(think_seconds, reply, probe_window, confirm_window),
        seed=seed,
        processes=processes,
        fake_profile=fake_profile,
        results=results,
        command=shlex.join(["live-bench", *sys.argv[1:]]),
        allow_real_model=allow_real_model,
        auth=auth,
        caps=Caps(max_sessions=max_sessions, max_turns=max_turns),
    )
    with Display(Console()) as display:
        folder, record = make(order, display)
    display.say("")
    for reason in record.validity.reasons:
        display.say(f"{'note' if reason.verdict == 'VALID' else reason.verdict}: {reason.message}")
    display.say(record.headline or "No search came to its end.")
    display.say(f"Report: {folder / REPORT}")
    return exit_code(record)


def exit_code(record: Capacity) -> int:
    """A target that misses at once is a finding; one that only the instrument ended is none."""
    if not record.complete:
        return INCONCLUSIVE if record.ended_because else INTERRUPTED
    if record.validity.verdict == "INVALID":
        return INVALID
    missed = any(not held.sessions and not held.at_least for held in record.held)
    return MISSED if missed else 0
