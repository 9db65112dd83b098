"""A gcloud that asks nobody: it keeps what it was called with, and answers from a table."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parents[3] / "servers" / "cloudrun"
PLACE = ("--project=acme-live", "--region=europe-west1")
TOOLS = ("bash", "cat", "dirname", "env", "git", "head", "sed", "tr")
"""What the scripts may use beside gcloud."""

GCLOUD = """#!/bin/bash
home=$(dirname "$0")
number=$(printf '%03d' "$(ls "$home/calls" | wc -l)")
printf '%s\\n' "$@" > "$home/calls/$number"
case " $* " in *" - "*) cat > "$home/stdin/$number" ;; esac
while IFS='|' read -r words code answer; do
  case "$* " in "$words "*) [ -z "$answer" ] || echo "$answer"; exit "$code" ;; esac
done < "$home/answers"
"""

ANSWERS = {
    "config get account": "somebody@example.com",
    "run services describe live-quart": "https://live-quart-made-up.a.run.app",
    "run services describe live-flask": "https://live-flask-made-up.a.run.app",
    "run services describe fake-gemini": "https://fake-gemini-made-up.a.run.app",
}
"""Everything else succeeds and says nothing: an empty project in which everything can be made."""


@dataclass(frozen=True)
class Call:
    words: tuple[str, ...]
    stdin: str = ""

    @property
    def command(self) -> tuple[str, ...]:
        """The words that name the command and what it is about, without options."""
        return tuple(word for word in self.words if not word.startswith("--"))

    def option(self, name: str) -> str:
        (value,) = (word.partition("=")[2] for word in self.words if word.startswith(f"{name}="))
        return value


class GCloud:
    """Answers by the first words of a call; keeps the calls in their order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers = dict(ANSWERS)
        self.failing: dict[str, int] = {}
        """First words of calls that fail, with the exit code."""
        self.variables: dict[str, str] = {}
        for name in ("calls", "stdin", "tools"):
            (folder / name).mkdir(parents=True)
        (folder / "gcloud").write_text(GCLOUD, encoding="utf-8")
        (folder / "gcloud").chmod(0o755)
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found, f"{tool} is not installed"
            (folder / "tools" / tool).symlink_to(found)

    @property
    def calls(self) -> list[Call]:
        calls = []
        for path in sorted((self.folder / "calls").iterdir()):
            stdin = self.folder / "stdin" / path.name
            words = tuple(path.read_text(encoding="utf-8").splitlines())
            calls.append(Call(words, stdin.read_text(encoding="utf-8") if stdin.exists() else ""))
        return calls

    def deploy(self, *options: str, place: Sequence[str] = PLACE, tag: str = "c0ffee") -> "Ended":
        return self.run(SCRIPTS / "deploy.sh", *place, *([f"--tag={tag}"] if tag else []), *options)

    def destroy(self, *options: str, place: Sequence[str] = PLACE) -> "Ended":
        return self.run(SCRIPTS / "destroy.sh", *place, *options)

    def run(self, *command: str | Path, installed: bool = True, stdin: int = subprocess.DEVNULL) -> "Ended":
        """Runs a script where there is this gcloud, or none at all."""
        rows = [f"{words}|{code}|" for words, code in self.failing.items()]
        rows += [f"{words}|0|{answer}" for words, answer in self.answers.items()]
        (self.folder / "answers").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        path = f"{self.folder}:{os.environ['PATH']}" if installed else str(self.folder / "tools")
        environment = {"PATH": path, "HOME": str(self.folder), **self.variables}
        bash = str(self.folder / "tools" / "bash")
        done = subprocess.run(
            [bash, *map(str, command)],
            env=environment,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Ended:
    code: int
    stdout: str
    stderr: str

    @property
    def complaint(self) -> str:
        """What it says when it refuses: one line, exit code 2 and nothing else."""
        assert self.code == 2, (self.code, self.stderr)
        assert self.stdout == ""
        assert self.stderr.startswith("error: ") and self.stderr.count("\n") == 1, self.stderr
        return self.stderr.removeprefix("error: ").rstrip("\n")
