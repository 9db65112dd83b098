"""The command line: start a fake Gemini and say, in one line of JSON on stdout, where it listens.

    {"url": "https://127.0.0.1:PORT", "certificate": "/path/to/ca.pem", "profile": "live-text", "seed": 1}

Point the SDK's base URL at `url` and `SSL_CERT_FILE` at `certificate`. With `--no-tls`, for a place where somebody in
front ends TLS, `url` is plain http and `certificate` is null. Ends on SIGTERM or SIGINT with exit code 0; exit code 2
means that an option, a profile, a fault script or the address is at fault, with one line on stderr.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
from pathlib import Path

import uvloop

from servers.arguments import Parser, port
from servers.descriptors import allow_many_sessions
from servers.fake_gemini.certificate import NAMES, make_certificate
from servers.fake_gemini.faults.armed import Faults
from servers.fake_gemini.faults.script import ScriptError, Scripts, load_script, script_names
from servers.fake_gemini.ledger import Ledger
from servers.fake_gemini.limit_options import add_limits, limits_of
from servers.fake_gemini.repertoire import Repertoire, arrange
from servers.fake_gemini.server import run
from servers.fake_gemini.service import Service
from servers.fake_gemini.timing import ProfileError, load_profile, profile_names
from servers.recording.errors import RecordingError
from servers.recording.reading import CUT_OPTION, read

EVERYWHERE = "0.0.0.0"
KEY_VARIABLE = "FAKE_GEMINI_KEY"
"""Names the one accepted key without showing it to everybody who lists the processes."""


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="python -m servers.fake_gemini", description="A stand-in for the Gemini Live API.")
    parser.add_argument(
        "--host",
        choices=(*NAMES, EVERYWHERE),
        default=NAMES[0],
        help=f"address to listen on; {EVERYWHERE} lets other machines in (default: %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=port,
        default=os.environ.get("PORT") or "0",
        help="port to listen on (default: $PORT, or any free one)",
    )
    parser.add_argument(
        "--profile",
        default="live-text",
        help=f"timing: {', '.join(profile_names())}, or the path of a .toml file (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="decides every turn's timing (default: %(default)s)")
    tls = parser.add_mutually_exclusive_group()
    tls.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="where to write the authority to trust, as PEM (default: a temporary file, removed at exit)",
    )
    tls.add_argument("--no-tls", action="store_true", help="speak plainly: somebody in front ends TLS")
    parser.add_argument(
        "--api-key",
        metavar="KEY",
        default=os.environ.get(KEY_VARIABLE) or None,
        help=f"refuse every other key (default: ${KEY_VARIABLE}, or any key will do)",
    )
    parser.add_argument(
        "--typed-barge-in",
        choices=("interrupt", "queue"),
        help="what a prompt does to a running reply: cut it, or wait for its end (default: as the model does)",
    )
    parser.add_argument(
        "--faults",
        metavar="NAME|FILE",
        help=f"what is to go wrong: {', '.join(script_names())}, or the path of a .toml file (default: nothing)",
    )
    parser.add_argument(
        "--replay", type=Path, metavar="RECORDING", help="say again what python -m servers.recording has recorded"
    )
    parser.add_argument(
        "--replay-endings", action="store_true", help="also say goAway and close sessions, when that was recorded"
    )
    parser.add_argument(
        CUT_OPTION, action="store_true", help="of a recording that is cut, use the sessions that are whole"
    )
    add_limits(parser)
    return parser.parse_args(arguments)


def _repertoire(options: argparse.Namespace) -> Repertoire | None:
    if options.replay:
        recording = read(options.replay, whole_sessions=options.whole_sessions)
        return arrange(recording, endings=options.replay_endings)
    if options.replay_endings or options.whole_sessions:
        raise RecordingError(f"--replay-endings and {CUT_OPTION} are for a recording: name one with --replay")
    return None


def _serve(options: argparse.Namespace, certificate: Path | None) -> None:
    """`certificate` is where to write the authority; None is for a server without TLS."""
    script = load_script(options.faults) if options.faults else None
    faults = Faults(limits_of(options))
    faults.arm(script, options.seed)
    played = str(options.replay) if options.replay else options.profile
    service = Service(
        profile=load_profile(options.profile),
        seed=options.seed,
        barge_in=options.typed_barge_in,
        ledger=Ledger(played, options.seed),
        api_key=options.api_key,
        faults=faults,
        scripts=Scripts(script),
        repertoire=_repertoire(options),
    )

    def announce(url: str) -> None:
        ready = {
            "url": url,
            "certificate": str(certificate.resolve()) if certificate else None,
            "profile": played,
            "seed": options.seed,
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()

    allow_many_sessions()
    tls = make_certificate(certificate) if certificate else None
    # What has been imported lives as long as we do: a full collection must not walk it while all sessions wait.
    gc.collect()
    gc.freeze()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(options.host, options.port, tls, service, announce))


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop. Returns the exit code."""
    options = _parse(arguments)
    with tempfile.TemporaryDirectory(prefix="fake-gemini-") as folder:
        try:
            _serve(options, None if options.no_tls else options.certificate or Path(folder) / "ca.pem")
        except (ProfileError, ScriptError, RecordingError, OSError) as error:
            sys.stderr.write(f"error: {error}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
