"""The command line: start a relay and say, in one line of JSON on stdout, where it listens and records.

    {"url": "https://127.0.0.1:PORT", "certificate": "/path/to/ca.pem", "recording": "/path/to/it.ndjson.gz"}

Point the SDK's base URL at `url` and `SSL_CERT_FILE` at `certificate`. Ends on SIGTERM or SIGINT with exit code 0 and a
whole recording; exit code 2 means that an option, an address or the disk is at fault, with one line on stderr.
"""

import argparse
import asyncio
import json
import platform
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import uvloop

from servers.arguments import Parser, port
from servers.descriptors import allow_many_sessions
from servers.fake_gemini.certificate import NAMES, make_certificate
from servers.recording.destination import Destination, read_destination
from servers.recording.errors import RecordingError
from servers.recording.lines import Header
from servers.recording.relay import run
from servers.recording.scrubbing import Scrubber
from servers.recording.tape import Tape, place


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="python -m servers.recording", description="Record what passes between a server and Gemini.")
    parser.add_argument("--to", required=True, metavar="URL", help="where Gemini is, or its fake: https://HOST")
    parser.add_argument(
        "--into",
        required=True,
        type=Path,
        metavar="PATH",
        help="the file to record into, gzip where it ends in .gz; or a folder, in which one is named by the time",
    )
    parser.add_argument("--host", choices=NAMES, default=NAMES[0], help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=port, default=0, help="port to listen on (default: any free one)")
    parser.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="where to write the authority to trust, as PEM (default: a temporary file, removed at exit)",
    )
    parser.add_argument("--trust", metavar="FILE", help="whom to trust at URL (default: $SSL_CERT_FILE, or the system)")
    parser.add_argument("--keep-text", action="store_true", help="keep what is said (default: as many other words)")
    parser.add_argument("--keep-audio", action="store_true", help="keep what is heard (default: as much silence)")
    return parser.parse_args(arguments)


def _header(options: argparse.Namespace, destination: Destination) -> Header:
    return Header(
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        to=destination.url,
        text="kept" if options.keep_text else "filler",
        audio="kept" if options.keep_audio else "silence",
        versions={"python": platform.python_version(), "websockets": version("websockets")},
    )


async def _relay(options: argparse.Namespace, certificate: Path) -> None:
    destination = read_destination(options.to, options.trust)
    try:
        tls = make_certificate(certificate)
    except OSError as error:
        raise RecordingError(f"--certificate {certificate}: {error.strerror}; name another file to write") from error
    await destination.reach()
    tape = Tape(place(options.into), _header(options, destination))

    listening = False

    def announce(url: str) -> None:
        nonlocal listening
        listening = True
        ready = {"url": url, "certificate": str(certificate.resolve()), "recording": str(tape.path.resolve())}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()

    try:
        scrubber = Scrubber(keeps_text=options.keep_text, keeps_audio=options.keep_audio)
        await run(options.host, options.port, tls, destination, tape, scrubber, announce)
    finally:
        if listening:
            tape.end()
        else:
            tape.discard()  # or its name would be taken


def main(arguments: list[str] | None = None) -> int:
    """Pass on and record until told to stop. Returns the exit code."""
    options = _parse(arguments)
    allow_many_sessions()
    with tempfile.TemporaryDirectory(prefix="relay-") as folder:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_relay(options, options.certificate or Path(folder) / "ca.pem"))
        except (RecordingError, OSError) as error:
            sys.stderr.write(f"error: {error}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
