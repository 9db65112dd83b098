"""People who come whatever the server does: what Locust's sources bring, and that none of them is dropped."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import inf
from pathlib import Path

import gevent
import pytest
from gevent.event import Event
from gevent.pool import Group

from loadtests.support.arrivals import moments
from loadtests.support.choices import Choices
from loadtests.support.source import Source
from loadtests.support.turn import Turn
from tests.known_delay_server import KnownDelayServer, Reply, Timing, running
from tests.loadtests.locust_run import Finished, LocustRun, deserted_url, for_a_while, forked, headless

SOURCES = 10
RATE = 20.0
SECONDS = 4
QUICK = Timing(first=0.05, gap=0.01, chunks=5)


async def never_answer(server: KnownDelayServer, _: object, __: Reply) -> None:
    await server.stopping.wait()


@dataclass
class Runs:
    quick: Finished
    silent: Finished
    """The same people, met by a server that accepts and never replies."""
    visits: Finished
    """Partly open, by two processes."""
    deserted: Finished
    """Partly open, and nobody listens."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("arrivals")
    with (
        running(KnownDelayServer(QUICK)) as quick,
        running(KnownDelayServer(QUICK, misbehaviours={"silent": never_answer})) as silent,
        running(KnownDelayServer(QUICK)) as visited,
    ):
        begun = [
            _start(folder / "quick", quick.url, "open"),
            _start(folder / "silent", silent.url, "open", "--stop-timeout", "1"),
            _start(folder / "visits", visited.url, "partly-open", "--turns-per-visit", "2", *forked(2)),
            _start(folder / "deserted", deserted_url(), "partly-open"),
        ]
        yield Runs(*(run.finish() for run in begun))


def _start(folder: Path, url: str, mode: str, *more: str) -> LocustRun:
    options = ("--arrivals", mode, "--arrival-rate", str(RATE), "--think-seconds", "0.2", *more)
    return LocustRun(folder, "latency", *headless(url, SOURCES, *for_a_while(folder, f"{SECONDS}s"), *options))


def by_source(run: Finished) -> dict[str, list[Turn]]:
    """The first turns of all visits, by the source they came from, in their order."""
    firsts = defaultdict(list)
    for turn in sorted(run.turns, key=lambda turn: turn.planned_at):
        person = turn.session.partition("/")[0]
        source, _, number = person.rpartition(":")
        if turn.id.endswith(f".{person}.1"):
            firsts[source].append(turn)
            assert int(number) == len(firsts[source])
    return firsts


def planned_before_the_stop(source: str, first: Turn, stop: float) -> list[float]:
    """When the seed says that people come from it, given when the first of them came."""
    gaps = [at - 0.0 for at in islice(moments(Choices(1, source), 0.0, RATE / SOURCES), 500)]
    all_moments = [first.planned_at - gaps[0] + at for at in gaps]
    assert all_moments[-1] > stop
    return [at for at in all_moments if at < stop]


def stop_of(run: Finished) -> float:
    return max(mark.at for mark in run.marks if mark.mark == "stop")


def lasted_seconds(run: Finished, firsts: list[Turn]) -> float:
    """From when the first of a source was due until nobody came any more."""
    return stop_of(run) - firsts[0].planned_at


@pytest.mark.parametrize("name", ["quick", "silent", "deserted"])
def test_every_planned_arrival_is_recorded_at_its_moment_whatever_the_server_does(runs: Runs, name: str) -> None:
    run: Finished = getattr(runs, name)
    came = by_source(run)
    assert len(came) == SOURCES
    for source, firsts in came.items():
        planned = planned_before_the_stop(source, firsts[0], stop_of(run))
        # The mark is written a moment after the stop: somebody may have been due in between.
        assert len(planned) - 1 <= len(firsts) <= len(planned)
        assert [turn.planned_at for turn in firsts] == pytest.approx(planned[: len(firsts)], abs=1e-5)


def test_a_server_that_never_answers_holds_nobody_back(runs: Runs) -> None:
    begun = [turn for turn in runs.silent.turns if turn.begun_at is not None]
    assert len(begun) > RATE * SECONDS / 2
    assert {turn.outcome for turn in runs.silent.turns} == {"unfinished"}
    assert {turn.session for turn in begun} == {turn.session for turn in begun if turn.sent_at}
    assert runs.silent.rows.get("turn", {}).get("num_requests", 0) == 0


def test_the_same_people_come_to_every_server(runs: Runs) -> None:
    quick, silent = by_source(runs.quick), by_source(runs.silent)
    assert quick.keys() == silent.keys()
    for source in quick:
        both = list(zip(quick[source], silent[source], strict=False))
        # The two runs stop a moment apart, and in each somebody may have been due right then.
        lasted = min(lasted_seconds(runs.quick, quick[source]), lasted_seconds(runs.silent, silent[source]))
        came = [
            sum(turn.planned_at - firsts[0].planned_at < lasted for turn in firsts)
            for firsts in (quick[source], silent[source])
        ]
        assert abs(came[0] - came[1]) <= 1
        assert len(both) >= min(came) > 0
        for one, other in both:
            assert (one.id, one.prompt_characters) == (other.id, other.prompt_characters)
            since = one.planned_at - quick[source][0].planned_at
            assert since == pytest.approx(other.planned_at - silent[source][0].planned_at, abs=1e-5)


def test_who_comes_by_open_arrivals_asks_once_and_leaves(runs: Runs) -> None:
    assert runs.quick.exit_code == 0, runs.quick.output
    assert len({turn.session for turn in runs.quick.turns}) == len(runs.quick.turns)
    asked = [turn for turn in runs.quick.turns if turn.begun_at is not None]
    assert {turn.outcome for turn in asked} == {"ok"}
    assert all(turn.connect_seconds is not None and turn.sent_at is not None for turn in asked)


def test_waiting_to_connect_counts_from_the_arrival(runs: Runs) -> None:
    for turn in runs.quick.turns:
        if turn.begun_at is not None:
            assert turn.sent_at is not None and turn.connect_seconds is not None
            assert turn.planned_at <= turn.begun_at <= turn.sent_at - turn.connect_seconds + 1e-6


def test_a_partly_open_visit_has_turns_with_pauses_and_then_ends(runs: Runs) -> None:
    sessions = defaultdict(list)
    for turn in runs.visits.turns:
        sessions[turn.session].append(turn)
    assert {len(turns) for turns in sessions.values()} == {1, 2, 3}
    assert len({session.partition("/")[0] for session in sessions}) == len(sessions)
    for first, *others in sessions.values():
        assert all(turn.connect_seconds is None for turn in others)
        assert first.planned_at < min((turn.planned_at for turn in others), default=stop_of(runs.visits) + 1)


def test_several_processes_together_keep_the_rate(runs: Runs) -> None:
    assert len(runs.visits.files) == 2
    came = sum(map(len, by_source(runs.visits).values()))
    expected = sum(
        len(planned_before_the_stop(source, firsts[0], stop_of(runs.visits)))
        for source, firsts in by_source(runs.visits).items()
    )
    assert len(by_source(runs.visits)) == SOURCES
    assert came == pytest.approx(expected, abs=SOURCES)
    # Five standard deviations of a Poisson number; Locust takes up to a second to start all of them.
    assert came == pytest.approx(RATE * SECONDS, abs=5 * (RATE * SECONDS) ** 0.5)


@pytest.mark.parametrize("name", ["quick", "visits", "deserted"])
def test_both_ledgers_agree(runs: Runs, name: str) -> None:
    run: Finished = getattr(runs, name)
    ended = [turn for turn in run.turns if turn.outcome != "unfinished"]
    assert run.rows["turn"]["num_requests"] == len(ended) > 0
    assert sum(end.turns for end in run.ends) == len(run.turns)


def test_who_cannot_connect_has_failed_and_does_not_try_again(runs: Runs) -> None:
    begun = [turn for turn in runs.deserted.turns if turn.begun_at is not None]
    assert {(turn.outcome, turn.failure) for turn in begun} == {("failed", "connect_failed")}
    assert len({turn.session for turn in begun}) == len(begun)


def test_turns_carry_the_number_of_sources(runs: Runs) -> None:
    assert {turn.sessions for turn in runs.quick.turns} == {SOURCES}
    assert [(mark.mark, mark.sessions) for mark in runs.quick.marks] == [
        (kind, SOURCES) for kind in ("level", "reached", "stop")
    ]


@pytest.mark.parametrize("scenario", ["interruption", "concurrency"])
def test_people_of_every_scenario_come_partly_open_unless_told_otherwise(scenario: str, tmp_path: Path) -> None:
    with running(KnownDelayServer(QUICK)) as server:
        options = ("--host", server.url, "--headless", "-u", "4", "-r", "100", "--arrival-rate", "40")
        run = LocustRun(tmp_path, scenario, *options, "--think-seconds", "0.05", "--stop-timeout", "10")
        finished = run.finish_when(lambda turns: any(turn.id.endswith(":2.2") for turn in turns))
        people = {turn.session for turn in finished.turns}
        assert all(session.endswith("/1") and ":" in session for session in people)
        assert "Traceback" not in finished.output


class Guest:
    """Stands in for a visitor: stays until told, or until it goes of its own accord."""

    def __init__(self) -> None:
        self.goes = Event()
        self.here = self.told_to_stop = self.turned_away = False

    def start(self, group: Group) -> None:
        group.spawn(self._stay, self)

    def _stay(self, _: "Guest") -> None:
        self.here = True
        self.goes.wait()

    def stop(self, force: bool = False) -> bool:
        self.told_to_stop = True
        self.goes.set()
        return True

    def on_stop(self) -> None:
        self.turned_away = True


def source_of(guests: list[Guest], arrivals: list[float]) -> Source:
    return Source(iter([*arrivals, inf]), lambda number, _: guests[number - 1])


def test_who_is_there_is_told_to_stop_though_another_leaves_in_the_same_moment() -> None:
    guests = [Guest(), Guest()]
    source = source_of(guests, [0.0, 0.0])
    running = gevent.spawn(source.run)
    with gevent.Timeout(20):
        while not all(guest.here for guest in guests):
            gevent.sleep(0)
    guests[0].goes.set()
    source.close()
    with gevent.Timeout(20):
        running.join()
    assert guests[1].told_to_stop
    assert running.exception is None


def test_whoever_the_source_did_not_get_round_to_has_missed_a_turn_and_holds_up_nobody() -> None:
    guests = [Guest() for _ in range(1000)]
    source = source_of(guests, [0.0] * len(guests))
    source.close()
    others = 0

    def count() -> None:
        nonlocal others
        while not running.dead:
            others += 1
            gevent.sleep(0)

    running = gevent.spawn(source.run)
    watching = gevent.spawn(count)
    with gevent.Timeout(20):
        gevent.joinall([running, watching])
    assert all(guest.turned_away for guest in guests)
    assert others > len(guests) / 2
