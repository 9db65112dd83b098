"""The heads of requests and responses: read from bytes and written to bytes. Pure; bodies and frames are never read."""

from dataclasses import dataclass

END = b"\r\n\r\n"
BYTES_MAX = 64 * 1024
"""Longest head that is read; the platform's limit is of this order."""


class Malformed(Exception):
    """Bytes that are no HTTP/1.1 head."""


@dataclass(frozen=True)
class Head:
    """A first line, and headers in the order in which they came."""

    first_line: str
    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """The first header of that name, in whichever case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def without(self, *names: str) -> "Head":
        lower = {name.lower() for name in names}
        return Head(self.first_line, tuple(pair for pair in self.headers if pair[0].lower() not in lower))

    def with_added(self, *pairs: tuple[str, str]) -> "Head":
        return Head(self.first_line, (*self.headers, *pairs))

    def with_set(self, name: str, value: str) -> "Head":
        return self.without(name).with_added((name, value))

    @property
    def target(self) -> str:
        """Of a request: path and query."""
        return self.first_line.split(" ")[1]

    @property
    def method(self) -> str:
        return self.first_line.split(" ")[0]

    @property
    def status(self) -> int:
        """Of a response."""
        return int(self.first_line.split(" ")[1])

    @property
    def upgrades(self) -> bool:
        return "upgrade" in (self.get("Connection") or "").lower()

    def cookie(self, name: str) -> str | None:
        for pair in (self.get("Cookie") or "").split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name:
                return value
        return None

    def encode(self) -> bytes:
        lines = [self.first_line, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join(lines).encode("latin-1") + END


def read_request(head: bytes) -> Head:
    """A request's head, without the empty line that ends it. Raises Malformed."""
    read = _read(head)
    parts = read.first_line.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise Malformed(f"{read.first_line[:80]!r} is no request line of HTTP/1.1")
    return read


def read_response(head: bytes) -> Head:
    """A response's head, without the empty line that ends it. Raises Malformed."""
    read = _read(head)
    parts = read.first_line.split(" ")
    if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not parts[1].isdecimal():
        raise Malformed(f"{read.first_line[:80]!r} is no status line of HTTP/1.1")
    return read


def _read(head: bytes) -> Head:
    first_line, *lines = head.decode("latin-1").split("\r\n")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Malformed(f"{line[:80]!r} is no header")
        headers.append((name, value.strip()))
    return Head(first_line, tuple(headers))
