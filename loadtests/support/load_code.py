"""Who a worker is, and whether it may make load for a master: only the same code makes the same load."""

import hashlib
import os
import platform
import socket
from functools import cache
from importlib import metadata
from pathlib import Path

from loadtests.support.turn import Worker

_LOADTESTS = Path(__file__).parents[1]
_CODE = (".py", ".txt")


def introduce(index: int) -> Worker:
    """This process, as worker of that index."""
    return Worker(
        worker=index,
        host=socket.gethostname(),
        pid=os.getpid(),
        build=load_build(),
        python=platform.python_version(),
        locust=metadata.version("locust"),
    )


def why_refused(worker: Worker) -> str | None:
    """Why that worker and this process do not make the same load, as said of it; None where they do."""
    if worker.build == load_build():
        return None
    return f"runs other load code, {worker.build} and not {load_build()}: install the same version on all machines"


@cache
def load_build() -> str:
    """Names the load code that is running."""
    return build_of(_LOADTESTS)


def build_of(loadtests: Path) -> str:
    """Names the code in a folder like this one: a hash over scenarios, support and prompts, twelve hexadecimal digits.

    What stands in a folder of its own beside the support, as manifests do, is no part of it.
    """
    digest = hashlib.blake2b(digest_size=6)
    for folder in (loadtests, loadtests / "support"):
        for path in sorted(path for path in folder.iterdir() if path.suffix in _CODE):
            digest.update(path.relative_to(loadtests).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
