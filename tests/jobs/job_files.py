"""The jobs to copy, read from their files: GitHub's workflows and the Cloud Build file."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CLOUD_BUILD = ROOT / ".ci" / "cloudbuild.yaml"

_OPERATORS = set(";|&()<>")
_IF_SET = re.compile(r"\$\{\w+:\+(.*?)\}")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True)
class Script:
    """The shell text of one step, and the plain values of the variables around it."""

    where: str
    text: str
    values: dict[str, str] = field(default_factory=dict)


def read(path: Path) -> dict[str, Any]:
    """A YAML file. Raises for one that is none, or that names a key twice."""
    loaded: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return loaded


def jobs() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each job of each workflow: where it is, the job, and its workflow."""
    for path in WORKFLOWS:
        workflow = read(path)
        for name, job in workflow["jobs"].items():
            yield f"{path.stem}: {name}", job, workflow


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each step of each workflow, and where it is."""
    for where, job, _ in jobs():
        for step in job["steps"]:
            yield f"{where}: {step['name']}", step


def scripts() -> list[Script]:
    """The shell texts of all workflows and of the Cloud Build file."""
    found = [
        Script(f"{where}: {step['name']}", step["run"], plain(workflow.get("env", {})))
        for where, job, workflow in jobs()
        for step in job["steps"]
        if "run" in step
    ]
    build = read(CLOUD_BUILD)
    defaults = {name.removeprefix("_"): str(value) for name, value in build["substitutions"].items()}
    return found + [Script(f"cloudbuild: {step['id']}", step["script"], defaults) for step in build["steps"]]


def plain(variables: dict[str, Any]) -> dict[str, str]:
    """Those that are written out, and not worked out by GitHub."""
    return {name: str(value) for name, value in variables.items() if "${{" not in str(value)}


def script(workflow: str, step: str) -> str:
    """The shell text of one step by the names of both."""
    (found,) = [one.text for one in scripts() if one.where.startswith(f"{workflow}: ") and one.where.endswith(step)]
    return found


def calls(text: str, program: str) -> Iterator[list[str]]:
    """Every call of a program in a shell text: the words after its name, with `${X:+word}` as if X were set."""
    for line in text.replace("\\\n", " ").splitlines():
        if program not in line:
            continue
        words = shlex.shlex(_IF_SET.sub(r"\1", line), posix=True, punctuation_chars=True)
        words.whitespace_split = True
        words.commenters = ""
        yield from _of_one_line(list(words), program)


def _of_one_line(words: list[str], program: str) -> Iterator[list[str]]:
    for number, word in enumerate(words):
        if PurePath(word).name == program:
            rest = words[number + 1 :]
            end = next((at for at, other in enumerate(rest) if set(other) <= _OPERATORS), len(rest))
            yield rest[:end]


def filled(words: list[str], values: dict[str, str]) -> list[str]:
    """The words with the values of their variables. Raises KeyError for a variable without one."""
    return [_VARIABLE.sub(lambda match: values[match[1]], word) for word in words]
