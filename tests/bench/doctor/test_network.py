import pytest
from made_up_machine import machine

from bench.doctor import network
from bench.doctor.machine import TakenPort


@pytest.mark.parametrize(
    ("judge", "changes", "found"),
    [
        (network.ports, {}, "8080, 8081, 8089 are free"),
        (network.ephemeral_ports, {}, "28,232, of which 10 are not yet free again"),
        (network.ephemeral_ports, {"ports_waiting": None}, "28,232, of which 0 are not yet free again"),
        (network.backlog, {"backlog": 1024}, "1,024"),
        (network.kernel_stamps, {}, "arrive"),
    ],
)
def test_what_spoils_nothing_is_fine(judge, changes, found):
    said = judge(machine(**changes))
    assert (said.verdict, said.found, said.mend) == ("fine", found, "")


@pytest.mark.parametrize(
    ("judge", "changes", "verdict", "found", "mend"),
    [
        (
            *(network.ports, {"ports_taken": (TakenPort(8080, "nginx 7"),)}, "spoils some", "8080 taken by nginx 7"),
            "live-bench serve quart --port 54321",
        ),
        (
            *(network.ports, {"ports_taken": (TakenPort(8089, None),)}, "spoils some", "8089 taken"),
            "locust -f loadtests/latency.py --web-port 54321",
        ),
        (
            *(network.ephemeral_ports, {"ephemeral_ports": 1000}, "spoils some", "1,000, of which 10 are not"),
            'sudo sysctl -w net.ipv4.ip_local_port_range="15000 65000"',
        ),
        (
            *(network.ephemeral_ports, {"ports_waiting": 28_200}, "spoils all", "28,232, of which 28,200 are not"),
            "sleep 60",
        ),
        (
            *(network.backlog, {"backlog": 128}, "spoils some", "128, and our servers ask for 1,024"),
            "sudo sysctl -w net.core.somaxconn=4096",
        ),
        (network.kernel_stamps, {"kernel_stamps": False}, "spoils some", "none arrived", "--runtime=runc"),
        (
            *(network.kernel_stamps, {"kernel_stamps": False, "system": "Darwin"}, "spoils some"),
            *("not used on Darwin", "measure on Linux"),
        ),
    ],
)
def test_what_spoils_something_is_told_with_its_number_and_what_mends_it(judge, changes, verdict, found, mend):
    said = judge(machine(**changes))
    assert said.verdict == verdict
    assert said.found.startswith(found)
    assert mend in said.mend
    assert said.effect


@pytest.mark.parametrize(
    ("judge", "changes"),
    [(network.ephemeral_ports, {"ephemeral_ports": None}), (network.backlog, {"backlog": None})],
)
def test_what_the_system_does_not_tell_is_not_fine(judge, changes):
    assert judge(machine(**changes)).verdict == "not known"


def test_ports_of_both_pages_are_told_together():
    said = network.ports(machine(ports_taken=(TakenPort(8081, "nginx 7"), TakenPort(8089, "java 9"))))
    assert said.found == "8081 taken by nginx 7, 8089 taken by java 9"
    assert said.effect.startswith("the second server of `make demo` and Locust's web page cannot start there")
