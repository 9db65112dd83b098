"""Python environments with the packages of a lock file and no others, built once and kept in the user's cache.

One is found by the marker that is written when it is whole: what a broken-off build leaves has none, and the next build
clears it away. While a process uses one, it holds a lock on the marker, and nobody removes it.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.errors import BenchError
from bench.processes import Command

KEPT = 6
"""As many of those used last stay; older ones go, unless somebody uses them."""
READY = ".ready"
BUILDING = ".building"
NOT_INHERITED = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_DRY_RUN")
"""Variables that would have pip put the packages elsewhere, or see others."""
LIST = (
    "import json; from importlib.metadata import distributions as all; "
    "print(json.dumps([[one.metadata['Name'], one.version] for one in all()]))"
)
_PLACE = re.compile(r"[0-9a-f]{24}-.+")
_FETCHING = re.compile(r"://|host='|\burl:|resolve '", re.IGNORECASE)
_held: dict[Path, int] = {}
"""The environments this process uses, and the descriptors that hold their markers locked until it ends."""


def environment_for(lock: Path, say: Callable[[str], None]) -> Path:
    """A Python interpreter that has the packages of a lock file; it stays in place at least as long as this process.

    Where it has to be built or waited for, `say` is told. Raises BenchError, which names a log, where that fails.
    """
    try:
        wanted = lock.read_bytes()
    except OSError as error:
        raise BenchError(f"cannot read {lock}: {error.strerror}; it names the packages to install") from error
    root = _root()
    name = _name(wanted)
    place = _find(root, name)
    if place is None:
        with _alone(root, say):
            place = _find(root, name) or _build(root, name, lock, wanted, say)
            _use(place)
            _remove_old(root)
    return _python(place)


def packages_of(python: Path) -> dict[str, str]:
    """Name, as package registries write it, to version of all that an interpreter has installed.

    Raises BenchError where it does not say.
    """
    try:
        done = subprocess.run([python, "-I", "-c", LIST], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BenchError(f"{python} does not run: {error}; remove its environment, it will be built anew") from error
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in sorted(json.loads(done.stdout))}


def build_steps(place: Path, wanted: Path) -> Sequence[Sequence[str]]:
    """The commands that make an environment, as `make install` does; the project itself is not installed."""
    pip = (str(_python(place)), "-m", "pip")
    return (
        (sys.executable, "-m", "venv", str(place)),
        # --no-deps: the lock names every package.
        (
            *(*pip, "install", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--require-hashes", "-r", str(wanted)),
        ),
        (*pip, "--disable-pip-version-check", "check"),
    )


def _root() -> Path:
    """The folder of all environments. The variable counts only where it is absolute, says its specification."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "")
    root = (cache if cache.is_absolute() else Path.home() / ".cache") / "gemini-live-bench" / "environments"
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_room(root, error) from error
    return root


def _name(wanted: bytes) -> str:
    """Two with the same name hold the same: packages, Python and platform."""
    python = (platform.python_implementation(), platform.python_version(), sys.base_prefix, sysconfig.get_platform())
    return hashlib.blake2b("\0".join(python).encode() + b"\0" + wanted, digest_size=12).hexdigest()


def _python(place: Path) -> Path:
    return place / "bin" / "python"


def _find(root: Path, name: str) -> Path | None:
    return next((place for place in sorted(root.glob(f"{name}-*")) if _use(place)), None)


def _use(place: Path) -> bool:
    """Keeps an environment from being removed; False where it is not whole, or just going."""
    marker = place / READY
    if not (marker.exists() and _python(place).exists()):  # the latter leads nowhere where its Python was removed
        return False
    if place not in _held:
        try:
            descriptor = os.open(marker, os.O_RDWR)
        except FileNotFoundError:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if not marker.exists():
            os.close(descriptor)
            return False
        _held[place] = descriptor
    os.utime(marker)
    return True


@contextlib.contextmanager
def _alone(root: Path, say: Callable[[str], None]) -> Iterator[None]:
    """One process builds at a time."""
    try:
        descriptor = os.open(root / BUILDING, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _no_room(root, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another gate, which is building a Python environment")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _build(root: Path, name: str, lock: Path, wanted: bytes, say: Callable[[str], None]) -> Path:
    """Only to be called alone. Each build has a folder of its own: what a killed one still writes, harms none."""
    say(f"building a Python environment with the packages of {lock.name}; it is kept for next time")
    _remove_unfinished(root)
    log = root / f"{name}.log"
    place = None
    try:
        log.unlink(missing_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=root))
        copy = place / "requirements.lock"
        copy.write_bytes(wanted)
        for step in build_steps(place, copy):
            _run(step, lock, log)
        (place / READY).touch()
    except BaseException as error:
        if place:
            shutil.rmtree(place, ignore_errors=True)
        if isinstance(error, OSError):
            raise _no_room(root, error) from error
        raise
    log.unlink(missing_ok=True)
    return place


def _run(step: Sequence[str], lock: Path, log: Path) -> None:
    with Command(step, log, environment={"LC_ALL": "C.UTF-8"}, without=NOT_INHERITED) as command:
        code = command.process.wait()
    if code:
        reason = failure_in(log.read_text(errors="replace"))
        raise BenchError(f"cannot build the Python environment of {lock}: {reason}; the log: {log}")


def failure_in(said: str) -> str:
    """The reason that venv or pip gave, in one line and without the address of any server."""
    if "ensurepip is not available" in said:
        return "this Python comes without ensurepip, so install the system's package for it (python3-venv)"
    lines = [line.strip() for line in said.splitlines()]
    told = [line for line in lines if line and not line.startswith(("WARNING:", "[notice]"))]
    errors = [line for line in told if line.lower().startswith("error:")]
    reason = re.sub("^error: *", "", (errors or told or ["it does not say why"])[-1], flags=re.IGNORECASE)
    if _FETCHING.search(reason):
        return "a package could not be fetched"
    return f"the connection failed, {reason}" if "Retrying (" in said else reason


def _remove_unfinished(root: Path) -> None:
    """Only to be called alone."""
    for place in _places(root):
        if not (place / READY).exists():
            shutil.rmtree(place, ignore_errors=True)


def _remove_old(root: Path) -> None:
    """Only to be called alone."""
    whole = [place for place in _places(root) if (place / READY).exists()]
    for place in sorted(whole, key=lambda place: (place / READY).stat().st_mtime_ns)[:-KEPT]:
        descriptor = os.open(place / READY, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # somebody uses it
            continue
        else:
            (place / READY).unlink()  # first: what follows may be broken off
            shutil.rmtree(place, ignore_errors=True)
        finally:
            os.close(descriptor)


def _places(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if _PLACE.fullmatch(path.name) and path.is_dir()]


def _no_room(root: Path, error: OSError) -> BenchError:
    return BenchError(
        f"cannot keep Python environments in {root}: {error.strerror}; set XDG_CACHE_HOME to another folder"
    )
