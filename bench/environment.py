"""What was measured on: machine, software, commit."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import psutil

from bench.cores import Cores
from bench.results import Environment

PACKAGES = (
    *("flask", "flask-sock", "gevent", "google-genai", "gunicorn", "hypercorn", "locust", "quart"),
    *("simple-websocket", "uvloop", "websocket-client", "websockets", "wsproto"),
)
"""Those whose version changes what is measured."""


def read_environment(cores: Cores) -> Environment:
    commit = _git("rev-parse", "HEAD")
    return Environment(
        commit=commit,
        dirty=bool(commit and _git("status", "--porcelain")),
        cpu_model=_cpu_model(),
        cpu_count=psutil.cpu_count() or 1,
        memory_bytes=psutil.virtual_memory().total,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        pinning=cores.as_pinning(),
        packages={name: metadata.version(name) for name in PACKAGES},
    )


def _git(*arguments: str) -> str | None:
    """What git says of the code that runs; None outside a checkout or without git."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=Path(__file__).parent,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},  # to look on must not write to the user's index
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
