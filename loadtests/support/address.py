"""Where a chat server listens, from what the user gave as --host."""

from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

HEALTH_PATHS = ("/healthz", "/health")
"""Where a server may say how it is, in the order to ask. Google's front end keeps `/healthz` to itself and answers 404
in the name of a service on Cloud Run (its known issues: "paths ending in z"), so that `/health` is asked there."""

_SECURE = {"ws": False, "http": False, "wss": True, "https": True}


@dataclass(frozen=True, slots=True)
class Address:
    hostname: str
    port: int
    secure: bool
    path: str = ""
    """What comes before `/live`; mostly nothing."""

    @classmethod
    def of(cls, host: str | None) -> Self:
        """Raises ValueError, with what to do, where it is no address of a chat server."""
        if not host:
            raise ValueError("no chat server given: add --host ws://HOST:PORT")
        try:
            parts = urlsplit(host)
            secure = _SECURE[parts.scheme]
            port = parts.port or (443 if secure else 80)
        except (KeyError, ValueError):
            parts = None
        if parts is None or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"--host {host} is not an address: write ws://HOST:PORT or wss://HOST")
        return cls(parts.hostname, port, secure, parts.path.rstrip("/"))

    @property
    def chat_url(self) -> str:
        return f"{'wss' if self.secure else 'ws'}://{self._authority}{self.path}/live"

    @property
    def health_paths(self) -> list[str]:
        """In the order to ask them; only where one is not there the next."""
        return [f"{self.path}{path}" for path in HEALTH_PATHS]

    @property
    def audience(self) -> str:
        """What an identity token for this server is for: its URL, without a path and without a port that goes without
        saying."""
        usual = 443 if self.secure else 80
        return f"https://{self._bracketed}" + ("" if self.port == usual else f":{self.port}")

    @property
    def is_loopback(self) -> bool:
        """Whether what is sent there cannot leave this machine."""
        with suppress(ValueError):
            return ip_address(self.hostname).is_loopback
        return self.hostname == "localhost"

    @property
    def _authority(self) -> str:
        return f"{self._bracketed}:{self.port}"

    @property
    def _bracketed(self) -> str:
        return f"[{self.hostname}]" if ":" in self.hostname else self.hostname
