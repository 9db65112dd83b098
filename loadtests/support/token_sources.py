"""Where an identity token comes from. Each takes the audience, gives the token's text, and raises NoToken.

- gcloud: what the Google Cloud CLI prints, for whoever is logged in there.
- adc: Application Default Credentials, as Google's own library finds them: a service account's key, or one that is
  impersonated, in GOOGLE_APPLICATION_CREDENTIALS, else the metadata server.
- metadata: the metadata server of the machine or container, without any library.
- token-file: a file that somebody else keeps up to date; it is read again whenever a token is due.

What these say when they fail may quote an answer with a token in it, so that only what is known to hold none is passed
on.
"""

import http.client
import logging
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from loadtests.support.id_token import NoToken

GCLOUD_SECONDS = 60.0
METADATA_SECONDS = 10.0
_METADATA_HOST = "metadata.google.internal"
_IDENTITY = "/computeMetadata/v1/instance/service-accounts/default/identity"
_FLAVOR = "Metadata-Flavor"
_NO_AUDIENCE = "invalid account type for `--audiences`"
"""What gcloud says, in either spelling, of a person's account: only a service account has tokens for an audience."""


def from_gcloud(audience: str) -> str:
    """A service account's token is asked for with the audience; a person's has none, and gcloud refuses to give it one.

    `print-identity-token` heeds impersonation only as an option, and would give the person's own token where it is set
    as a property; so the property is looked up and handed on. The address of the account is in the token only if asked
    for, as Google's library does too.
    """
    impersonated = _gcloud("config", "get-value", "auth/impersonate_service_account").stdout.strip()
    impersonation = (f"--impersonate-service-account={impersonated}", "--include-email") if impersonated else ()
    printed = _gcloud("auth", "print-identity-token", f"--audiences={audience}", *impersonation)
    if printed.returncode and _NO_AUDIENCE in printed.stderr.lower():
        printed = _gcloud("auth", "print-identity-token")
    if printed.returncode:
        raise NoToken(f"--auth gcloud: gcloud gives no token ({_complaint(printed.stderr)}): try `gcloud auth login`")
    return printed.stdout.strip()


def from_adc(audience: str) -> str:
    # Not at the top: it takes a fifth of a second, and is needed by nobody who has no use for it.
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
    from google.auth.transport.requests import Request
    from google.oauth2.id_token import fetch_id_token_credentials

    # What it tries is told to nobody but us: one line says what came of it.
    logging.getLogger("google.auth.compute_engine._metadata").setLevel(logging.ERROR)
    try:
        request = Request()
        # A token bound to a certificate is worthless to a plain WebSocket, which shows none.
        credentials = fetch_id_token_credentials(audience, request, bind_id_token=False)
        credentials.refresh(request)
    except DefaultCredentialsError as error:
        raise NoToken(
            f"--auth adc: no credentials of a service account ({_first_sentence(error)}; those of `gcloud auth "
            "application-default login` are a person's and give no token): set GOOGLE_APPLICATION_CREDENTIALS to the "
            "key file of one, or use --auth gcloud"
        ) from None
    except (GoogleAuthError, ValueError) as error:
        raise NoToken(
            f"--auth adc: the credentials give no token ({_first_sentence(error)}): are they still in force?"
        ) from None
    return str(credentials.token)


def from_metadata(audience: str) -> str:
    host = os.environ.get("GCE_METADATA_HOST") or _METADATA_HOST
    connection = http.client.HTTPConnection(host, timeout=METADATA_SECONDS)
    try:
        connection.request("GET", f"{_IDENTITY}?{urlencode({'audience': audience})}", headers={_FLAVOR: "Google"})
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise NoToken(
            f"--auth metadata: no metadata server answers at {host} ({_reason(error)}): there is one on Google Cloud "
            "only; elsewhere use --auth gcloud, adc or token-file"
        ) from None
    finally:
        connection.close()
    if answer.getheader(_FLAVOR) != "Google":
        raise NoToken(f"--auth metadata: what answers at {host} is no metadata server: unset GCE_METADATA_HOST?")
    if answer.status != http.HTTPStatus.OK:
        raise NoToken(
            f"--auth metadata: the metadata server at {host} says {answer.status} {answer.reason}: "
            "does this machine have a service account?"
        )
    return text.strip()


def from_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NoToken(
            f"--auth token-file: cannot read {path} ({error.strerror}): write a token into it, and nothing else"
        ) from None
    except UnicodeDecodeError:
        raise NoToken(f"--auth token-file: {path} holds no text: write a token into it, and nothing else") from None


def _gcloud(*arguments: str) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = ("gcloud", *arguments, "--quiet")
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=GCLOUD_SECONDS
        )
    except FileNotFoundError:
        raise NoToken(
            "--auth gcloud: there is no gcloud on the PATH: install the Google Cloud CLI, or use --auth adc, metadata "
            "or token-file"
        ) from None
    except OSError as error:
        raise NoToken(f"--auth gcloud: gcloud cannot be started ({error.strerror}): is it installed whole?") from None
    except subprocess.TimeoutExpired:
        raise NoToken(
            f"--auth gcloud: gcloud did not answer within {GCLOUD_SECONDS:g} s: try `gcloud auth print-identity-token`"
        ) from None


def _complaint(said: str) -> str:
    """The line that says what is wrong: gcloud begins it with ERROR."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    complaints = [line for line in lines if line.startswith("ERROR:")] or lines[-1:]
    return complaints[0].removeprefix("ERROR:").strip() if complaints else "it says nothing"


def _first_sentence(error: Exception) -> str:
    """Of what Google's library says, whose further arguments may be an answer with a token in it."""
    said = str(error.args[0]).strip() if error.args else ""
    return said.splitlines()[0].rstrip(".") if said else type(error).__name__


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__
