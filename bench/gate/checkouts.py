"""Working trees of a gate's own: added to the repository, and gone from it whatever happens.

They lie in one folder, `live-bench-gate-<number>`, beside a file that is locked for as long as the gate runs. That is
how the next gate tells what a killed one has left behind from what another one is using.
"""

import atexit
import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from bench.errors import BenchError
from bench.gate.git import Repository
from bench.signals import undisturbed

MARK = "live-bench-gate-"
RUNNING = "running"
_OURS = re.compile(rf"{MARK}[0-9a-f]{{12}}")


@contextlib.contextmanager
def checkouts(repository: Repository, folder: Path, commits: Mapping[str, str]) -> Iterator[dict[str, Path]]:
    """Each commit checked out under its name, below a folder. Raises BenchError where that cannot be done.

    First removes what killed gates left in the repository; on leaving, removes its own.
    """
    place = folder.resolve() / f"{MARK}{secrets.token_hex(6)}"
    remove = partial(_remove, repository, place)
    atexit.register(remove)  # should a second Ctrl-C come before the first was dealt with
    running = -1
    try:
        with _alone(repository):
            _remove_leftovers(repository)
            running = _begin(place)
            trees = {name: _check_out(repository, place, name, commits[name], running) for name in commits}
        yield trees
    finally:
        with undisturbed():
            remove()
            if running != -1:
                os.close(running)
        atexit.unregister(remove)


@contextlib.contextmanager
def _alone(repository: Repository) -> Iterator[None]:
    """Keeps other gates from adding or removing meanwhile, without leaving a lock file in the repository."""
    descriptor = os.open(repository.common, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems lock no folders; git then fares as without us
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _begin(place: Path) -> int:
    """Makes the folder and the file that shows it is in use; the descriptor holds the lock."""
    try:
        place.mkdir(parents=True)
        descriptor = os.open(place / RUNNING, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BenchError(
            f"cannot check out revisions in {place.parent}: {error.strerror}; name another folder"
        ) from error
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _check_out(repository: Repository, place: Path, name: str, commit: str, running: int) -> Path:
    tree = place / f"{place.name}-{name}"
    add = ("worktree", "add", "--quiet", "--detach", str(tree), commit)
    with undisturbed():
        # It holds the lock too: should we be killed, nobody clears away beneath it what it is still writing.
        repository.ask(*add, settings=("core.sparseCheckout=false",), held=(running,))
    return tree


def _remove(repository: Repository, place: Path) -> None:
    with _alone(repository):
        for entry, tree in _registered(repository):
            if tree is not None and tree.parent == place:
                _forget(entry)
        with contextlib.suppress(OSError):  # not empty, or not there: git makes it for the first and removes it so
            (repository.common / "worktrees").rmdir()
    if place.exists():
        shutil.rmtree(place)


def _remove_leftovers(repository: Repository) -> None:
    """What gates left that are no longer running. What belongs to somebody else is not even looked at."""
    for entry, tree in _registered(repository):
        if tree is None:  # broken off before it was known where it would be
            _forget(entry)
        elif _OURS.fullmatch(tree.parent.name) and not _in_use(tree.parent):
            shutil.rmtree(tree.parent, ignore_errors=True)
            _forget(entry)


def _registered(repository: Repository) -> list[tuple[Path, Path | None]]:
    """What the repository notes of working trees with our mark, and where each of these is."""
    entries = sorted((repository.common / "worktrees").glob(f"{MARK}*"))
    return [(entry, _tree_of(entry)) for entry in entries if _OURS.match(entry.name)]


def _tree_of(entry: Path) -> Path | None:
    try:
        noted = (entry / "gitdir").read_text(encoding="utf-8", errors="surrogateescape").strip()
    except FileNotFoundError:
        return None
    return (entry / noted).parent if noted else None


def _forget(entry: Path) -> None:
    """As `git worktree remove` does in the end; that one refuses what was broken off in the midst of being added."""
    shutil.rmtree(entry, ignore_errors=True)


def _in_use(place: Path) -> bool:
    try:
        descriptor = os.open(place / RUNNING, os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # another user's: not ours to judge
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
