"""The commands of the README, as they are written there, work against an emulator."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.support.id_token import IdToken
from loadtests.support.token_sources import from_gcloud
from servers.cloudrun.emulator.identities import ACCOUNT, GCLOUD, PERSON
from tests.servers.cloudrun.emulator.emulator_process import Emulator, container, emulator, manifest
from tests.waiting import DEADLINE_SECONDS


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("gcloud")
    with emulator(folder, [manifest()], "--gcloud", str(folder / "bin")) as running:
        yield running


def sh(running: Emulator, command: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """A line of shell in which `gcloud` is the emulator's."""
    path = f"{Path(running.ready['gcloud']).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    return subprocess.run(
        command, shell=True, capture_output=True, text=True, env=environment, cwd=folder, timeout=DEADLINE_SECONDS
    )


def test_address_of_a_service_is_told(running: Emulator) -> None:
    done = sh(running, "gcloud run services describe echo --region=europe-west1 --format='value(status.url)'")
    assert (done.returncode, done.stdout) == (0, running.url + "\n")


@pytest.mark.parametrize(
    "command",
    [
        "gcloud auth print-identity-token",
        f"gcloud auth print-identity-token --audiences {{url}} --impersonate-service-account={ACCOUNT}",
        f"gcloud auth print-identity-token --audiences {{url}} --impersonate-service-account={ACCOUNT} --include-email",
    ],
)
def test_token_lets_one_in(running: Emulator, command: str) -> None:
    token = sh(running, command.format(url=running.url)).stdout.strip()
    assert running.get("/", {"Authorization": f"Bearer {token}"}).status == 200


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--audiences={url}", "Invalid account type for `--audiences`. Requires valid service account."),
        ("--include-email", "Invalid account type for `--include-email`. Requires an impersonate service account."),
    ],
)
def test_person_has_no_token_for_an_audience_of_choice(running: Emulator, options: str, complaint: str) -> None:
    done = sh(running, f"gcloud auth print-identity-token {options.format(url=running.url)}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"ERROR: (gcloud.auth.print-identity-token) {complaint}\n"


def test_properties_are_told_as_somebody_would_find_them_who_has_just_logged_in(running: Emulator) -> None:
    assert sh(running, "gcloud config get-value core/account").stdout == f"{PERSON}\n"
    unset = sh(running, "gcloud config get-value auth/impersonate_service_account --quiet")
    assert (unset.returncode, unset.stdout.strip(), unset.stderr) == (0, "", "(unset)\n")
    variable = f"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT={ACCOUNT}"
    assert sh(running, f"{variable} gcloud config get-value auth/impersonate_service_account").stdout == f"{ACCOUNT}\n"


@pytest.mark.parametrize("impersonated", ["", ACCOUNT])
def test_load_is_let_in_as_whom_gcloud_says(
    running: Emulator, impersonated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(running.ready['gcloud']).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", impersonated)
    token = IdToken.of(from_gcloud(running.url))
    assert token.audiences == ((running.url,) if impersonated else (GCLOUD,))
    assert running.get("/", {"Authorization": f"Bearer {token.text}"}).status == 200


def test_service_is_replaced(running: Emulator, tmp_path: Path) -> None:
    (tmp_path / "echo.yaml").write_text(json.dumps(manifest(container("second"))))
    done = sh(running, "gcloud run services replace echo.yaml --project=mine --quiet", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert running.url in done.stdout
    assert running.get("/told").told["argv"] == ["second"]
    assert sh(running, "gcloud run services replace - < echo.yaml", tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("command", "code", "complaint"),
    [
        ("gcloud run services describe nobody --format='value(status.url)'", 1, "Cannot find service [nobody]"),
        ("gcloud run services replace nowhere.yaml", 1, "nowhere.yaml: No such file or directory"),
        ("echo '{' | gcloud run services replace -", 1, "the manifest is not YAML"),
        ("gcloud projects list", 2, "invalid choice: 'projects'"),
    ],
)
def test_mistake_is_told_in_one_line(running: Emulator, command: str, code: int, complaint: str) -> None:
    done = sh(running, command)
    assert (done.returncode, done.stdout) == (code, "")
    assert complaint in done.stderr and done.stderr.count("\n") == 1


def test_emulator_that_is_gone_is_told(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest()], "--gcloud", str(tmp_path / "bin")) as gone:
        pass
    done = sh(gone, "gcloud auth print-identity-token")
    assert done.returncode == 1 and "does not answer" in done.stderr
