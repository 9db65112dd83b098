"""A `gcloud` for the emulator: the few commands by which a person calls, finds and replaces a service.

`write_gcloud` puts an executable of that name into a folder; what it runs is this module.
"""

import argparse
import json
import os
import shlex
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from servers.arguments import Parser
from servers.cloudrun.emulator.identities import GCLOUD, PERSON
from servers.cloudrun.emulator.metadata import PROJECT as PROJECT_ID

PROJECT = Path(__file__).parents[3]
PROPERTIES = {"core/account": PERSON, "core/project": PROJECT_ID, "auth/impersonate_service_account": ""}
"""What `config get-value` knows, and what it says where nobody has set it otherwise."""


class GcloudError(Exception):
    """What gcloud would say after ERROR."""


def write_gcloud(folder: Path, address: str) -> str:
    """Writes the executable for the emulator at an address, and gives its path. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder.absolute() / "gcloud"
    command = shlex.join([sys.executable, "-m", "servers.cloudrun.emulator.gcloud", "--emulator", address])
    python_path = shlex.quote(str(PROJECT))
    path.write_text(f'#!/bin/sh\nPYTHONPATH={python_path} exec {command} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog="gcloud", description=__doc__, allow_abbrev=False)
    parser.add_argument("--emulator", required=True, help=argparse.SUPPRESS)
    groups = parser.add_subparsers(required=True, metavar="GROUP")
    auth = groups.add_parser("auth").add_subparsers(required=True, metavar="COMMAND")
    token = auth.add_parser("print-identity-token")
    token.add_argument("--audiences")
    token.add_argument("--impersonate-service-account", metavar="EMAIL")
    token.add_argument("--include-email", action="store_true", help="of impersonation; it is always there here")
    token.set_defaults(does=_print_identity_token)
    value = groups.add_parser("config").add_subparsers(required=True, metavar="COMMAND").add_parser("get-value")
    value.add_argument("property", metavar="SECTION/PROPERTY", choices=PROPERTIES)
    value.set_defaults(does=_get_value)
    services = groups.add_parser("run").add_subparsers(required=True).add_parser("services")
    commands = services.add_subparsers(required=True, metavar="COMMAND")
    describe = commands.add_parser("describe")
    describe.add_argument("name")
    describe.add_argument("--format", choices=("value(status.url)",), required=True)
    describe.set_defaults(does=_describe)
    replace = commands.add_parser("replace")
    replace.add_argument("file", help="a manifest, or - for stdin")
    replace.set_defaults(does=_replace)
    for command in (token, value, describe, replace):
        for name in ("--project", "--region", "--platform"):
            command.add_argument(name, help="there is only one here")
        command.add_argument("--quiet", "-q", action="store_true", help="nothing is ever asked here")
    return parser.parse_args(arguments)


def _get_value(options: argparse.Namespace) -> str:
    """A property comes from its variable, or is as somebody would find it who has just logged in."""
    value = os.environ.get(f"CLOUDSDK_{options.property.upper().replace('/', '_')}") or PROPERTIES[options.property]
    if not value:
        sys.stderr.write("(unset)\n")
    return value


def _print_identity_token(options: argparse.Namespace) -> str:
    """A person's token is for gcloud itself; one for an audience is had in the name of a service account.

    Raises GcloudError for what only a service account has.
    """
    account = options.impersonate_service_account
    if not account and (options.audiences or options.include_email):
        option, kind = ("audiences", "valid") if options.audiences else ("include-email", "an impersonate")
        raise GcloudError(
            f"(gcloud.auth.print-identity-token) Invalid account type for `--{option}`. "
            f"Requires {kind} service account."
        )
    email, audience = account or PERSON, options.audiences or GCLOUD
    query = urllib.parse.urlencode({"audience": audience, "format": "full"})
    path = f"/computeMetadata/v1/instance/service-accounts/{urllib.parse.quote(email)}/identity?{query}"
    return _ask(options.emulator, path)


def _describe(options: argparse.Namespace) -> str:
    for service in json.loads(_ask(options.emulator, "/emulator/services")):
        if service["name"] == options.name:
            return str(service["url"])
    raise GcloudError(f"(gcloud.run.services.describe) Cannot find service [{options.name}]")


def _replace(options: argparse.Namespace) -> str:
    try:
        text = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    except OSError as error:
        raise GcloudError(f"(gcloud.run.services.replace) {options.file}: {error.strerror}") from error
    services = json.loads(_ask(options.emulator, "/emulator/services", text))
    return "\n".join(f"Service [{service['name']}]: {service['url']}" for service in services)


def _ask(address: str, path: str, body: bytes | None = None) -> str:
    """Raises GcloudError for an answer that is none, and where nobody answers."""
    request = urllib.request.Request(f"http://{address}{path}", body, {"Metadata-Flavor": "Google"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request) as answer:
            text: str = answer.read().decode()
            return text
    except urllib.error.HTTPError as error:
        raise GcloudError(_reason(error.read().decode())) from error
    except OSError as error:
        raise GcloudError(f"the emulator at {address} does not answer: {error}; is it still running?") from error


def _reason(body: str) -> str:
    try:
        told: Any = json.loads(body)
    except ValueError:
        return body.strip()
    return str(told["error"])


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    try:
        sys.stdout.write(options.does(options) + "\n")
    except GcloudError as error:
        sys.stderr.write(f"ERROR: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
