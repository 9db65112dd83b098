"""Both chat servers as they are deployed with the fake beside them, and what to type to measure them.

`python -m servers.cloudrun.emulator.demo`, with further options of the emulator's if need be; `--public` lets a browser
in, which has no token to show.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from servers.cloudrun.emulator.containers import PROJECT, StartFailed
from servers.cloudrun.emulator.options import parse
from servers.cloudrun.emulator.running import Ready, run
from servers.errors import SettingsError

MANIFESTS = tuple(PROJECT / "servers" / "cloudrun" / f"{name}-with-fake.yaml" for name in ("quart", "flask"))


def told(ready: Ready, *, public: bool) -> str:
    """What to do with what runs."""
    targets = " ".join(f"--target {name.removeprefix('live-')}={url}" for name, url in ready.services.items())
    browser = (
        "Everybody gets in: open an address in a browser, and let it trust the certificate this once."
        if public
        else "Only who shows a token gets in, and a browser has none: for the page, make demo-cloudrun OPTIONS=--public"
    )
    lines = [
        *(f"{name}: {url}" for name, url in ready.services.items()),
        "",
        "In another shell:",
        "",
        f"  export SSL_CERT_FILE={ready.certificate}",
        f"  export GCE_METADATA_HOST={ready.metadata} GCE_METADATA_IP={ready.metadata}",
        f'  export PATH="{Path(ready.gcloud).parent}:$PATH"  # its gcloud speaks to these services',
        f"  live-bench run {targets} --auth {'none' if public else 'metadata'}",
        *(() if public else (f"  live-bench run {targets} --auth gcloud  # as a person who is logged in there",)),
        "",
        browser,
        "What happens to instances is told below, a line of JSON each. Ctrl-C ends everything.",
        "",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] = ()) -> int:
    """Emulate until told to stop. Returns the exit code."""
    options = parse([*map(str, MANIFESTS), *arguments])

    def say(ready: Ready) -> None:
        sys.stdout.write(told(ready, public=options.public))
        sys.stdout.flush()

    try:
        run(options, say)
    except (SettingsError, StartFailed, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
