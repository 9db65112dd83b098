"""Where a chat server listens, from what the user gave as --host."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

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
    def health_path(self) -> str:
        return f"{self.path}/healthz"

    @property
    def _authority(self) -> str:
        hostname = f"[{self.hostname}]" if ":" in self.hostname else self.hostname
        return f"{hostname}:{self.port}"
