import base64
import contextlib
import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import bench
from bench.errors import BenchError
from bench.gate import environments
from bench.gate.environments import READY, environment_for, failure_in, packages_of
from tests.waiting import wait_until

TREE = Path(bench.__file__).parent.parent
LINK = "import os, sys; os.mkdir(sys.argv[1] + '/bin'); os.symlink(sys.executable, sys.argv[1] + '/bin/python')"
"""Stands in for what takes seconds: an environment that is a link to the Python that runs."""
FULL = "import sys; open(sys.argv[1] + '/half', 'w').close(); sys.exit('ERROR: [Errno 28] No space left on device')"
GATE = f"""
import sys
from pathlib import Path
from bench.gate import environments
lock, begun, go_on = (Path(argument) for argument in sys.argv[1:])
SLOW = '''
import os, sys, time
with open(sys.argv[2], "a") as begun:
    begun.write("begun\\\\n")
while not os.path.exists(sys.argv[3]):
    time.sleep(0.01)
'''
def steps(place, wanted):
    return (
        (sys.executable, "-c", SLOW, str(place), str(begun), str(go_on)),
        (sys.executable, "-c", {LINK!r}, str(place)),
    )
environments.build_steps = steps
print(environments.environment_for(lock, lambda line: print(line, file=sys.stderr, flush=True)), flush=True)
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of all environments, which nobody else uses."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a cache"))
    monkeypatch.setattr(environments, "_held", {})
    return tmp_path / "a cache" / "gemini-live-bench" / "environments"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text("")
    return path


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Where environments were built, by the stand-in."""
    places: list[Path] = []

    def steps(place: Path, wanted: Path) -> Sequence[Sequence[str]]:
        places.append(place)
        return ((sys.executable, "-c", LINK, str(place)),)

    monkeypatch.setattr(environments, "build_steps", steps)
    return places


def failing(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(environments, "build_steps", lambda place, _: ((sys.executable, "-c", code, str(place)),))


def folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.is_dir()]


def say_nothing(line: str) -> None:
    pass


def wheel(folder: Path) -> Path:
    """A package that can be had without a network."""
    path = folder / "tiny_thing-1.5-py3-none-any.whl"
    files = {
        "tiny_thing.py": "ANSWER = 42\n",
        "tiny_thing-1.5.dist-info/METADATA": "Metadata-Version: 2.1\nName: Tiny.Thing\nVersion: 1.5\n",
        "tiny_thing-1.5.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        record = ""
        for name, text in files.items():
            archive.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(text)}\n"
        archive.writestr("tiny_thing-1.5.dist-info/RECORD", f"{record}tiny_thing-1.5.dist-info/RECORD,,\n")
    return path


def test_environment_has_what_the_lock_names_and_not_what_we_have(
    lock: Path, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = wheel(tmp_path)
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    lock.write_text(f"tiny-thing @ {package.as_uri()} --hash=sha256:{digest}\n")
    monkeypatch.setenv("PYTHONPATH", str(TREE))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    said: list[str] = []
    python = environment_for(lock, said.append)
    assert said == ["building a Python environment with the packages of requirements.lock; it is kept for next time"]
    assert python.is_relative_to(root)
    packages = packages_of(python)
    assert packages["tiny-thing"] == "1.5"
    assert set(packages) <= {"tiny-thing", "pip", "setuptools"}
    assert [path.name for path in root.iterdir() if path.suffix == ".log"] == []
    assert str(python.parent) in (python.parent / "pip").read_text()  # its scripts work too
    steps = environments.build_steps(python.parent.parent, lock)
    monkeypatch.setattr(environments, "build_steps", lambda place, wanted: (*steps[1:2],))
    for pin, refusal in ((f"--hash=sha256:{'0' * 64}", "DO NOT MATCH THE HASHES"), ("", "Hashes are required")):
        lock.write_text(f"tiny-thing @ {package.as_uri()} {pin}\n")
        with pytest.raises(BenchError, match=refusal):
            environment_for(lock, say_nothing)


def test_same_lock_is_built_once(lock: Path, tmp_path: Path, built: list[Path]) -> None:
    said: list[str] = []
    python = environment_for(lock, said.append)
    other = tmp_path / "elsewhere.lock"
    other.write_text("")
    assert environment_for(other, said.append) == python
    assert len(said) == len(built) == 1


def test_other_packages_or_another_python_are_another_environment(
    lock: Path, built: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment_for(lock, say_nothing)
    lock.write_text("# other\n")
    environment_for(lock, say_nothing)
    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")
    environment_for(lock, say_nothing)
    assert len(set(built)) == 3


def test_what_is_installed_is_what_was_read(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def steps(place: Path, wanted: Path) -> Sequence[Sequence[str]]:
        lock.write_text("# edited meanwhile\n")
        read.append(wanted.read_text())
        return ((sys.executable, "-c", LINK, str(place)),)

    monkeypatch.setattr(environments, "build_steps", steps)
    environment_for(lock, say_nothing)
    assert read == [""]


def test_failed_build_names_reason_and_log_and_leaves_nothing(
    lock: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, FULL)
    with pytest.raises(BenchError) as failure:
        environment_for(lock, say_nothing)
    log = next(root.glob("*.log"))
    assert str(failure.value) == (
        f"cannot build the Python environment of {lock}: [Errno 28] No space left on device; the log: {log}"
    )
    assert "No space left" in log.read_text()
    assert folders(root) == []


def test_a_build_that_failed_is_tried_again(lock: Path, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    failing(monkeypatch, FULL)
    with pytest.raises(BenchError):
        environment_for(lock, say_nothing)
    failing(monkeypatch, LINK)
    assert environment_for(lock, say_nothing).exists()
    assert list(root.glob("*.log")) == []


def test_ctrl_c_in_the_midst_of_a_build_leaves_nothing(lock: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Path] = []

    def steps(place: Path, wanted: Path) -> Sequence[Sequence[str]]:
        started.append(place)
        return ((sys.executable, "-c", f"import os, signal; os.kill({os.getpid()}, signal.SIGINT); signal.pause()"),)

    monkeypatch.setattr(environments, "build_steps", steps)
    with pytest.raises(KeyboardInterrupt):
        environment_for(lock, say_nothing)
    assert started
    assert folders(root) == []


@contextlib.contextmanager
def gate(lock: Path, begun: Path, go_on: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", GATE, str(lock), str(begun), str(go_on)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=TREE) as running:
        try:
            yield running
        finally:
            running.kill()
            go_on.touch()  # what it started ends


def test_two_gates_at_once_build_it_once(lock: Path, tmp_path: Path) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go on"
    with gate(lock, begun, go_on) as first:
        wait_until(begun.exists, "the first has begun")
        with gate(lock, begun, go_on) as second:
            assert second.stderr is not None
            assert second.stderr.readline().startswith("waiting for another gate")
            go_on.touch()
            assert first.communicate()[0] == second.communicate()[0] != ""
    assert begun.read_text() == "begun\n"


def test_what_a_killed_build_left_is_taken_for_nothing_and_removed(
    lock: Path, tmp_path: Path, root: Path, built: list[Path]
) -> None:
    begun = tmp_path / "begun"
    with gate(lock, begun, tmp_path / "go on") as killed:
        wait_until(begun.exists, "it has begun")
        killed.kill()
        killed.wait()
        [left] = folders(root)
        python = environment_for(lock, say_nothing)
        assert folders(root) == [python.parent.parent] == built != [left]


def use_many(lock: Path, number: int) -> list[Path]:
    pythons = []
    for content in range(number):
        lock.write_text(f"# {content}\n")
        pythons.append(environment_for(lock, say_nothing))
    return pythons


def let_go() -> None:
    """As if the process that used them had ended."""
    for descriptor in environments._held.values():
        os.close(descriptor)
    environments._held.clear()


@pytest.mark.usefixtures("built")
def test_those_used_last_are_kept(lock: Path, root: Path) -> None:
    pythons = use_many(lock, environments.KEPT)
    lock.write_text("# 0\n")
    assert environment_for(lock, say_nothing) == pythons[0]
    let_go()
    lock.write_text("# one more\n")
    newest = environment_for(lock, say_nothing)
    assert {place / "bin" / "python" for place in folders(root)} == {pythons[0], *pythons[2:], newest}


@pytest.mark.usefixtures("built")
def test_environment_in_use_is_kept_however_old(lock: Path, root: Path) -> None:
    pythons = use_many(lock, environments.KEPT + 3)
    assert {place / "bin" / "python" for place in folders(root)} == set(pythons)


def test_environment_whose_python_is_gone_is_built_anew(lock: Path, built: list[Path]) -> None:
    python = environment_for(lock, say_nothing)
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert environment_for(lock, say_nothing) != python
    assert len(built) == 2


def test_environment_that_was_removed_by_hand_is_built_anew(lock: Path, built: list[Path]) -> None:
    python = environment_for(lock, say_nothing)
    (python.parent.parent / READY).unlink()
    assert environment_for(lock, say_nothing).exists()
    assert len(built) == 2


@pytest.mark.usefixtures("built")
def test_folders_of_others_in_the_cache_are_let_be(lock: Path, root: Path) -> None:
    (root / "notes").mkdir(parents=True)
    environment_for(lock, say_nothing)
    assert (root / "notes").is_dir()


@pytest.mark.usefixtures("built")
def test_relative_cache_folder_is_not_heeded(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    cache = tmp_path / "home" / ".cache" / "gemini-live-bench" / "environments"
    assert environment_for(lock, say_nothing).is_relative_to(cache)


def test_cache_that_cannot_be_written_is_named(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(BenchError, match="set XDG_CACHE_HOME to another folder"):
        environment_for(lock, say_nothing)


def test_missing_lock_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"cannot read .*none\.lock: No such file"):
        environment_for(tmp_path / "none.lock", say_nothing)


def test_python_that_does_not_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="does not run"):
        packages_of(tmp_path / "python")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("ERROR: no versions\nERROR: No matching distribution found for a==1\n\n[notice] old pip\n", "No matching"),
        ("a 1.0 requires b, which is not installed.\nWARNING: more\n", "a 1.0 requires b"),
        ("ERROR: HTTP error 403 while getting https://index.example.org/a.whl\n", "a package could not be fetched"),
        ("ERROR: HTTPSConnectionPool(host='index.example.org', port=443): Max\n", "a package could not be fetched"),
        (
            "WARNING: Retrying (Retry(total=0)) https://index.example.org\nERROR: No match\n",
            "the connection failed, No",
        ),
        ("The virtual environment was not created because ensurepip is not available.\n", "this Python comes without"),
        ("", "it does not say why"),
    ],
)
def test_reason_of_a_failure_is_its_last_error_without_addresses(said: str, reason: str) -> None:
    assert failure_in(said).startswith(reason)
    assert "example.org" not in failure_in(said)
