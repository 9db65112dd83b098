"""Builders of made-up input for the pure half of the bench."""

from bench.execution import Execution
from bench.metrics import METRICS
from bench.monitor import Sample, Size
from bench.results import Case, Course, Environment, Run, Second, Statistics, Target, Trial, Turns
from loadtests.support.turn import End, Line, Mark, Turn

FLASK = Target(name="flask", style="blocking", label="Flask, gunicorn, 100 threads", colour="#D55E00", threads=100)
QUART = Target(name="quart", style="non-blocking", label="Quart, hypercorn", colour="#0072B2")
ELSEWHERE = Target(name="other", style="unknown", label="other at example.com", colour="#009E73")


def turn(id="a", planned_at=0.0, **fields):
    """A turn that was asked on time and answered by two chunks, unless told otherwise."""
    usual = {
        "session": "1/1",
        "sessions": 2,
        "prompt_characters": 12,
        "sent_at": planned_at,
        "chunks_at": [planned_at + 0.5, planned_at + 0.7],
        "ended_at": planned_at + 0.8,
        "outcome": "ok",
    }
    return Turn(id=id, planned_at=planned_at, **{**usual, **fields})


def unanswered(id="a", planned_at=0.0, outcome="unfinished", **fields):
    return turn(id, planned_at, **{"chunks_at": [], "ended_at": None, "outcome": outcome, **fields})


def process(*turns: Turn, level=2, began_at=0.0, reached_at=1.0, stopped_at=20.0, cpu_seconds=1.0) -> list[Line]:
    """The whole file of a load process with one level."""
    return [
        Mark("level", began_at, level),
        Mark("reached", reached_at, level),
        *turns,
        Mark("stop", stopped_at, level),
        End(len(turns), 0.001, 0.002, 0.003, cpu_seconds),
    ]


def execution(*processes, **fields) -> Execution:
    """One that was to go through one level of 2 people, and whose window opens at 3 with the usual process."""
    turns = sum(isinstance(line, Turn) and line.outcome != "unfinished" for lines in processes for line in lines)
    usual = {
        "sessions": [2], "trial": 3, "order": 7, "warm_up_seconds": 2.0, "objective_seconds": 2.5, "locust_turns": turns
    }  # fmt: skip
    return Execution(target="flask", processes=processes, **{"scenario": "talk", **usual, **fields})


def samples(cpu_per_second, until=30, **fields) -> list[Sample]:
    """One a second of a process that uses as much all the time."""
    size = Size(**{"memory_bytes": 0, "own_bytes": 0, "threads": 1, "descriptors": 1, "processes": 1} | fields)
    return [Sample(at, at * cpu_per_second, size) for at in range(until)]


def trial(target="flask", scenario="talk", sessions=2, number=1, **fields) -> Trial:
    """A valid trial. `numbers` maps 'metric statistic' to a number, `count` says how many values stand behind it."""
    numbers, count = fields.pop("numbers", {}), fields.pop("count", 100)
    metrics: dict[str, Statistics] = {}
    for place, number_there in numbers.items():
        metric, statistic = place.split()
        assert statistic in METRICS[metric].statistics
        metrics.setdefault(metric, Statistics(count=count, values={})).values[statistic] = number_there
    usual = {
        "order": number, "started_at": 0.0, "window_seconds": 10.0, "turns": Turns(ok=50), "metrics": metrics,
        "course": course(*([0.5] * 10)),
    }  # fmt: skip
    return Trial(target=target, scenario=scenario, sessions=sessions, trial=number, **{**usual, **fields})


def course(*centers: float, count=10, metric="ttft_from_plan_seconds") -> Course:
    """A window with these medians, second after second."""
    seconds = [Second(at_seconds=at + 0.5, center_seconds=center, count=count) for at, center in enumerate(centers)]
    return Course(metric=metric, seconds=seconds)


def trials(count=6, **fields) -> list[Trial]:
    return [trial(number=number, **fields) for number in range(1, count + 1)]


def run(*trials: Trial, targets=(FLASK, QUART), **fields) -> Run:
    environment = Environment(
        commit=None,
        dirty=False,
        cpu_model="made up",
        cpu_count=2,
        memory_bytes=8_000_000_000,
        system="",
        python="",
        pinning={},
        packages={},
    )
    usual = {
        "id": "made-up",
        "started_at": "2026-01-02T03:04:05Z",
        "profile": "made-up",
        "seed": 1,
        "complete": True,
        "command": "",
        "objective_seconds": 2.5,
        "environment": environment,
        "targets": list(targets),
        "cases": [case(trials=6)],
        "trials": list(trials),
    }
    return Run(**{**usual, **fields})


def case(scenario="talk", trials=6) -> Case:
    return Case(scenario=scenario, title="", sessions=[2], trials=trials, warm_up_seconds=2.0, window_seconds=8.0)
