"""`live-bench run --auth gcloud` against the emulator, as its demo says to type it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from servers.cloudrun.emulator.demo import MANIFESTS
from tests.servers.cloudrun.emulator.emulator_process import emulator_of

TURNS = 10
PROFILE = """
title = "Two people, briefly."
targets = ["quart"]

[[case]]
scenario = "latency"
arrivals = "closed"
sessions = 2
trials = 1
warm_up_seconds = 0.5
window_seconds = 1
drain_seconds = 5
"""


def test_run_gets_its_token_from_gcloud_and_is_let_in(tmp_path: Path) -> None:
    """One person alone has half of the turns that there are: whoever was let in has been answered."""
    (tmp_path / "brief.toml").write_text(PROFILE)
    options = ("--pending", "60", "--gcloud", str(tmp_path / "bin"))
    with emulator_of(tmp_path, [str(next(path for path in MANIFESTS if "quart" in path.stem))], *options) as deployed:
        command = [
            *(sys.executable, "-m", "bench", "run", "--target", f"quart={deployed.url}", "--auth", "gcloud"),
            *("--profile", str(tmp_path / "brief.toml"), "--max-turns", str(2 * TURNS)),
            *("--results", str(tmp_path / "results")),
        ]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GCE_", "CLOUDSDK_"))},
            "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "SSL_CERT_FILE": deployed.ready["certificate"],
        }
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        (page,) = (tmp_path / "results").glob("2*/run.json")
        (alone,) = json.loads(page.read_text())["baselines"]
        assert (alone["ok"], alone["failed"], alone["failures"]) == (TURNS, 0, {}), done.stdout + done.stderr
