"""A throw-away project in a git repository of its own, and what of it must not change."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

IDENTITY = {
    **{"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"},
    **{"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"},
    **{"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_OPTIONAL_LOCKS": "0"},
}


def git(folder: Path, *arguments: str) -> str:
    """What git answers. Raises CalledProcessError where it refuses."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **IDENTITY}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Files by their path in the folder."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def commit(folder: Path, subject: str, texts: Mapping[str, str] | None = None) -> str:
    """Writes files and commits all there is; gives the commit."""
    write(folder, texts or {})
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", subject)
    return git(folder, "rev-parse", "HEAD")


def project(folder: Path) -> Path:
    """Three commits on `main`, tags `first`, `second` and `third`, which differ in the servers; something stashed."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    write(folder, {"servers/__main__.py": "", ".gitignore": "ignored.txt\n", "requirements.lock": ""})
    for subject in ("first", "second", "third"):
        commit(folder, subject, {"servers/app.py": f"NAME = {subject!r}\n", "readme.txt": subject})
        git(folder, "tag", subject)
    write(folder, {"readme.txt": "stashed"})
    git(folder, "stash")
    write(folder, {"ignored.txt": ""})
    return folder


def state(folder: Path) -> dict[str, object]:
    """All that must be as before: what git knows, and every file of the repository but its objects."""
    top = folder / ".git"
    kept = [path for path in sorted(top.rglob("*")) if "objects" not in path.relative_to(top).parts]
    return {
        "worktrees": git(folder, "worktree", "list", "--porcelain"),
        "status": git(folder, "status", "--porcelain", "--ignored"),
        "refs": git(folder, "for-each-ref"),
        "stash": git(folder, "stash", "list"),
        "files": {str(path): path.read_bytes() if path.is_file() else None for path in kept},
        "tree": {
            str(path): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in folder.rglob("*")
            if path.is_file() and not path.is_relative_to(top)
        },
    }
