"""The command line: start services and say, in one line of JSON on stdout, where they and all else can be reached.

    {"services": {"live-quart": "https://127.0.0.1:PORT"}, "certificate": "/path/to/ca.pem",
     "metadata": "127.0.0.1:PORT", "gcloud": "/path/to/gcloud"}

A client needs SSL_CERT_FILE=`certificate`, and GCE_METADATA_HOST and GCE_METADATA_IP=`metadata` to get ID tokens. What
happens to instances is told on stderr, a line of JSON each. Ends on SIGTERM or SIGINT with exit code 0; exit code 2
means that an option, a manifest or a container is at fault, with one line on stderr that begins with `error:`.
"""

import json
import sys

from servers.cloudrun.emulator.containers import StartFailed
from servers.cloudrun.emulator.options import parse
from servers.cloudrun.emulator.running import Ready, run
from servers.errors import SettingsError


def _say(ready: Ready) -> None:
    sys.stdout.write(json.dumps(ready.as_json()) + "\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Emulate until told to stop. Returns the exit code."""
    try:
        run(parse(arguments), _say)
    except (SettingsError, StartFailed, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
