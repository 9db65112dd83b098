"""Clients whose network is gone from one moment to the next, over machines of their own: their sessions end soon, and
from another network they go on with their conversations."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from bench.fake import NOT_INHERITED
from tests.machines import Machines, machines
from tests.servers.conftest import APPS, TALKATIVE, write_profile
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.long]

HOME, OLD_NETWORK, NEW_NETWORK = range(3)
PORTS = {app: 8080 + index for index, app in enumerate(APPS)}


@dataclass
class Site:
    """The machines, with all chat servers on the first."""

    there: Machines

    def live_url(self, app: str) -> str:
        return f"ws://{self.there.address(HOME)}:{PORTS[app]}/live"

    def travel(self, machine: int, *words: str) -> dict[str, str | None]:
        process = self.there.start(machine, "-m", "tests.servers.traveller", *words)
        assert process.stdout and process.stderr
        line = process.stdout.readline()
        assert line, process.stderr.read()
        told: dict[str, str | None] = json.loads(line)
        return told

    def is_empty(self, app: str) -> bool:
        """Whether the server answers, and counts no session."""
        url = f"http://{self.there.address(HOME)}:{PORTS[app]}/metrics"
        asked = self.there.start(HOME, "-c", f"import urllib.request as r; print(r.urlopen('{url}').read().decode())")
        said, _ = asked.communicate(timeout=60)
        samples = [sample for family in parse(said) for sample in family.samples]
        return [sample.value for sample in samples if sample.name == "chat_sessions_open"] == [0]


def start(there: Machines, app: str, ready: Mapping[str, str], folder: Path) -> "subprocess.Popen[str]":
    environment = {
        **dict.fromkeys(NOT_INHERITED, ""),
        "GOOGLE_GEMINI_BASE_URL": ready["url"],
        "SSL_CERT_FILE": ready["certificate"],
        "NO_PROXY": "*",
    }
    where = ("--host", there.address(HOME), "--port", str(PORTS[app]))
    return there.start(HOME, "-m", "servers", app, *where, environment=environment, log=folder / f"{app}.log")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("vanished")
    profile = write_profile(TALKATIVE.replace("median = 15", "median = 40"), tmp_path_factory)
    with machines(3) as there:
        fake = there.start(HOME, "-m", "servers.fake_gemini", "--profile", str(profile))
        assert fake.stdout
        ready = json.loads(fake.stdout.readline())
        site = Site(there)
        for app in APPS:
            start(there, app, ready, folder)
        for app in APPS:
            wait_until(partial(site.is_empty, app), f"{app} answers")
        yield site


def test_clients_that_vanish_are_noticed_by_every_server_and_taken_up_from_elsewhere(site: Site) -> None:
    """Long before they have been silent for too long: of two, one waits for nothing and one is in mid-reply."""
    tokens = site.travel(OLD_NETWORK, "leave", *map(site.live_url, APPS))
    site.there.cut_off(OLD_NETWORK)
    assert tokens.keys() == set(map(site.live_url, APPS))
    for app in APPS:
        wait_until(partial(site.is_empty, app), f"{app} has noticed")
    words = [word for url, token in tokens.items() for word in (url, str(token))]
    told = site.travel(NEW_NETWORK, "return", *words)
    assert told == dict.fromkeys(tokens)
