"""Each source against the real thing played by a process, a server or a file."""

import json
import os
import socket
import subprocess
import sys
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from loadtests.support import token_sources
from loadtests.support.id_token import NoToken
from loadtests.support.token_sources import from_file, from_gcloud, from_metadata
from tests.answering import Asked, Told, answering, metadata_server
from tests.id_tokens import OF_A_PERSON, fake_gcloud, token
from tests.loadtests.locust_run import ROOT

SERVICE = "https://chat.example"


def on_the_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_person_gets_the_token_that_names_no_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = token(OF_A_PERSON)
    folder, asked = fake_gcloud(tmp_path / "bin", person=printed)
    on_the_path(folder, monkeypatch)
    assert from_gcloud(SERVICE) == printed
    assert asked.read_text().splitlines()[1:] == [
        f"auth print-identity-token --audiences={SERVICE} --quiet",
        "auth print-identity-token --quiet",
    ]


def test_a_service_account_gets_one_for_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = token(SERVICE)
    folder, asked = fake_gcloud(tmp_path / "bin", service=printed + "\n")
    on_the_path(folder, monkeypatch)
    assert from_gcloud(SERVICE) == printed
    assert asked.read_text().splitlines()[1:] == [f"auth print-identity-token --audiences={SERVICE} --quiet"]


def test_impersonation_that_is_set_is_told_to_gcloud_which_would_not_heed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = token(SERVICE)
    folder, asked = fake_gcloud(tmp_path / "bin", service=printed, impersonates="load@p.iam.example")
    on_the_path(folder, monkeypatch)
    assert from_gcloud(SERVICE) == printed
    assert asked.read_text().splitlines()[1] == (
        f"auth print-identity-token --audiences={SERVICE} --impersonate-service-account=load@p.iam.example "
        "--include-email --quiet"
    )


def test_what_gcloud_complains_of_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "WARNING: old\nERROR: (gcloud.auth.print-identity-token) You are not logged in.\nPlease run:\n\n  $ gcloud"
    folder, _ = fake_gcloud(tmp_path / "bin", fails=said)
    on_the_path(folder, monkeypatch)
    with pytest.raises(NoToken) as refused:
        from_gcloud(SERVICE)
    assert str(refused.value) == (
        "--auth gcloud: gcloud gives no token ((gcloud.auth.print-identity-token) You are not logged in.): "
        "try `gcloud auth login`"
    )


def test_a_machine_without_gcloud_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoToken, match="there is no gcloud on the PATH: install the Google Cloud CLI, or use --auth"):
        from_gcloud(SERVICE)


def test_a_gcloud_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gcloud").write_text("#!/bin/sh\nexec sleep 600\n")
    (tmp_path / "gcloud").chmod(0o755)
    on_the_path(tmp_path, monkeypatch)
    monkeypatch.setattr(token_sources, "GCLOUD_SECONDS", 0.2)
    with pytest.raises(NoToken, match=r"gcloud did not answer within 0\.2 s"):
        from_gcloud(SERVICE)


def test_the_metadata_server_is_asked_for_the_audience(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = token(SERVICE)
    with answering(metadata_server(lambda audience: printed)) as server:
        monkeypatch.setenv("GCE_METADATA_HOST", server.host)
        assert from_metadata(SERVICE) == printed
    assert server.asked[0].path == (
        "/computeMetadata/v1/instance/service-accounts/default/identity?audience=https%3A%2F%2Fchat.example"
    )


def test_a_machine_without_a_service_account_says_what_the_metadata_server_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with answering(Told(404, "", {"Metadata-Flavor": "Google"})) as server:
        monkeypatch.setenv("GCE_METADATA_HOST", server.host)
        with pytest.raises(NoToken, match=f"at {server.host} says 404 Not Found: does this machine have a service"):
            from_metadata(SERVICE)


def test_what_only_looks_like_a_metadata_server_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(Told(200, token(SERVICE))) as server:
        monkeypatch.setenv("GCE_METADATA_HOST", server.host)
        with pytest.raises(NoToken, match="is no metadata server"):
            from_metadata(SERVICE)


def test_a_machine_elsewhere_has_no_metadata_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        host = f"127.0.0.1:{closing.getsockname()[1]}"
    monkeypatch.setenv("GCE_METADATA_HOST", host)
    with pytest.raises(NoToken, match=rf"no metadata server answers at {host} \(Connection refused\)"):
        from_metadata(SERVICE)


def test_a_file_is_read_anew_every_time(tmp_path: Path) -> None:
    path = tmp_path / "token"
    for text in ("one", "other"):
        path.write_text(f"\n{text}\n")
        assert from_file(path) == text


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(NoToken, match=r"cannot read .*/token \(No such file or directory\)"):
        from_file(tmp_path / "token")
    (tmp_path / "token").write_bytes(b"\xff\xfe")
    with pytest.raises(NoToken, match="holds no text"):
        from_file(tmp_path / "token")


def by_default_credentials(before: str = "", **environment: str) -> tuple[str, str]:
    """What --auth adc gives, or the reason why not, in a process of its own: Google's library reads the environment
    when it is imported. Anything that it says by itself comes along; `before` is run first."""
    code = (
        f"{before}\n"
        "import sys\n"
        "from loadtests.support.id_token import NoToken\n"
        "from loadtests.support.token_sources import from_adc\n"
        "try: sys.stdout.write(from_adc(sys.argv[1]))\n"
        "except NoToken as reason: sys.stdout.write(str(reason))\n"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE_", "GCE_"))}
    done = subprocess.run(
        [sys.executable, "-c", code, SERVICE],
        cwd=ROOT,
        env={**clean, "GCE_METADATA_TIMEOUT": "1", "GCE_METADATA_DETECT_RETRIES": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout, done.stderr


def key_file(folder: Path, token_uri: str) -> Path:
    """Of a service account, whose tokens are given out at an address."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = folder / "key.json"
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "client_email": "load@p.iam.example",
                "private_key_id": "1",
                "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
                "token_uri": token_uri,
            }
        )
    )
    return path


def test_a_service_accounts_key_is_turned_into_a_token(tmp_path: Path) -> None:
    printed = token(SERVICE)
    with answering(Told(200, json.dumps({"id_token": printed}), {"Content-Type": "application/json"})) as server:
        path = key_file(tmp_path, f"{server.http_url}/token")
        assert by_default_credentials(GOOGLE_APPLICATION_CREDENTIALS=str(path)) == (printed, "")
    asserted = server.asked[0].body.split("assertion=")[1].split("&")[0].split(".")[1]
    assert json.loads(urlsafe_b64decode(asserted + "=="))["target_audience"] == SERVICE


def test_what_the_token_service_answers_is_not_repeated(tmp_path: Path) -> None:
    answer = Told(200, json.dumps({"access_token": "secret"}), {"Content-Type": "application/json"})
    with answering(answer) as server:
        path = key_file(tmp_path, f"{server.http_url}/token")
        said, beside = by_default_credentials(GOOGLE_APPLICATION_CREDENTIALS=str(path))
    assert said == "--auth adc: the credentials give no token (No ID token in response): are they still in force?"
    assert beside == ""


def test_default_credentials_come_from_the_metadata_server_where_there_is_one() -> None:
    printed = token(SERVICE)
    with answering(metadata_server(lambda audience: printed)) as server:
        found = by_default_credentials(GCE_METADATA_HOST=server.host, GCE_METADATA_IP=server.host)
    assert found == (printed, "")


def test_the_most_talkative_log_has_no_token(tmp_path: Path) -> None:
    printed = token(SERVICE, signature="planted-and-looked-for")
    answer = Told(200, json.dumps({"id_token": printed}), {"Content-Type": "application/json"})
    with answering(answer) as server:
        said, beside = by_default_credentials(
            "import logging; logging.basicConfig(level=logging.DEBUG)",
            GOOGLE_APPLICATION_CREDENTIALS=str(key_file(tmp_path, server.http_url)),
            GOOGLE_SDK_PYTHON_LOGGING_SCOPE="google",
        )
    assert said == printed and "DEBUG" in beside
    assert "planted-and-looked-for" not in beside


def test_a_persons_default_credentials_give_no_token_and_that_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "application_default_credentials.json"
    path.write_text(
        json.dumps({"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"})
    )

    def nobody(asked: Asked) -> Told:
        return Told(404)

    with answering(nobody) as server:
        said, beside = by_default_credentials(
            GOOGLE_APPLICATION_CREDENTIALS=str(path), GCE_METADATA_HOST=server.host, GCE_METADATA_IP=server.host
        )
    assert said.startswith("--auth adc: no credentials of a service account (Neither metadata server")
    assert said.endswith("key file of one, or use --auth gcloud") and "\n" not in said
    assert beside == ""


def test_default_credentials_that_are_not_there_are_named(tmp_path: Path) -> None:
    said, _ = by_default_credentials(GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "key.json"))
    assert "GOOGLE_APPLICATION_CREDENTIALS path is either not found or invalid" in said
