"""The two revisions that a gate compares: found, held to be comparable, and checked out."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bench.errors import BenchError
from bench.gate.checkouts import checkouts
from bench.gate.git import Repository, open_repository
from bench.gate.snapshot import working_tree_commit
from servers.settings import build_of, is_served

WORKTREE = "worktree"
"""Asks for the working tree as it is now, with what is not committed."""
SERVERS, LOCK = "servers", "requirements.lock"
NEEDED = (f"{SERVERS}/__main__.py", LOCK)
WATCHED = (SERVERS, LOCK, "pyproject.toml")
"""Where a change that is not committed is taken to be one that was meant to be measured."""
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class NothingServed(BenchError):
    """Two revisions that are served alike: there is nothing to compare."""


@dataclass(frozen=True)
class Revision:
    """A revision of the servers, checked out in a tree of its own."""

    ref: str
    """As it was asked for."""
    commit: str
    """In full."""
    dirty: bool
    """Whether it is a working tree that differs from its last commit; `commit` is then one made of it."""
    tree: Path
    """Where the project is checked out."""
    build: str
    """What its servers have to call themselves at `/healthz`. We read it from the files, and do not ask the revision.

    Two revisions that differ in their packages only share it.
    """
    lock: Path
    """The packages it needs, pinned."""


@contextlib.contextmanager
def checked_out(
    base: str, head: str, project: Path, folder: Path, *, same: bool = False
) -> Iterator[tuple[Revision, Revision]]:
    """Base and head, each in a git worktree of its own below `folder`, which should be outside the project.

    Nothing else in the repository changes, and on leaving, the worktrees are gone. Either may be `worktree`. With
    `same`, one revision may be given twice. Raises BenchError where a revision is not to be had, or where nothing that
    is served differs between the two.
    """
    repository = open_repository(project)
    asked = {"base": base, "head": head}
    last = _resolved(repository, "head", "HEAD")
    commits = _commits(repository, asked, last)
    for side, ref in asked.items():
        _refuse_without_servers(repository, ref, commits[side])
    if not same:
        _refuse_alike(repository, asked, commits)
    with checkouts(repository, folder, commits) as trees:
        dirty = {side: ref == WORKTREE and commits[side] != last for side, ref in asked.items()}
        first, second = (
            _revision(ref, commits[side], dirty[side], trees[side] / repository.prefix) for side, ref in asked.items()
        )
        yield first, second


def _commits(repository: Repository, asked: Mapping[str, str], last: str) -> dict[str, str]:
    """What is asked for, as commits. The working tree becomes one only once it is known that the other side is one."""
    commits = {side: _resolved(repository, side, ref) for side, ref in asked.items() if ref != WORKTREE}
    if WORKTREE in asked.values():
        now = working_tree_commit(repository, last)
        commits |= {side: now for side, ref in asked.items() if ref == WORKTREE}
    elif asked["head"] in ("HEAD", "@"):
        _refuse_uncommitted(repository)
    return commits


def _revision(ref: str, commit: str, dirty: bool, tree: Path) -> Revision:
    return Revision(ref, commit, dirty, tree, build=build_of(tree / SERVERS), lock=tree / LOCK)


def _resolved(repository: Repository, side: str, ref: str) -> str:
    """The commit that a name stands for. Raises BenchError where it is none, or more than one."""
    if not ref or ref.startswith("-"):
        raise BenchError(f"{ref!r} as the {side} names no revision: give a branch, a tag or a commit")
    done = repository.attempt("rev-parse", "--verify", f"{ref}^{{commit}}")
    if "is ambiguous" in done.stderr:
        raise BenchError(
            f"{ref!r} as the {side} means several things in {repository.top}: "
            f"write it in full, as refs/heads/NAME, refs/tags/NAME or all 40 digits of a commit"
        )
    commit = done.stdout.strip()
    if done.returncode == 0 and _COMMIT.fullmatch(commit):
        return commit
    if repository.ask("rev-parse", "--is-shallow-repository") == "true":
        raise BenchError(
            f"{ref!r} as the {side} is not in {repository.top}, a shallow clone: {_fetch(ref)} "
            "(in a workflow, fetch-depth: 0 for the checkout)"
        )
    raise BenchError(
        f"{ref!r} as the {side} is no commit in {repository.top}: git branch --all and git tag list what there is"
    )


def _fetch(ref: str) -> str:
    """The command that gets a shallow clone what it lacks, under the name it was asked for by."""
    if re.search(r"[~^@:]|^HEAD$", ref):
        return "git fetch --unshallow origin"
    if re.fullmatch(r"[0-9a-f]{7,64}", ref):
        return f"git fetch --depth 1 origin {ref}"
    name = ref.removeprefix("refs/remotes/").removeprefix("origin/")
    kept = ref if ref == name else f"refs/remotes/origin/{name}"
    return f"git fetch --depth 1 origin {name}:{kept}"


def _refuse_uncommitted(repository: Repository) -> None:
    watched = [repository.prefix + path for path in WATCHED]
    seen = repository.ask("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", *watched)
    changed = [entry[3:].removeprefix(repository.prefix) for entry in seen.split("\0") if entry]
    if changed:
        others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise BenchError(
            f"the working tree has uncommitted changes in {changed[0]}{others}: commit them, or use --head {WORKTREE}"
        )


def _refuse_without_servers(repository: Repository, ref: str, commit: str) -> None:
    needed = [repository.prefix + path for path in NEEDED]
    there = repository.ask("ls-tree", "--full-name", "--name-only", "-z", commit, "--", *needed).split("\0")
    for path in needed:
        if path not in there:
            raise BenchError(f"{ref} ({commit[:12]}) has no {path}, so it cannot be served: choose a later revision")


def _refuse_alike(repository: Repository, asked: Mapping[str, str], commits: Mapping[str, str]) -> None:
    base, head = (f"{asked[side]} ({commits[side][:12]})" for side in ("base", "head"))
    if commits["base"] == commits["head"]:
        raise BenchError(
            f"{base} and {head} are the same commit: nothing to compare; choose another base, "
            "or add --aa to see the noise of the gate"
        )
    differing = repository.ask("diff-tree", "-r", "--no-renames", "--name-only", "-z", commits["base"], commits["head"])
    if not any(_is_served(path, repository.prefix) for path in differing.split("\0")):
        raise NothingServed(
            f"nothing that is served differs between {base} and {head}: nothing to compare; choose another base"
        )


def _is_served(path: str, prefix: str) -> bool:
    """Whether a file of the repository has a part in what is measured."""
    if not path.startswith(prefix):
        return False
    inside = PurePosixPath(path.removeprefix(prefix))
    return str(inside) == LOCK or (inside.is_relative_to(SERVERS) and is_served(inside.relative_to(SERVERS)))
