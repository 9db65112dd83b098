"""Stock Locust on many command lines: imported once, and then forked for each.

What Locust makes of a command line, it makes in a process of its own; only what it imports itself is shared, which
takes longer than all that a mistake gets to see.
"""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.loadtests.locust_run import PATIENCE_SECONDS, ROOT, Finished, environment


def ended(folder: Path, command_lines: Mapping[str, tuple[str, Sequence[str]]]) -> dict[str, Finished]:
    """What each left once it had ended by itself, by name; a command line is a scenario and options."""
    folder.mkdir(parents=True, exist_ok=True)
    logs = {name: folder / f"{number}.log" for number, name in enumerate(command_lines)}
    asked = {
        str(logs[name]): ["-f", f"loadtests/{scenario}.py", *options]
        for name, (scenario, options) in command_lines.items()
    }
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=json.dumps(asked),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS * 5,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    codes: dict[str, int] = json.loads(done.stdout)
    return {name: Finished(codes[str(log)], log.read_text(), [], {}) for name, log in logs.items()}


def main() -> None:
    """Reads command lines by the log that each is to write, and prints their exit codes by it."""
    asked: dict[str, list[str]] = json.load(sys.stdin)
    __import__("locust.main")
    children: dict[str, int] = {}
    for log, words in asked.items():
        children[log] = os.fork()
        if not children[log]:
            become_locust(Path(log), words)
            return
    json.dump({log: os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for log, child in children.items()}, sys.stdout)


def become_locust(log: Path, words: list[str]) -> None:
    """As if this process had been started so; it mostly ends in here."""
    with log.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["locust", *words]
    runpy.run_module("locust", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
