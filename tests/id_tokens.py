"""Identity tokens made up for tests: right in form, for whom and until when one likes, and signed by nobody."""

import json
import time
from base64 import urlsafe_b64encode
from pathlib import Path

HOUR_SECONDS = 3600.0
OF_A_PERSON = "32555940559.apps.googleusercontent.com"
"""What gcloud puts into a person's token in place of a service."""


def token(audience: object, ends_at: object = None, signature: str = "c2lnbmVkLWJ5LW5vYm9keQ") -> str:
    """One for an audience, until a moment in Unix seconds (in an hour, unless told otherwise)."""
    ends_at = int(time.time() + HOUR_SECONDS) if ends_at is None else ends_at
    claims = {"iss": "https://accounts.google.com", "aud": audience, "exp": ends_at, "email": "load@example.com"}
    return ".".join([_encoded({"alg": "RS256", "typ": "JWT"}), _encoded(claims), signature])


def fake_gcloud(
    folder: Path, *, person: str = "", service: str = "", impersonates: str = "", fails: str = ""
) -> tuple[Path, Path]:
    """A `gcloud` for the PATH, and the file in which it notes what it was asked, a line each.

    It prints the `service` account's token, or refuses to where there is only a `person`'s, and so for a person; the
    tokens are in files beside it. With `fails` it says that and ends with 1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "person").write_text(person)
    (folder / "service").write_text(service)
    (folder / "impersonates").write_text(impersonates)
    (folder / "fails").write_text(fails)
    script = folder / "gcloud"
    script.write_text(_GCLOUD.format(folder=folder))
    script.chmod(0o755)
    return folder, folder / "asked"


_GCLOUD = r"""#!/bin/sh
cd "{folder}" || exit 9
echo "$*" >> asked
case "$*" in
  "config get-value"*) test -s impersonates || echo "(unset)" >&2; cat impersonates; exit 0 ;;
esac
if [ -s fails ]; then cat fails >&2; exit 1; fi
case "$*" in
  *--audiences=*)
    if [ ! -s service ]; then
      echo 'ERROR: (gcloud.auth.print-identity-token) Invalid account type for `--audiences`.' \
        'Requires valid service account.' >&2
      exit 1
    fi
    cat service ;;
  *) cat person ;;
esac
"""


def _encoded(part: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
