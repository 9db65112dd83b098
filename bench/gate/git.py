"""git, asked so that no hook, no variable and no setting of the caller's changes what it does."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

import bench
from bench.errors import BenchError

KEPT = (
    *("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"),
    *("GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH", "GIT_SSH", "GIT_ASKPASS", "GIT_CEILING_DIRECTORIES"),
)
"""Of git's own variables. All others would lead it to another repository or index: within a hook they are set."""
OURS = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1"}
"""Without optional locks, looking does not rewrite the index."""
SETTINGS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.splitIndex=false", "core.warnAmbiguousRefs=true"),
    *("gc.auto=0", "maintenance.auto=false", "submodule.recurse=false", "worktree.useRelativePaths=false"),
)
"""Nothing of the user's is run or kept up, and no setting is written for the sake of ours."""


class Manner(TypedDict, total=False):
    """How a command is run beyond what it says."""

    settings: tuple[str, ...]
    """For this command alone, as `name=value`."""
    environment: Mapping[str, str]
    given: str
    """What it reads."""
    held: tuple[int, ...]
    """Descriptors that it keeps open for as long as it runs."""


@dataclass(frozen=True)
class Repository:
    """A checkout of the project."""

    top: Path
    """Of the working tree."""
    prefix: str
    """From there to the project, with a slash behind; empty where the project is all there is."""
    common: Path
    """What all working trees of the repository share: `.git`."""

    def attempt(self, *arguments: str, **manner: Unpack[Manner]) -> subprocess.CompletedProcess[str]:
        """What git says, whether or not it did what it was asked."""
        return _git(self.top, *arguments, **manner)

    def ask(self, *arguments: str, **manner: Unpack[Manner]) -> str:
        """What git answers, without the end of the line. Raises BenchError, with git's own words, where it refuses."""
        done = self.attempt(*arguments, **manner)
        if done.returncode:
            raise BenchError(f"git {arguments[0]} failed in {self.top}: {_last_words(done.stderr)}")
        return done.stdout.removesuffix("\n")


def open_repository(folder: Path) -> Repository:
    """The repository whose working tree a folder is in. Raises BenchError where there is none that git would read."""
    return Repository(
        top=Path(_first_answer(folder, "--show-toplevel")),
        prefix=_first_answer(folder, "--show-prefix"),
        common=(folder / _first_answer(folder, "--git-common-dir")).resolve(),
    )


def running_project() -> Path:
    """The folder of the project that the running code was read from. Raises BenchError where it is no git checkout."""
    folder = Path(bench.__file__).resolve().parent.parent
    repository = open_repository(folder)
    if not repository.ask("ls-files", "--", f"{repository.prefix}bench/__init__.py"):
        raise BenchError(
            f"the code that runs, in {folder}, is in no git checkout: run the gate from a clone of the project"
        )
    return folder


def _first_answer(folder: Path, question: str) -> str:
    done = _git(folder, "rev-parse", question)
    if done.returncode == 0:
        return done.stdout.removesuffix("\n")
    if "dubious ownership" in done.stderr or "safe.directory" in done.stderr:
        command = re.search(r"git config .*safe\.directory .*", done.stderr)
        remedy = command[0] if command else f"git config --global --add safe.directory {folder}"
        raise BenchError(f"git does not read {folder}, as it belongs to another user; if you trust it: {remedy}")
    if "not a git repository" in done.stderr or "must be run in a work tree" in done.stderr:
        raise BenchError(
            f"{folder} is in no working tree of a git repository: run the gate from a clone of the project"
        )
    raise BenchError(f"git cannot read {folder}: {_last_words(done.stderr)}")


def _git(folder: Path, *arguments: str, **manner: Unpack[Manner]) -> subprocess.CompletedProcess[str]:
    """A path comes back as the system has it, whatever its bytes mean."""
    settings = [part for setting in (*SETTINGS, *manner.get("settings", ())) for part in ("-c", setting)]
    try:
        return subprocess.run(
            ["git", *settings, *arguments],
            cwd=folder,
            env={**_callers(), **OURS, **manner.get("environment", {})},
            input=manner.get("given", ""),
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            pass_fds=manner.get("held", ()),
            start_new_session=True,  # the terminal's Ctrl-C would end it in the midst of its work
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        missing = "git is not installed, or not on the PATH" if folder.is_dir() else f"there is no folder {folder}"
        raise BenchError(f"{missing}: the gate takes the revisions it compares from a git checkout") from error


def _callers() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name.startswith(KEPT)}


def _last_words(said: str) -> str:
    """The line that tells most, of what git said as it failed."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (telling or lines or ["it does not say why"])[-1]
