"""Ports, connections, and when the kernel says that they brought something. Pure."""

from collections.abc import Mapping

from bench.doctor.judgement import Judgement, fine, for_people, not_known, spoils_some
from bench.doctor.machine import Machine
from servers.deployments import DEPLOYMENTS, Deployment

LOCUST_PAGE = 8089
PORTS: Mapping[int, str] = {
    8080: "the first server of `serve`",
    8081: "the second server of `make demo`",
    LOCUST_PAGE: "Locust's web page",
}
"""What uses them unless it is told otherwise. A measurement takes ports that are free."""
WIDE_RANGE = "15000 65000"


def ports(machine: Machine) -> Judgement:
    taken = machine.ports_taken
    if not taken:
        return fine(f"{', '.join(map(str, PORTS))} are free")
    found = ", ".join(f"{port.port} taken" + (f" by {port.owner}" if port.owner else "") for port in taken)
    users = " and ".join(PORTS[port.port] for port in taken)
    elsewhere = (
        f"locust -f loadtests/latency.py --web-port {machine.spare_port}"
        if all(port.port == LOCUST_PAGE for port in taken)
        else f"live-bench serve quart --port {machine.spare_port}"
    )
    return spoils_some(found, f"{users} cannot start there; measurements take other ports", elsewhere)


def ephemeral_ports(machine: Machine) -> Judgement:
    """Each session takes one towards the server and one towards Gemini; the same number serves both."""
    if machine.ephemeral_ports is None:
        return not_known("this system does not tell")
    waiting = machine.ports_waiting or 0
    widen = f'sudo sysctl -w net.ipv4.ip_local_port_range="{WIDE_RANGE}"'
    return for_people(
        machine.ephemeral_ports - waiting,
        machine,
        f"{machine.ephemeral_ports:,}, of which {waiting:,} are not yet free again",
        "connections fail for want of a port",
        "sleep 60  # until they are free again" if waiting > machine.ephemeral_ports / 2 else widen,
    )


def backlog(machine: Machine) -> Judgement:
    """The kernel cuts what a server asks for to its own limit."""
    wanted = max(_backlog(deployment) for deployment in DEPLOYMENTS.values())
    if machine.backlog is None:
        return not_known("this system does not tell")
    if machine.backlog >= wanted:
        return fine(f"{machine.backlog:,}")
    return spoils_some(
        f"{machine.backlog:,}, and our servers ask for {wanted:,}",
        "of many who connect at once, those beyond it try again a second later",
        "sudo sysctl -w net.core.somaxconn=4096",
    )


def kernel_stamps(machine: Machine) -> Judgement:
    if machine.kernel_stamps:
        return fine("arrive")
    linux = machine.system == "Linux"
    return spoils_some(
        "none arrived with bytes over loopback" if linux else f"not used on {machine.system}",
        "chunks are stamped when the load comes to read them, so its lateness stands in every latency",
        "docker run --runtime=runc ...  # or a virtual machine, instead of gVisor" if linux else "measure on Linux",
    )


def _backlog(deployment: Deployment) -> int:
    command = deployment.command
    return int(command[command.index("--backlog") + 1]) if "--backlog" in command else 0
