"""`live-bench gate` and `live-bench verdict`."""

import os
import shlex
import sys
from pathlib import Path

import click
from rich.console import Console

from bench.durations import Finite
from bench.errors import BenchError
from bench.exit_codes import INCONCLUSIVE, INTERRUPTED, INVALID, MISSED
from bench.gate import folder as results, words, workflow
from bench.gate.baseline import Order as BaselineOrder, make as make_against_baseline
from bench.gate.display import Display
from bench.gate.gated import GATED
from bench.gate.make import Order, Wanted, make
from bench.gate.record import Gate, Outcome
from bench.gate.revisions import NothingServed
from bench.gate.rule import FIRST_LOOK_BLOCKS, LEAST_BLOCKS
from bench.identifying import check_asked, identifying
from bench.targets import resolve
from loadtests.support.identity import Auth

CODES: dict[Outcome, int] = {"PASS": 0, "FAIL": MISSED, "INVALID": INVALID, "INCONCLUSIVE": INCONCLUSIVE}
BLOCKS = 20
HEAD = "HEAD"
YARDSTICK = "flask"
ACCEPTABLE = sorted({words.LOST, *(gated.metric for gated in GATED), *(gated.name for gated in GATED)})


@click.command()
@click.option("--base", help="The revision to compare with: a branch, a tag, a commit.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="Or an earlier run of --profile gate, for a service that is not built here.",
)
@click.option("--head", default=HEAD, show_default=True, help="The revision to judge, or `worktree`: as it is now.")
@click.option(
    "--target", default="quart", show_default=True, help="Which server of theirs; of a baseline also NAME=wss://HOST."
)
@click.option(
    "--blocks",
    type=click.IntRange(LEAST_BLOCKS),
    default=BLOCKS,
    show_default=True,
    help=f"How many at most; of more than {FIRST_LOOK_BLOCKS}, fewer do where these settle it.",
)
@click.option("--max-minutes", type=Finite(0.1, 10_000), help="End with the blocks that there are by then.")
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    type=click.Choice(ACCEPTABLE),
    metavar="METRIC",
    help="Take this metric as it is, which is told in the output; may be repeated.",
)
@click.option("--aa", is_flag=True, help="Measure the base against itself: the noise of the gate on this machine.")
@click.option("--if-changed", is_flag=True, help="Exit code 0, and no gate, where nothing that is served differs.")
@click.option("--yardstick", help=f"Of a baseline: the target that both are held against.  [default: {YARDSTICK}]")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides the order, and what is asked.")
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the folder is made.")
@identifying
def gate(
    base: str | None,
    baseline: Path | None,
    head: str,
    target: str,
    blocks: int,
    max_minutes: float | None,
    accepted: tuple[str, ...],
    aa: bool,
    if_changed: bool,
    yardstick: str | None,
    seed: int,
    results: Path,
    auth: Auth,
) -> int:
    """Say whether a revision of the servers is worse than another, or a service than it was.

    Exit code 0 no, 1 yes, 4 not known.
    """
    _check_kind(base, baseline, head, aa)
    of_baseline = {
        "--yardstick": yardstick is not None,
        "--auth": auth != Auth(),
    }
    if baseline is None and any(of_baseline.values()):
        option = next(option for option, given in of_baseline.items() if given)
        raise BenchError(f"{option} is of a --baseline: leave it away")
    if if_changed and (aa or baseline is not None):
        raise BenchError(f"--if-changed is of two revisions: leave it away beside {'--aa' if aa else '--baseline'}")
    yardstick = YARDSTICK if yardstick is None else yardstick
    wanted = Wanted(
        blocks=blocks,
        max_seconds=None if max_minutes is None else 60 * max_minutes,
        accepted=accepted,
        seed=seed,
        results=results,
        command=shlex.join(["live-bench", *sys.argv[1:]]),
    )
    console = Console()
    with Display(console) as display:
        if baseline is None:
            (chosen,) = resolve([target])
            if chosen.url:
                raise BenchError(f"--target {target} is an address, for which no revision can be built: use --baseline")
            order = Order(base or "", (base or "") if aa else head, aa, chosen, wanted)
            try:
                folder, record = make(order, display)
            except NothingServed as nothing:
                if not if_changed:
                    raise
                display.say(str(nothing))
                return 0
        else:
            if target.partition("=")[0] == yardstick.partition("=")[0]:
                raise BenchError(f"--target and --yardstick are both {target}: name another server as the --yardstick")
            chosen, beside = resolve([target, yardstick])
            check_asked(auth, [chosen, beside])
            against = BaselineOrder(baseline, chosen, beside, wanted, auth)
            folder, record = make_against_baseline(against, display)
    return tell(folder, record, console)


def _check_kind(base: str | None, baseline: Path | None, head: str, aa: bool) -> None:
    if base is None and baseline is None:
        raise BenchError("no base: give the revision to compare with, as in --base origin/main")
    if base is not None and baseline is not None:
        raise BenchError("--base and --baseline together: give the revision or the earlier run, not both")
    if aa and head != HEAD:
        raise BenchError(f"--aa measures the base against itself: leave --head {head} away")
    if baseline is not None and (aa or head != HEAD):
        raise BenchError(f"--baseline compares services and no revisions: leave {'--aa' if aa else '--head'} away")


@click.command()
@click.argument("path", metavar="FOLDER", type=click.Path(path_type=Path))
def verdict(path: Path) -> int:
    """Tell the verdict of a gate that was measured before, and leave with its exit code."""
    record = results.read(path)
    said = record.headline or "no verdict: it was ended before it had come to a decision"
    Console().print(said, markup=False, highlight=False, soft_wrap=True)
    return code_of(record)


def tell(folder: Path, record: Gate, console: Console) -> int:
    """What came out: to the person, and to the workflow where there is one. Gives the exit code."""
    text = (folder / results.SUMMARY).read_text(encoding="utf-8")
    unwritten = workflow.append_summary(text, os.environ)
    say = [
        "",
        *([unwritten] if unwritten else []),
        *(f"{reason.verdict}: {reason.message}" for reason in record.reasons),
        *(f"{decided.verdict}: {words.change(decided)}" for decided in record.decisions),
        *([f"{record.lost.verdict}: {words.lost(record.lost)}"] if record.lost else []),
        record.headline,
        *workflow.annotations(record, os.environ),
        f"Report: {folder / results.SUMMARY}",
    ]
    for line in say:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return code_of(record)


def code_of(record: Gate) -> int:
    """A gate that was ended by hand has no verdict, whatever it had come to by then."""
    return CODES[record.verdict] if record.complete else INTERRUPTED
