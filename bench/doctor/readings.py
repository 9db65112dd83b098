"""All readings of this machine, taken in one place. Nothing is changed by it."""

import contextlib
import errno
import os
import platform
import resource
import socket
import time
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from bench.chat_server import free_port
from bench.cores import TOPOLOGY, read_siblings, usable_cores
from bench.doctor.leftovers import find_leftovers
from bench.doctor.machine import Loads, Machine, TakenPort
from bench.doctor.network import PORTS
from bench.doctor.quota import quota_cores
from bench.doctor.second import watch
from bench.doctor.stamps import kernel_stamps_arrive
from bench.profile import load_profile, profile_names

PROC = Path("/proc")
CLOCK_SOURCES = Path("/sys/devices/system/clocksource/clocksource0")
CLOCK_BATCHES, CLOCK_READINGS = 10, 1000


def read_machine() -> Machine:
    """Takes some two seconds, one of which it only looks on. Raises BenchError for a profile that cannot be read."""
    cores = usable_cores()
    return Machine(
        system=platform.system(),
        loads=_loads(),
        **_descriptors(),
        **_cores(cores),
        load_average=os.getloadavg()[0],
        second=watch(cores),
        **_memory(),
        **_clock(),
        **_network(),
        kernel_stamps=kernel_stamps_arrive(),
        leftovers=tuple(find_leftovers()),
    )


def _loads() -> Loads:
    people = [max(case.sessions for case in load_profile(name).case) for name in profile_names()]
    return Loads(smallest=min(people), largest=max(people))


def _descriptors() -> dict[str, Any]:
    soft, hard = (
        None if limit == resource.RLIM_INFINITY else limit for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    return {"descriptors_soft": soft, "descriptors_hard": hard}


def _cores(cores: frozenset[int]) -> dict[str, Any]:
    all_cores = os.cpu_count() or 1
    return {
        "usable_cores": len(cores) or all_cores,
        "all_cores": all_cores,
        "physical_cores": len(set(read_siblings(cores).values())) or None,
        "quota_cores": quota_cores(),
        "governors": _governors(cores),
        "turbo": _turbo(),
    }


def _memory() -> dict[str, Any]:
    with warnings.catch_warnings(action="ignore"):  # psutil warns where a sandbox does not count what moves
        swap = psutil.swap_memory()
    return {
        "memory_available_bytes": psutil.virtual_memory().available,
        "swap_bytes": swap.total,
        "swap_used_bytes": swap.used,
        "swappiness": _number(PROC / "sys/vm/swappiness"),
    }


def _clock() -> dict[str, Any]:
    return {
        "clock_source": _text(CLOCK_SOURCES / "current_clocksource"),
        "clock_sources": tuple((_text(CLOCK_SOURCES / "available_clocksource") or "").split()),
        "clock_read_seconds": _clock_read_seconds(),
    }


def _network() -> dict[str, Any]:
    return {
        "ports_taken": _taken(PORTS),
        "spare_port": free_port(),
        "ephemeral_ports": _ephemeral_ports(_text(PROC / "sys/net/ipv4/ip_local_port_range")),
        "ports_waiting": _waiting(_text(PROC / "net/sockstat")),
        "backlog": _number(PROC / "sys/net/core/somaxconn"),
    }


def _governors(cores: Iterable[int]) -> frozenset[str]:
    found = (_text(TOPOLOGY / f"cpu{core}/cpufreq/scaling_governor") for core in cores)
    return frozenset(governor for governor in found if governor)


def _turbo() -> bool | None:
    without, boost = _number(TOPOLOGY / "intel_pstate/no_turbo"), _number(TOPOLOGY / "cpufreq/boost")
    if without is not None:
        return not without
    return None if boost is None else bool(boost)


def _clock_read_seconds() -> float:
    """The best of several batches: what else goes on does not count."""
    batches = []
    for _ in range(CLOCK_BATCHES):
        start = time.perf_counter()
        for _ in range(CLOCK_READINGS):
            time.perf_counter()
        batches.append((time.perf_counter() - start) / CLOCK_READINGS)
    return min(batches)


def _taken(ports: Iterable[int]) -> tuple[TakenPort, ...]:
    taken = [port for port in ports if not _can_bind(port)]
    return tuple(TakenPort(port, _listener(port)) for port in taken)


def _can_bind(port: int) -> bool:
    """Nothing listens at a port for it."""
    with socket.socket() as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do, against connections that ended
        try:
            trying.bind(("", port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True


def _listener(port: int) -> str | None:
    """Name and process id, where we may know."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            at_port = connection.laddr and connection.laddr.port == port
            if at_port and connection.pid and connection.status == psutil.CONN_LISTEN:
                return f"{psutil.Process(connection.pid).name()} {connection.pid}"
    return None


def _ephemeral_ports(text: str | None) -> int | None:
    if not text:
        return None
    first, last = map(int, text.split())
    return last - first + 1


def _waiting(text: str | None) -> int | None:
    """As `/proc/net/sockstat` counts connections in TIME_WAIT."""
    for line in (text or "").splitlines():
        if line.startswith("TCP:") and " tw " in line:
            return int(line.split(" tw ")[1].split()[0])
    return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text and text.isdecimal() else None
