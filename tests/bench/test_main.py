import errno
import signal
from collections.abc import Callable, Iterator

import click
import pytest

from bench import exit_codes
from bench.__main__ import conduct
from bench.errors import BenchError
from bench.signals import ENDINGS


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Whoever listens to signals listens again afterwards."""
    before = {number: signal.getsignal(number) for number in ENDINGS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def left_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], object]:
    """Conducts a command that comes to a value, or raises it: what `live-bench` leaves with."""
    monkeypatch.setattr("sys.argv", ["live-bench"])

    def left_with(outcome: object) -> object:
        @click.command()
        def command() -> object:
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        with pytest.raises(SystemExit) as left:
            conduct(lambda: command)
        return left.value.code

    return left_with


@pytest.mark.parametrize(("outcome", "code"), [(None, 0), (0, 0), (1, 1), (3, 3), (4, 4), (130, 130), ("done", 0)])
def test_code_of_the_command_is_ours(left_with, capsys, outcome, code):
    assert left_with(outcome) == code
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (BenchError("no base: give one"), "error: no base: give one\n"),
        (click.UsageError("no such option"), "error: no such option (see live-bench --help)\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "results/run.json"),
            "error: no room left to write results/run.json: free some, or use another disk\n",
        ),
        (
            OSError(errno.EDQUOT, "Disk quota exceeded"),
            "error: no room left to write what was measured: free some, or use another disk\n",
        ),
    ],
    ids=["ours", "usage", "disk", "quota"],
)
def test_what_the_user_can_mend_is_one_line_and_2(left_with, capsys, error, line):
    assert left_with(error) == exit_codes.CANNOT == 2
    assert capsys.readouterr().err == line


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a value is below 0"),
        AssertionError(),
        KeyError("base"),
        RuntimeError("x"),
        MemoryError(),
        OSError(errno.EACCES, "Permission denied", "results"),
        FileNotFoundError(errno.ENOENT, "No such file", "results"),
        ExceptionGroup("several", [BenchError("one of many")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_any_other_exception_is_a_fault_of_ours_told_with_its_traceback(left_with, capsys, error):
    assert left_with(error) == exit_codes.FAULT == 70
    told = capsys.readouterr().err
    assert "Traceback (most recent call last):" in told and "raise outcome" in told and type(error).__name__ in told


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()], ids=lambda error: type(error).__name__)
def test_ctrl_c_is_no_fault(left_with, capsys, error):
    assert left_with(error) == exit_codes.INTERRUPTED == 130
    assert capsys.readouterr().err.strip() == "ended by hand; what was measured before stays in its results folder"


def test_fault_before_the_command_is_known_is_one_too(capsys):
    def broken() -> click.Command:
        raise ImportError("a package is missing")

    with pytest.raises(SystemExit) as left:
        conduct(broken)
    assert left.value.code == exit_codes.FAULT
    assert "ImportError: a package is missing" in capsys.readouterr().err


def test_a_fault_is_taken_for_nothing_that_was_found():
    found = {exit_codes.MISSED, exit_codes.CANNOT, exit_codes.INVALID, exit_codes.INCONCLUSIVE, exit_codes.INTERRUPTED}
    assert len(found) == 5 and exit_codes.FAULT not in {0, *found}
