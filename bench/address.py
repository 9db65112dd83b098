"""Whether a chat server is to be had at an address: everything that may be wrong, each in one line, before any load.

First HTTP is asked, which tells most, then a WebSocket is opened and closed again. Neither follows a redirect, and what
is at the other end is never quoted but for its status: an answer may repeat what was sent.
"""

import asyncio
import http.client
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidStatus

from bench.errors import BenchError
from bench.health import NOBODY, ask
from loadtests.support.address import Address
from loadtests.support.id_token import NoToken
from loadtests.support.identity import Auth
from loadtests.support.trust import check_trust

ADDRESS_SECONDS = 30.0
"""A service may have to start an instance before it can answer."""

_REDIRECTS = range(300, 400)


def check_address(url: str, auth: Auth = NOBODY) -> dict[str, Any]:
    """What the chat server at an address says of itself. Raises BenchError, with the reason, where there is none."""
    try:
        address = Address.of(url)
    except ValueError:
        raise BenchError(f"{url} is not an address: write ws://HOST:PORT or wss://HOST") from None
    try:
        check_trust(address)
    except ValueError as reason:
        raise BenchError(str(reason)) from reason
    try:
        health = _healthy(url, address, auth)
        asyncio.run(_open_session(address, auth))  # why on asyncio, `pings` tells
        return health
    except NoToken as reason:
        raise BenchError(f"{url} was not asked: {reason}") from reason
    except InvalidStatus as error:
        status, location = error.response.status_code, error.response.headers.get("Location")
        told = refusal(f"{url}/live", status, location, auth, address)
        raise BenchError(told or _no_chat(url, f"it says {status}")) from error
    except InvalidHandshake as error:
        raise BenchError(_no_chat(url, str(error))) from error
    except (OSError, OverflowError, http.client.HTTPException, ValueError) as error:
        raise BenchError(_no_answer(url, address, error)) from error


async def _open_session(address: Address, auth: Auth) -> None:
    """And close it again."""
    headers = auth.headers_for(address)
    async with _Straight(address.chat_url, additional_headers=headers, proxy=None, open_timeout=ADDRESS_SECONDS):
        pass


class _Straight(connect):
    """Opens one session, where the server itself takes it."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """A redirect is the answer: what it leads to is not what was to be measured."""
        return exc


def _healthy(url: str, address: Address, auth: Auth) -> dict[str, Any]:
    """Raises BenchError, or as `ask`."""
    answer = ask(address, ADDRESS_SECONDS, auth)
    if told := refusal(f"{url}/healthz", answer.status, answer.location, auth, address):
        raise BenchError(told)
    if answer.status == http.HTTPStatus.NOT_FOUND:
        raise BenchError(f"{url} answers, but has neither /healthz nor /health (404): is a chat server behind it?")
    if answer.status != http.HTTPStatus.OK:
        raise BenchError(f"{url}/healthz says {answer.status} {answer.reason}: look at the server's log")
    if answer.health is None:
        raise BenchError(f"{url}/healthz answers, but not with a JSON object: is it another program's address?")
    return answer.health


def refusal(where: str, status: int, location: str | None, auth: Auth, address: Address) -> str | None:
    """What to do about an answer that whatever stands before the server gives; None for another."""
    if status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        return f"{where} says {status}: {_unauthorized(status, auth, address)}"
    if status == http.HTTPStatus.TOO_MANY_REQUESTS:
        return (
            f"{where} says 429: no instance is free to answer; wait until the service has room, or raise its maximum "
            "number of instances"
        )
    if status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        return f"{where} says 503: the service is there, but no instance of it could start or answer; look at its log"
    if status in _REDIRECTS:
        return f"{where} says {status} and sends us elsewhere{_to(location)}: {_elsewhere(location, address)}"
    return None


def _unauthorized(status: int, auth: Auth, address: Address) -> str:
    if auth.mode == "none":
        return "it wants to know who calls; send a token with --auth gcloud, adc, metadata or token-file"
    if status == http.HTTPStatus.FORBIDDEN:
        return f"whoever the token of --auth {auth.mode} names may not call it; grant them roles/run.invoker"
    return (
        f"it does not take the token of --auth {auth.mode}; check that its audience, "
        f"{auth.audience or address.audience}, is the service's (else give that with --audience), and that it has not "
        "expired"
    )


def _to(location: str | None) -> str:
    """Without the query, in which anything may be."""
    parts = urlsplit(location or "")
    return f", to {parts._replace(query='', fragment='').geturl()}" if parts.path or parts.netloc else ""


def _elsewhere(location: str | None, address: Address) -> str:
    parts = urlsplit(location or "")
    if not address.secure and parts.scheme == "https" and parts.hostname in (address.hostname, None):
        return "it speaks TLS; give its address as wss:// or https://"
    return "give the address that it leads to, or, where that is a page to log in, a token with --auth"


def _no_chat(url: str, why: str) -> str:
    return f"{url} answers, but not as a WebSocket at /live: {why}; does what stands before it let WebSockets through?"


def _no_answer(url: str, address: Address, error: Exception) -> str:
    return f"no chat server answers at {url}/healthz: {_why(address, error)}"


def _why(address: Address, error: Exception) -> str:
    said = (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate does not verify ({error.verify_message}); name the file with its authority's certificate "
            "in SSL_CERT_FILE, or give the address by the name that the certificate is for"
        )
    if isinstance(error, ssl.SSLError):
        return f"it speaks no TLS ({error.reason or said}); is it ws:// or http://?"
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"the name {address.hostname} leads nowhere ({said}); is it spelled right, is there a network?"
    if isinstance(error, TimeoutError):
        return f"nothing came within {ADDRESS_SECONDS:g} s; is the address right, may this machine reach it?"
    if isinstance(error, ConnectionRefusedError):
        return f"{said}; is it running, is the port right?"
    if isinstance(error, http.client.HTTPException | ConnectionResetError) and not address.secure:
        return f"what it says is no HTTP ({said}); is it wss:// or https://, is it a chat server?"
    return f"{said}; is it running, is the address right?"
