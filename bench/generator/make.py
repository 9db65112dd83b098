"""A comparison from beginning to end, kept in a folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import store
from bench.certify.certificate import Pace
from bench.certify.measure import DESCRIPTORS_PER_SESSION, check_system
from bench.cores import Cores, held_to, share_out_machine
from bench.environment import read_environment
from bench.generator.contenders import CONTENDERS, OURS, PLAIN
from bench.generator.measure import Setting, Trial, measure
from bench.generator.reading import Part, Reading
from bench.generator.record import SCHEMA, Comparison
from bench.generator.search import nearest, next_in_climb, next_in_search
from bench.generator.summary import summary, told
from bench.limits import allow_sessions
from bench.moments import iso

NAME, RECORD, SUMMARY = "generator", "generator.json", "generator.md"
THINK_SECONDS = 0.3
CROWD_TURN_SECONDS = 60.0
"""From one prompt of a person's in the crowd to the next, in the mean."""
CROWD_RAMP_SECONDS, CROWD_WARM_UP_SECONDS, CROWD_WINDOW_SECONDS = 20.0, 25.0, 20.0
"""Whoever comes asks at once and then not for a while: the window opens when most of them ask again."""
MOST = 8000
"""People at the usual pace; the null chat server is full long before."""
STEADY = Pace(freeze_every_seconds=0.0)
"""As a certificate's, but the server never stands still: that would only make a plain recipe look worse."""

Say = Callable[[str], None]
Take = Callable[[Trial], Reading]


@dataclass(frozen=True)
class Order:
    """What the user asked for."""

    rounds: int
    crowd: int
    """People."""
    seed: int
    results: Path
    command: str
    """The command line, for the reader."""


def make(order: Order, say: Say) -> tuple[Path, Comparison]:
    """Measures, stores and draws; gives the folder and what it holds.

    At Ctrl-C what was measured before is kept and marked incomplete. Raises BenchError where an execution fails; what
    was before it is kept then too.
    """
    check_system()
    allow_sessions(max(order.crowd, MOST), DESCRIPTORS_PER_SESSION)
    cores = share_out_machine()
    now = datetime.now(UTC)
    folder = store.create(order.results, NAME, now)
    comparison = _begin(order, folder.name, now, cores)
    _write(folder, comparison)

    def take(trial: Trial) -> Reading:
        setting = Setting(cores, folder / "logs", comparison.pace, order.seed)
        reading = measure(trial, len(comparison.readings) + 1, setting)
        comparison.readings.append(reading)
        _write(folder, comparison)
        say(told(reading))
        return reading

    with held_to(cores.load):  # so that looking on takes nothing from the server
        try:
            _all(order, take)
            comparison.complete = True
        except KeyboardInterrupt:
            say("ended by hand")
    comparison.finished_at = iso(datetime.now(UTC))
    _write(folder, comparison)
    _draw(folder, comparison)
    return folder, comparison


def _all(order: Order, take: Take) -> None:
    searched: list[Reading] = []
    while sessions := next_in_search(searched, MOST):
        searched.append(take(_usual(PLAIN, "search", len(searched) + 1, sessions, 3.0)))
    load = nearest(searched)
    for number, name in rounds_of(order.rounds):
        take(_usual(name, "round", number, load, 5.0))
    for name in CONTENDERS:
        climbed: list[Reading] = []
        while sessions := next_in_climb(climbed, load, MOST):
            climbed.append(take(_usual(name, "climb", len(climbed) + 1, sessions, 3.0)))
    for name in (OURS, PLAIN):
        take(_crowded(name, order.crowd))


def rounds_of(rounds: int) -> Iterator[tuple[int, str]]:
    """Who comes when: one first in a round, the other in the next."""
    for number in range(1, rounds + 1):
        for name in (PLAIN, OURS) if number % 2 else (OURS, PLAIN):
            yield number, name


def _usual(name: str, part: Part, number: int, sessions: int, window_seconds: float) -> Trial:
    return Trial(name, part, number, sessions, THINK_SECONDS, 2.0, 2.0, window_seconds)


def _crowded(name: str, sessions: int) -> Trial:
    think_seconds = CROWD_TURN_SECONDS - (STEADY.turn_seconds - STEADY.think_seconds)
    return Trial(
        name, "crowd", 1, sessions, think_seconds, CROWD_RAMP_SECONDS, CROWD_WARM_UP_SECONDS, CROWD_WINDOW_SECONDS
    )


def _begin(order: Order, name: str, now: datetime, cores: Cores) -> Comparison:
    return Comparison(
        id=name,
        started_at=iso(now),
        complete=False,
        command=order.command,
        seed=order.seed,
        crowd_sessions=order.crowd,
        pace=STEADY,
        environment=read_environment(cores),
    )


def _write(folder: Path, comparison: Comparison) -> None:
    """The record alone."""
    store.write_record(folder / RECORD, SCHEMA, comparison)


def _draw(folder: Path, comparison: Comparison) -> None:
    """What people look at, beside it."""
    from bench import charts  # takes a second to import, which no measurement needs

    store.replace(folder / SUMMARY, summary(comparison))
    picture = charts.picture(NAME, comparison)
    if picture:
        store.replace(folder / f"{NAME}.svg", picture.svg)
        (folder / f"{NAME}.png").write_bytes(picture.png)
