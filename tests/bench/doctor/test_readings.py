import json
import os
import socket
from dataclasses import asdict

import pytest

from bench.doctor import readings
from bench.doctor.readings import read_machine


@pytest.fixture(scope="module")
def here():
    return read_machine()


def test_this_machine_can_be_read(here):
    assert here.usable_cores >= 1
    assert here.memory_available_bytes > 0
    assert 0 < here.clock_read_seconds < 1
    assert 0 < here.loads.smallest <= here.loads.largest
    assert here.descriptors_hard is None or here.descriptors_hard > 0


def test_all_of_it_can_be_written_down(here):
    assert json.dumps({**asdict(here), "governors": sorted(here.governors)})


def test_port_at_which_somebody_listens_is_taken_and_by_whom():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        (taken,) = readings._taken([port])
    assert taken.port == port
    assert taken.owner is None or taken.owner.endswith(f" {os.getpid()}")
    assert readings._taken([port]) == ()


@pytest.mark.parametrize(
    ("files", "turbo"),
    [
        ({}, None),
        ({"intel_pstate/no_turbo": "0"}, True),
        ({"intel_pstate/no_turbo": "1", "cpufreq/boost": "1"}, False),
        ({"cpufreq/boost": "1"}, True),
        ({"cpufreq/boost": "0"}, False),
        ({"cpufreq/boost": "?"}, None),
    ],
)
def test_turbo_is_read_by_either_switch(monkeypatch, tmp_path, files, turbo):
    monkeypatch.setattr(readings, "TOPOLOGY", tmp_path)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    assert readings._turbo() is turbo


def test_governors_of_the_usable_cores_are_read(monkeypatch, tmp_path):
    monkeypatch.setattr(readings, "TOPOLOGY", tmp_path)
    for core, governor in ((0, "powersave"), (1, "performance"), (2, "ondemand")):
        folder = tmp_path / f"cpu{core}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_governor").write_text(f"{governor}\n")
    assert readings._governors({0, 1, 7}) == {"powersave", "performance"}


def test_network_counters_are_read_as_the_kernel_writes_them():
    sockstat = "sockets: used 97\nTCP: inuse 5 orphan 0 tw 312 alloc 7 mem 0\nUDP: inuse 1 mem 0"
    assert readings._waiting(sockstat) == 312
    assert readings._waiting(None) is None
    assert readings._ephemeral_ports("32768\t60999") == 28_232
    assert readings._ephemeral_ports(None) is None
