"""`live-bench`, also `python -m bench`."""

import signal
import sys
from types import FrameType

import click

from bench.cli import app
from bench.errors import BenchError

CANNOT = 2
"""Exit code for what the user can mend."""
INTERRUPTED = 130


def main() -> None:
    signal.signal(signal.SIGTERM, _as_interrupt)
    signal.signal(signal.SIGHUP, _as_interrupt)
    try:
        code = app(standalone_mode=False)
    except BenchError as error:
        _complain(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        _complain(error.format_message())
    except click.UsageError as error:
        _complain(f"{error.format_message()} (see {error.ctx.command_path if error.ctx else 'live-bench'} --help)")
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    else:
        sys.exit(code if isinstance(code, int) else 0)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    """Being told to end is the same as Ctrl-C: keep what was measured, leave no process."""
    raise KeyboardInterrupt


def _complain(message: str) -> None:
    sys.stderr.write(f"error: {message}\n")
    sys.exit(CANNOT)


if __name__ == "__main__":
    main()
