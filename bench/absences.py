"""What is known of workers that were lost in mid-load: whose turns are missing, and since when.

A worker sends its turns as they end, and with them the names of those under way. So of a worker that is lost it is
known to the fraction of a second until when its record is whole, and of some turns that they are missing for certain.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from bench import units
from bench.results import Reason
from bench.windows import Process
from loadtests.support.turn import Mark, Stream, Turn, Worker

NAMED = 6
"""How many of the missing turns are named; the load's log names all."""


@dataclass(frozen=True)
class Absence:
    """One worker that did not end its record."""

    name: str
    began_at: float | None
    """When it began to make load, in Unix seconds as all moments; None where it never did."""
    heard_at: float
    """When it was last heard of."""
    told_at: float
    """Up to when its turns arrived."""
    people: Sequence[str]
    """Who of its people were heard of."""
    open: Sequence[str]
    """Turns that were under way by then, and are missing."""
    unsent: int
    """Lines that it then still had to send."""


def absences(processes: Sequence[Process]) -> list[Absence]:
    """Of the workers among the load processes of an execution, by what their master wrote of them."""
    return [
        _absence(process, line)
        for process in processes
        for line in process
        if isinstance(line, Stream) and not line.ended
    ]


def reasons(processes: Sequence[Process]) -> list[Reason]:
    """Against every window of the execution: a load that lost some of its people was another load."""
    return [Reason(check="lost worker", verdict="INVALID", message=told(absence)) for absence in absences(processes)]


def told(absence: Absence) -> str:
    """In one line."""
    into = "" if absence.began_at is None else f", {units.seconds(absence.heard_at - absence.began_at)} into its load"
    text = f"{absence.name} was lost: it was last heard of at {_clock(absence.heard_at)}{into}. "
    if not absence.people:
        return f"{text}No turn of its people arrived; see the load's log"
    text += f"Of its people, {_ranges(absence.people)}, no turn that ended after {_clock(absence.told_at)} arrived"
    if absence.open:
        named = ", ".join(absence.open[:NAMED])
        more = f" and {len(absence.open) - NAMED} more, which the load's log names" if absence.open[NAMED:] else ""
        text += f"; missing are at least the {len(absence.open)} that were then under way: {named}{more}"
    if absence.unsent:
        text += f"; and {absence.unsent} lines that it had not sent yet"
    return text


def _absence(process: Process, stream: Stream) -> Absence:
    worker = next((line for line in process if isinstance(line, Worker)), None)
    where = f" (process {worker.pid} on {worker.host})" if worker else ""
    ids = [line.id for line in process if isinstance(line, Turn)]
    return Absence(
        name=f"worker {stream.worker}{where}",
        began_at=next((line.at for line in process if isinstance(line, Mark)), None),
        heard_at=stream.heard_at,
        told_at=stream.told_at,
        people=sorted({_person(id) for id in (*ids, *stream.open)}, key=_place),
        open=sorted(stream.open, key=lambda id: _place(_person(id))),
        unsent=stream.unsent,
    )


def _person(turn_id: str) -> str:
    """Who asked: '1-3' of '7001.1-3.12', and of '7001.1-3:5.2', where 1-3 is the source that the person came from."""
    return turn_id.split(".")[1].split(":")[0]


def _place(person: str) -> tuple[str, int]:
    """'1-3' is the third person of worker 1."""
    worker, _, number = person.rpartition("-")
    return worker, int(number)


def _ranges(people: Iterable[str]) -> str:
    """'1-1 to 1-4, 1-7'."""
    places = enumerate(map(_place, people))
    runs = [[place for _, place in run] for _, run in groupby(places, lambda pair: (pair[1][0], pair[1][1] - pair[0]))]
    return ", ".join(
        f"{run[0][0]}-{run[0][1]}" + (f" to {run[-1][0]}-{run[-1][1]}" if len(run) > 1 else "") for run in runs
    )


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S.%f}"[:-5] + " UTC"
