"""`python -m servers NAME --port PORT`: becomes the named deployment, with its settings checked beforehand."""

import argparse
import os
import socket
import sys

from servers.deployments import DEPLOYMENTS
from servers.settings import SettingsError, read_settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m servers", description="Serve one of the chat servers.")
    parser.add_argument("name", choices=sorted(DEPLOYMENTS), help="which deployment")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=int(os.environ.get("PORT", "8080")), help="port (default: $PORT or 8080)"
    )
    options = parser.parse_args()
    try:
        read_settings(os.environ)
        _check_free(options.host, options.port)
    except SettingsError as error:
        sys.exit(_complaint(str(error)))
    except OSError as error:
        sys.exit(_complaint(f"cannot listen on {options.host}:{options.port}: {error.strerror}; choose another --port"))
    command = DEPLOYMENTS[options.name].command_line(options.host, options.port)
    os.execv(command[0], command)


def _check_free(host: str, port: int) -> None:
    with socket.create_server((host, port)):
        pass


def _complaint(message: str) -> int:
    sys.stderr.write(f"error: {message}\n")
    return 2


if __name__ == "__main__":
    main()
