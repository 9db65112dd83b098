"""A TCP connection to a chat server, with TLS where it is asked for; where there is none, what to check."""

import socket
import ssl
from functools import cache
from typing import Any

import gevent.socket

from loadtests.support.address import Address
from loadtests.support.clock import now
from loadtests.support.failures import SessionFailed
from loadtests.support.stamped_socket import StampedSocket
from loadtests.support.tls import Tls


def dial(address: Address, addresses: list[tuple[Any, ...]], deadline: float) -> StampedSocket:
    """A TCP connection, with TLS where the address asks for it. Raises SessionFailed."""
    try:
        connected = _first_that_answers(addresses, deadline)
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connected.settimeout(max(0.001, deadline - now()))
            return StampedSocket(connected, deadline, Tls(connected, address.hostname) if address.secure else None)
        except BaseException:
            connected.close()
            raise
    except TimeoutError as error:
        raise SessionFailed("connect_timeout", "no connection") from error
    except ssl.SSLError as error:
        raise SessionFailed("connect_failed", _why_no_tls(error)) from error
    except OSError as error:
        raise SessionFailed("connect_failed", words(error)) from error


def _why_no_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate does not verify ({error.verify_message}): check that --host has the name it was issued "
            "for, and let SSL_CERT_FILE name the certificate of an authority of your own"
        )
    return f"no TLS ({error.reason or error}): check that wss:// is right"


def _first_that_answers(addresses: list[tuple[Any, ...]], deadline: float) -> gevent.socket.socket:
    for family, kind, protocol, _, where in addresses[:-1]:
        try:
            return _connected(family, kind, protocol, where, deadline)
        except OSError:
            continue
    family, kind, protocol, _, where = addresses[-1]
    return _connected(family, kind, protocol, where, deadline)


def _connected(family: int, kind: int, protocol: int, where: Any, deadline: float) -> gevent.socket.socket:
    connecting = gevent.socket.socket(family, kind, protocol)
    try:
        connecting.settimeout(max(0.001, deadline - now()))
        connecting.connect(where)
    except BaseException:
        connecting.close()
        raise
    return connecting


@cache
def resolve(hostname: str, port: int) -> list[tuple[Any, ...]]:
    """Looked up once per process: a name server is not what is measured."""
    try:
        return list(socket.getaddrinfo(hostname, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        raise SessionFailed(
            "connect_failed",
            f"the name {hostname} does not resolve ({words(error)}): check how it is written, and the name server",
        ) from error


def words(error: Exception) -> str:
    """What the system says, without its number."""
    return getattr(error, "strerror", None) or str(error)
