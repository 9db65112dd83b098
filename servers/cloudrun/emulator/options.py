"""The command line of the emulator."""

import argparse
import math
from pathlib import Path

from servers.arguments import Parser, port
from servers.cloudrun.emulator.identities import ACCOUNT, PERSON
from servers.cloudrun.emulator.platform import Platform
from servers.cloudrun.emulator.tokens import LIFETIME_SECONDS

EPILOGUE = "Ends on Ctrl-C or SIGTERM, as do all containers; a second one does not wait for them."


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m servers.cloudrun.emulator",
        description="Run services of Knative manifests on this machine, behind what Cloud Run has in front of them.",
        epilog=EPILOGUE,
    )
    parser.add_argument("manifests", nargs="+", type=Path, metavar="MANIFEST", help="a service, as YAML")
    parser.add_argument(
        "--port",
        type=port,
        default=0,
        help="of the first service, the others get the next ones (default: any free)",
    )
    parser.add_argument("--metadata-port", type=port, default=0, help="of the metadata server (default: any free one)")
    parser.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="where to write the authority to trust, as PEM (default: a temporary file, removed at exit)",
    )
    parser.add_argument(
        "--gcloud",
        type=Path,
        metavar="DIR",
        help="where to write a `gcloud` that speaks to this emulator, to be put first in PATH (default: a temporary "
        "folder, removed at exit)",
    )
    parser.add_argument("--public", action="store_true", help="let everybody in, whatever the manifests say")
    _add_identities(parser)
    _add_patience(parser)
    return parser.parse_args(arguments)


def _add_identities(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--account",
        default=ACCOUNT,
        metavar="EMAIL",
        help="whom the metadata server gives tokens to (default: %(default)s)",
    )
    parser.add_argument(
        "--invoker",
        action="append",
        metavar="EMAIL",
        help=f"who may call the services; can be given again (default: {ACCOUNT} and {PERSON})",
    )
    parser.add_argument(
        "--token-lifetime",
        type=_seconds,
        default=LIFETIME_SECONDS,
        metavar="SECONDS",
        help="how long a token is good for (default: %(default)g)",
    )


def _add_patience(parser: argparse.ArgumentParser) -> None:
    for name, value, what in (
        ("--timeout", Platform.timeout_seconds, "cut requests after so long, where their service allows more"),
        ("--pending", Platform.pending_seconds, "how long a request waits for room before it is told 429"),
        ("--idle", Platform.idle_seconds, "how long an instance that is not needed is kept"),
        ("--grace", Platform.grace_seconds, "from SIGTERM to SIGKILL"),
    ):
        parser.add_argument(
            name, type=_seconds, default=value, metavar="SECONDS", help=f"{what} (default: %(default)g)"
        )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0.0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above zero")
    return seconds
