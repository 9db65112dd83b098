"""Where a relay passes everything on to."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from servers.recording.errors import RecordingError

_SCHEMES = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}
_PORTS = {"wss": 443, "ws": 80}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
REACH_SECONDS = 10.0


@dataclass(frozen=True)
class Destination:
    url: str
    """As it is written into recordings."""
    websocket_url: str
    """What the target of a request is put behind."""
    host: str
    port: int
    tls: ssl.SSLContext | None

    @property
    def proxy(self) -> Literal[True] | None:
        """Whether the proxy of the environment, if it names one, stands between; never before our own machine."""
        return None if self.host in LOOPBACK else True

    async def reach(self) -> None:
        """Connect and hang up. Raises RecordingError where nobody is there, or another than who is trusted."""
        if self.proxy:
            return  # the proxy may be the only way there
        name = self.host if self.tls else None
        try:
            async with asyncio.timeout(REACH_SECONDS):
                _, writer = await asyncio.open_connection(self.host, self.port, ssl=self.tls, server_hostname=name)
        except ssl.SSLCertVerificationError as error:
            raise RecordingError(
                f"--to {self.url}: its certificate is not trusted ({error.verify_message}); name the authority with "
                "--trust FILE or SSL_CERT_FILE"
            ) from error
        except (OSError, TimeoutError) as error:
            why = getattr(error, "strerror", None) or error or "no answer"
            raise RecordingError(f"--to {self.url}: nobody can be reached there ({why}); start it first") from error
        writer.transport.abort()


def read_destination(url: str, trust: str | None = None) -> Destination:
    """The destination that an address names; `trust` is a file with authorities, in PEM, instead of the usual ones.

    Raises RecordingError.
    """
    wanted = "give https://HOST, without a query or a key in it"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RecordingError(f"--to {url!r} is no address ({error}): {wanted}") from error
    scheme = _SCHEMES.get(parts.scheme.lower())
    if not scheme or not parts.hostname:
        raise RecordingError(f"--to {url!r} is no address: {wanted}")
    if parts.query or parts.fragment or "@" in parts.netloc:
        # Not shown as it was given: that is where a key would be.
        raise RecordingError(f"--to has a query, a fragment or a user beside {parts.hostname!r}: {wanted}")
    return Destination(
        url=url,
        websocket_url=f"{scheme}://{parts.netloc}{parts.path}",
        host=parts.hostname,
        port=port or _PORTS[scheme],
        tls=_trusting(trust) if scheme == "wss" else None,
    )


def _trusting(trust: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=trust)
    except OSError as error:
        why = error.strerror or error
        raise RecordingError(f"--trust {trust}: {why}; give a file of certificates in PEM") from error
