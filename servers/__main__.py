"""`python -m servers NAME --port PORT`: becomes the named deployment, with its settings checked beforehand."""

import argparse
import os
import socket
from pathlib import Path
from typing import NoReturn

from servers.deployments import DEPLOYMENTS
from servers.errors import SettingsError
from servers.settings import read_settings


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """A mistake of the user's, in one line and without the usage."""
        self.exit(2, f"error: {message}\n")


def main() -> None:
    parser = _Parser(prog="python -m servers", description="Serve one of the chat servers.")
    parser.add_argument("name", choices=sorted(DEPLOYMENTS), help="which deployment")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=os.environ.get("PORT") or "8080", help="port (default: $PORT or 8080)"
    )
    options = parser.parse_args()
    try:
        read_settings(os.environ)
        _check_certificates(os.environ.get("SSL_CERT_FILE"))
        _check_free(options.host, options.port)
    except SettingsError as error:
        parser.error(str(error))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        parser.error(f"cannot listen on {options.host}:{options.port}: {reason}; choose another --port or --host")
    command = DEPLOYMENTS[options.name].command_line(options.host, options.port)
    os.execv(command[0], command)


def _check_certificates(path: str | None) -> None:
    if path and not Path(path).is_file():
        raise SettingsError(f"SSL_CERT_FILE names {path}, which is no file: name one with certificates, or unset it")


def _check_free(host: str, port: int) -> None:
    with socket.create_server((host, port)):
        pass


if __name__ == "__main__":
    main()
