"""The metadata server as google-auth sees it, and as the platform documents it."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.cloudrun.emulator.identities import ACCOUNT
from tests.servers.cloudrun.emulator.emulator_process import Emulator, emulator, manifest
from tests.waiting import DEADLINE_SECONDS

# In a process of its own: google-auth reads the address when it is imported.
FETCH = """
import sys
from google.auth.transport.requests import Request
from google.oauth2.id_token import fetch_id_token
print(fetch_id_token(Request(), sys.argv[1], bind_id_token=False))
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(tmp_path_factory.mktemp("metadata"), [manifest()]) as running:
        yield running


def status_of(running: Emulator, path: str, headers: dict[str, str]) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(
            urllib.request.Request(f"http://{running.ready['metadata']}{path}", headers=headers)
        ) as answer:
            assert answer.headers["Metadata-Flavor"] == "Google"
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code


def test_google_s_own_client_finds_it_and_gets_a_token_that_lets_it_in(running: Emulator) -> None:
    environment = dict.fromkeys(("GCE_METADATA_HOST", "GCE_METADATA_IP"), running.ready["metadata"])
    fetched = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FETCH, running.url],
        capture_output=True,
        text=True,
        env={"PATH": str(Path(sys.executable).parent), "NO_PROXY": "127.0.0.1", **environment},
        timeout=DEADLINE_SECONDS,
    )
    assert fetched.returncode == 0, fetched.stderr
    assert running.get("/", {"Authorization": f"Bearer {fetched.stdout.strip()}"}).status == 200


def test_it_says_who_and_where_one_is(running: Emulator) -> None:
    root = "/computeMetadata/v1"
    assert running.ask(f"{root}/instance/service-accounts/default/email") == ACCOUNT
    assert json.loads(running.ask(f"{root}/instance/service-accounts/default/?recursive=true"))["email"] == ACCOUNT
    assert running.ask(f"{root}/project/project-id") == "emulated-project"
    assert running.ask(f"{root}/instance/region").endswith("/regions/emulated-region1")
    assert len(running.ask(f"{root}/instance/id")) == 16


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 200),
        ("/computeMetadata/v1/instance/id", {}, 403),
        ("/computeMetadata/v1/instance/id", {"Metadata-Flavor": "Google"}, 200),
        ("/computeMetadata/v1/instance/id", {"Metadata-Flavor": "Google", "X-Forwarded-For": "192.0.2.7"}, 403),
        ("/computeMetadata/v1/instance/service-accounts/default/identity", {"Metadata-Flavor": "Google"}, 400),
        ("/computeMetadata/v1/instance/service-accounts/default/token", {"Metadata-Flavor": "Google"}, 404),
        ("/computeMetadata/v1/instance/nothing", {"Metadata-Flavor": "Google"}, 404),
        ("/elsewhere", {"Metadata-Flavor": "Google"}, 404),
        ("/emulator/nothing", {}, 404),
    ],
)
def test_who_does_not_ask_properly_is_told_so(
    running: Emulator, path: str, headers: dict[str, str], status: int
) -> None:
    assert status_of(running, path, headers) == status
