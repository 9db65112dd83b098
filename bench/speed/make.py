"""A measurement of speed from beginning to end, kept in a folder."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench import store
from bench.cores import share_out_machine
from bench.environment import read_environment
from bench.errors import BenchError
from bench.moments import iso
from bench.speed.measure import SESSIONS, Carried, measure_fake, measure_server
from bench.speed.record import FAKE, SCHEMA, SILENCED, Speed, Speeds, summary
from servers.deployments import DEPLOYMENTS, Deployment

NAME, RECORD, SUMMARY = "speed", "speed.json", "speed.md"


def make(rounds: int, results: Path, command: str, say: Callable[[str], None]) -> tuple[Path, Speeds]:
    """Measures all that there are, so many times; gives the folder and what it holds.

    At Ctrl-C what was measured before is kept and marked incomplete. Raises BenchError where one of them does not
    start or ends a session, and where the machine has but one core to offer.
    """
    cores = share_out_machine()
    if not cores.pinned:
        raise BenchError("this machine has one core to offer: what is measured needs one to itself")
    now = datetime.now(UTC)
    folder = store.create(results, NAME, now)
    speeds = Speeds(
        id=folder.name,
        started_at=iso(now),
        complete=False,
        command=command,
        environment=read_environment(cores),
    )
    there = deployments()
    measured: dict[str, Callable[[int], Carried]] = {FAKE: partial(measure_fake, cores)}
    measured |= {name: partial(measure_server, each, cores) for name, each in there.items()}
    try:
        for number, name in turns(rounds, measured):
            sessions = sessions_at(there.get(name))
            carried = measured[name](sessions)
            speeds.speeds.append(Speed(name=name, round=number, sessions=sessions, **carried._asdict()))
            store.write_record(folder / RECORD, SCHEMA, speeds)
            of_a_core = speeds.speeds[-1].chunks_per_cpu_second
            say(f"round {number} of {rounds}: {name} {of_a_core:,.0f} chunks for a second of processor time")
        speeds.complete = True
    except KeyboardInterrupt:
        say("ended by hand")
    except BenchError as error:
        raise BenchError(f"{error}; what was measured before is in {folder}") from error
    finally:
        speeds.finished_at = iso(datetime.now(UTC))
        store.write_record(folder / RECORD, SCHEMA, speeds)
        store.replace(folder / SUMMARY, summary(speeds))
    return folder, speeds


def sessions_at(deployment: Deployment | None) -> int:
    """No more than there is room for: a blocking server has it for as many as it has threads. None is the fake."""
    return min(SESSIONS, deployment.threads or SESSIONS) if deployment else SESSIONS


def deployments() -> Mapping[str, Deployment]:
    """All of the table, and the demo with its log silenced."""
    demo = DEPLOYMENTS["demo"]
    command = tuple("bench.speed.silenced_demo:app" if part == demo.app else part for part in demo.command)
    return {**DEPLOYMENTS, SILENCED: replace(demo, name=SILENCED, command=command)}


def turns(rounds: int, measured: Mapping[str, object]) -> Iterator[tuple[int, str]]:
    """Who is measured when: each round turns the order of the one before round, as neighbours come and go."""
    for number in range(1, rounds + 1):
        for name in measured if number % 2 else reversed(list(measured)):
            yield number, name
