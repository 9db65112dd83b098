"""The command line: start a null chat server and say, in one line of JSON on stdout, where it listens.

    {"url": "ws://127.0.0.1:PORT", "seed": 1, "timing": {"first_seconds": 0.3, ...}}

Ends on SIGTERM or SIGINT with exit code 0; exit code 2 means that an option or the address is at fault, with one line
on stderr.
"""

import argparse
import json
import math
import sys
from dataclasses import asdict

from servers.arguments import Parser, port
from servers.descriptors import allow_many_sessions
from servers.null_chat.server import Server, listen
from servers.null_chat.timing import Timing

HOSTS = ("127.0.0.1", "::1")
USUAL = Timing()


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop. Returns the exit code."""
    options = _parse(arguments)
    if sys.platform != "linux":
        sys.stderr.write("error: the null chat server needs Linux: epoll, and the kernel's receive stamps\n")
        return 2
    allow_many_sessions()
    try:
        listener = listen(options.host, options.port)
    except OSError as error:
        sys.stderr.write(f"error: cannot listen on port {options.port} of {options.host}: {error.strerror}\n")
        return 2
    timing = Timing(**{name: getattr(options, name) for name in asdict(USUAL)})
    number = listener.getsockname()[1]
    host = f"[{options.host}]" if ":" in options.host else options.host

    def announce() -> None:
        ready = {"url": f"ws://{host}:{number}", "seed": options.seed, "timing": asdict(timing)}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()

    with listener:
        Server(listener, timing, options.seed).run(announce)
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="python -m servers.null_chat", description="A chat server whose every delay is known.")

    def add(name: str, kind: object, usual: float, explanation: str) -> None:
        parser.add_argument(name, type=kind, default=usual, help=f"{explanation} (default: %(default)s)")  # type: ignore[arg-type]

    parser.add_argument("--host", choices=HOSTS, default=HOSTS[0], help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=port, default=0, help="port to listen on (default: any free one)")
    parser.add_argument("--seed", type=int, default=1, help="decides every reply's timing (default: %(default)s)")
    add("--first-seconds", _seconds, USUAL.first_seconds, "from a prompt to its first chunk, in the mean")
    add("--gap-seconds", _seconds, USUAL.gap_seconds, "from chunk to chunk, in the mean")
    add("--chunks", _count, USUAL.chunks, "chunks of a reply, in the mean")
    add("--spread", _share, USUAL.spread, "each of these is drawn evenly from its mean less and plus this share of it")
    add("--stall-share", _share, USUAL.stall_share, "share of replies in which one chunk comes late")
    add("--stall-seconds", _seconds, USUAL.stall_seconds, "how late that chunk comes, and those after it")
    add(
        "--freeze-every-seconds", _seconds, USUAL.freeze_every_seconds,
        "from one freeze of the whole server to the next, in the mean; 0 for none",
    )  # fmt: skip
    add("--freeze-seconds", _seconds, USUAL.freeze_seconds, "how long it then neither reads nor sends")
    return parser.parse_args(arguments)


def _seconds(text: str) -> float:
    number = _number(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 on")
    return number


def _share(text: str) -> float:
    number = _number(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return number


def _count(text: str) -> int:
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error


if __name__ == "__main__":
    sys.exit(main())
