import subprocess
import sys

import pytest

TRY = """
import resource, sys
from bench.errors import BenchError
from bench.limits import allow_sessions
soft, hard, sessions = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
try:
    allow_sessions(sessions)
except BenchError as error:
    print(error)
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def limit_after(soft: int, hard: int, sessions: int) -> list[str]:
    """What a process with these limits says when it asks for so many sessions, and its soft limit afterwards."""
    command = [sys.executable, "-c", TRY, str(soft), str(hard), str(sessions)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize(("soft", "after"), [(400, "400"), (399, "400")])
def test_limit_is_raised_where_it_is_too_low(soft: int, after: str) -> None:
    assert limit_after(soft, 1000, sessions=20) == [after]


def test_limit_is_never_lowered() -> None:
    assert limit_after(900, 1000, sessions=1) == ["900"]


def test_hard_limit_that_is_too_low_is_answered_in_one_line() -> None:
    complaint, after = limit_after(300, 399, sessions=20)
    assert complaint.startswith("20 sessions need 400 file descriptors a process and the hard limit is 399")
    assert "ulimit -Hn 400" in complaint
    assert after == "300"
