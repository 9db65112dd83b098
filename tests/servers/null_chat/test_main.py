import socket
import subprocess
import sys

import pytest

from servers.null_chat.__main__ import main
from tests.null_chat_process import null_chat
from tests.waiting import DEADLINE_SECONDS


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--port", "65536"], "'65536' is not a number from 0 to 65535"),
        (["--host", "192.0.2.1"], "invalid choice: '192.0.2.1'"),
        (["--seed", "x"], "invalid int value: 'x'"),
        (["--first-seconds", "-1"], "'-1' is not a number of seconds from 0 on"),
        (["--gap-seconds", "inf"], "'inf' is not a number of seconds from 0 on"),
        (["--gap-seconds", "soon"], "'soon' is not a number"),
        (["--stall-share", "1.5"], "'1.5' is not a share from 0 to 1"),
        (["--spread", "nan"], "'nan' is not a share from 0 to 1"),
        (["--chunks", "0"], "'0' is not a number from 1 on"),
        (["--bogus"], "unrecognized arguments: --bogus"),
    ],
)
def test_mistake_is_told_in_one_line_with_exit_code_2(
    options: list[str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        sys.exit(main(options))
    stdout, stderr = capfd.readouterr()
    assert (left.value.code, stdout) == (2, "")
    assert stderr.startswith("error: ") and complaint in stderr
    assert stderr.count("\n") == 1


def test_port_that_is_taken_is_told_in_one_line_with_exit_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "servers.null_chat", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert (done.returncode, done.stdout) == (2, "")
    assert "already in use" in done.stderr and port in done.stderr
    assert done.stderr.count("\n") == 1


def test_ready_line_says_what_was_chosen() -> None:
    with null_chat("--seed", "7", "--first-seconds", "0.5", "--stall-share", "0.25") as server:
        assert server.url.startswith("ws://127.0.0.1:")
        assert server.ready["seed"] == 7
        assert server.ready["timing"]["first_seconds"] == 0.5
        assert server.ready["timing"]["stall_share"] == 0.25
        assert server.ready["timing"]["gap_seconds"] == 0.09
