"""The working tree as it is now, as a commit that no branch leads to."""

import os
import tempfile
from pathlib import Path

from bench.gate.git import Repository

AUTHOR = {
    **{"GIT_AUTHOR_NAME": "live-bench", "GIT_AUTHOR_EMAIL": "live-bench@localhost"},
    **{"GIT_COMMITTER_NAME": "live-bench", "GIT_COMMITTER_EMAIL": "live-bench@localhost"},
    **{"GIT_AUTHOR_DATE": "2000-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2000-01-01T00:00:00Z"},
}
"""Always the same date: the same edits to the same commit then have the same name."""
MESSAGE = "The working tree as it was measured"


def working_tree_commit(repository: Repository, head: str) -> str:
    """A commit, on top of `head`, of every file that is tracked or not ignored; `head` itself where that is the same.

    Made in an index of its own, so that the user's index, stash and branches are as before. Raises BenchError where git
    cannot read a file.
    """
    with tempfile.TemporaryDirectory(prefix="live-bench-index-") as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        repository.ask("read-tree", head, environment=index)
        repository.ask("add", "--all", environment=index)
        if tracked := _tracked_lately(repository, head):  # also what is ignored, and was added by force
            listed = ("--pathspec-from-file=-", "--pathspec-file-nul")
            repository.ask("add", "--force", *listed, environment=index, given="\0".join(tracked))
        tree = repository.ask("write-tree", environment=index)
    if tree == repository.ask("rev-parse", f"{head}^{{tree}}"):
        return head
    return repository.ask("commit-tree", "-p", head, "-m", MESSAGE, tree, environment=AUTHOR)


def _tracked_lately(repository: Repository, head: str) -> list[str]:
    """The files in the user's index that `head` has not, as far as they are still there."""
    added = repository.ask("diff-index", "--cached", "--name-only", "--diff-filter=A", "-z", head)
    return [path for path in added.split("\0") if path and os.path.lexists(repository.top / path)]
