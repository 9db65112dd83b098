"""Soaks that never were: series of looks with a known course."""

import random

from made_up import FLASK, QUART

from bench.results import Environment
from bench.soak.folder import concluded
from bench.soak.record import Look, Soak, Soaked

PEOPLE, SECONDS = 60, 1800.0
ENVIRONMENT = Environment(
    commit="0123456789abcdef", dirty=False, cpu_model="A processor", cpu_count=2, memory_bytes=8 * 10**9,
    system="Linux 6", python="3.11.7", pinning={}, packages={},
)  # fmt: skip


def look(at_seconds, people=PEOPLE, memory=100e6, threads=20, descriptors=300, tasks=600):
    return Look(
        at_seconds=at_seconds, people=people, memory_bytes=round(memory), threads=threads, descriptors=descriptors,
        tasks=tasks,
    )  # fmt: skip


def rest(at_seconds=-1.0, **held):
    return look(at_seconds, **{"people": 0, "memory": 60e6, "threads": 20, "descriptors": 15, "tasks": 8, **held})


def soaked(course=lambda minute: {}, noise=0.0, seconds=SECONDS, **changed):
    """A server that holds, minute by minute, what `course` says; its looks swing by a share of `noise`."""
    dice = random.Random(1)
    looks = []
    for at_seconds in range(0, round(seconds), 10):
        held = {"memory": 100e6, "descriptors": 300, "tasks": 600, **course(at_seconds / 60)}
        swung = {name: value * (1 + noise * dice.uniform(-1, 1)) for name, value in held.items()}
        whole = {name: round(value) for name, value in swung.items()}
        looks.append(look(at_seconds, **whole))
    values = {
        "target": "quart", "people": PEOPLE, "seconds": SECONDS, "load_seconds": seconds, "rest_before": rest(),
        "looks": looks, "rest_after": rest(seconds + 1), "turns_ok": 1000, "turns_failed": 0, **changed,
    }  # fmt: skip
    return Soaked(**values)


def made(*of, **changed):
    values = {
        "id": "that", "started_at": "2026-01-02T03:04:05Z", "complete": True, "command": "live-bench soak",
        "seed": 1, "minutes": 30.0, "think_seconds": 3.0, "people_by": "60 people each", "environment": ENVIRONMENT,
        "fake_gemini": {"profile": "live-text", "seed": 1}, "targets": [FLASK, QUART],
        "soaked": list(of) or [soaked(target="flask"), soaked()], **changed,
    }  # fmt: skip
    return concluded(Soak(**values))
