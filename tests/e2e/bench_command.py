"""`live-bench` as its users run it: a process of its own, on a small profile with the fast fake."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

CASE = """
[[case]]
scenario = "{scenario}"
sessions = {sessions}
steps = {steps}
trials = {trials}
warm_up_seconds = 0.3
window_seconds = {window}
options = {{ {options} }}
"""
OPTIONS = {"interruption": "think-seconds = 0.05, barge-in-within = 0.01"}
"""The fast fake is done with a reply within some hundredths of a second: people must be quick to barge in on it."""


def profile(
    folder: Path,
    *scenarios: str,
    sessions: int = 5,
    trials: int = 1,
    fake: str = "fast",
    window_seconds: float = 1.2,
    options: str | None = None,
) -> Path:
    """A profile of short cases, written to a file; `options` in place of each scenario's usual ones."""
    path = folder / "tiny.toml"
    cases = [
        CASE.format(
            scenario=scenario,
            sessions=sessions,
            steps=2 if scenario == "concurrency" else 1,
            trials=trials,
            window=window_seconds,
            options=options or OPTIONS.get(scenario, "think-seconds = 0.05"),
        )
        for scenario in scenarios
    ]
    path.write_text(f'title = "Tiny"\ntargets = ["flask", "quart"]\nfake_profile = "{fake}"\n' + "".join(cases))
    return path


def start(*arguments: str) -> "subprocess.Popen[str]":
    """Starts `live-bench` with these arguments."""
    return subprocess.Popen(
        [sys.executable, "-m", "bench", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )


def finish(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Waits for its end: exit code, output, errors."""
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def live_bench(*arguments: str) -> tuple[int, str, str]:
    """Runs it to its end."""
    return finish(start(*arguments))


def results(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The only results folder under `folder`, and its run.json."""
    (found,) = [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    record: dict[str, Any] = json.loads((found / "run.json").read_text())
    return found, record


def mentioning(text: str) -> list[psutil.Process]:
    """All processes whose command line or environment holds a text."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and any(text in part for part in [*process.cmdline(), *_values(process)]):
                found.append(process)
        except psutil.Error:
            continue
    return found


def _values(process: psutil.Process) -> list[str]:
    return list(process.environ().values())
