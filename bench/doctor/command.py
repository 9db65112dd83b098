"""`live-bench doctor`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console

from bench.doctor.checks import Looked, examine, sentence, will_do
from bench.doctor.display import show
from bench.doctor.machine import Machine
from bench.doctor.readings import read_machine

SCHEMA = "gemini-live-bench.doctor.v1"
SPOILT = 1


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Say it in JSON, with every number read.")
def doctor(as_json: bool) -> int:
    """Look for what about this machine would spoil a measurement, and say how to mend it.

    Nothing is changed. The exit code is 0 where nothing spoils all measurements, and 1 where something does.
    """
    machine = read_machine()
    looked = examine(machine)
    if as_json:
        click.echo(json.dumps(as_record(machine, looked), indent=2))
    else:
        show(Console(), looked)
    return 0 if will_do(looked) else SPOILT


def as_record(machine: Machine, looked: Sequence[Looked]) -> dict[str, Any]:
    """The verdict, what each check says, and the readings that they judged; seconds, bytes and shares."""
    return {
        "schema": SCHEMA,
        "will_do": will_do(looked),
        "sentence": sentence(looked),
        "checks": [{"check": one.check, **asdict(one.judgement)} for one in looked],
        "machine": {**asdict(machine), "governors": sorted(machine.governors)},
    }
