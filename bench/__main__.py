"""`live-bench`, also `python -m bench`."""

import errno
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType

import click

from bench.errors import BenchError
from bench.exit_codes import CANNOT, FAULT, INTERRUPTED
from bench.signals import ENDINGS

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def main() -> None:
    def app() -> click.Command:
        from bench.cli import app  # takes a second, in which somebody may think better of it

        return app

    conduct(app)


def conduct(command: Callable[[], click.Command]) -> None:
    """Runs what the command line asks for, and ends with its exit code or with one line about what is wrong."""
    for number in ENDINGS:
        signal.signal(number, _interrupt_once)
    try:
        code = command()(standalone_mode=False)
    except BenchError as error:
        _complain(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(f"{error.format_message()}\n")
        sys.exit(CANNOT)
    except click.UsageError as error:
        _complain(f"{error.format_message()} (see {error.ctx.command_path if error.ctx else 'live-bench'} --help)")
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("ended by hand; what was measured before stays in its results folder\n")
        sys.exit(INTERRUPTED)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            _complain(f"no room left to write {error.filename or 'what was measured'}: free some, or use another disk")
        traceback.print_exc()
        sys.exit(FAULT)
    else:
        sys.exit(code if isinstance(code, int) else 0)


def _interrupt_once(number: int, frame: FrameType | None) -> None:
    """Ctrl-C, or being told to end: what was measured is kept and no process is left; a second one changes nothing."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


def _complain(message: str) -> None:
    sys.stderr.write(f"error: {message}\n")
    sys.exit(CANNOT)


if __name__ == "__main__":
    main()
