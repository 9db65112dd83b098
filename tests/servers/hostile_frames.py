"""What nobody should send a chat server, and somebody will: made by a seed, so that what broke it can be sent again."""

import json
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Literal

from servers.settings import MAX_MESSAGE_BYTES

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
BOMB_BYTES = 2**26
"""Of zeros, which deflate to a thousandth."""
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"

Ending = Literal["abort", "silence", "end", "close"]
ENDINGS: tuple[Ending, ...] = ("abort", "silence", "end", "close")
"""A reset; nothing for a moment, then a reset; the end of the stream, then what the server says; a close frame."""


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0, says: int | None = None) -> bytes:
    """A masked frame, which `says` how long it is where that is not true."""
    size = len(payload) if says is None else says
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + bytes(4) + payload  # masked with zeros, which change nothing


@dataclass(frozen=True)
class Attack:
    """One connection: what is sent on it, and how it ends."""

    name: str
    """What its last frame is."""
    request: bytes
    upgrades: bool
    """Whether an upgrade is what is asked for; the frames are sent once it is granted, or behind the request."""
    frames: tuple[bytes, ...]
    ending: Ending


def attacks(seed: int, frames: int) -> Iterator[Attack]:
    """As many as have so many frames; what is no WebSocket at all counts as one."""
    left = frames
    for number in count():
        if left <= 0:
            return
        attack = _attack(Random(f"{seed}.{number}"), left)
        left -= max(1, len(attack.frames))
        yield attack


def _attack(dice: Random, most: int) -> Attack:
    if dice.random() < 0.12:
        name = dice.choice(tuple(REQUESTS))
        return Attack(f"request: {name}", REQUESTS[name](dice), False, (), dice.choice(ENDINGS))
    name = dice.choice(tuple(FATAL))
    before = [TOLERABLE[dice.choice(tuple(TOLERABLE))](dice) for _ in range(min(dice.choice((0, 1, 3, 6)), most - 1))]
    extensions = DEFLATE if "deflate" in name or dice.random() < 0.2 else b""
    return Attack(name, opening(extensions), True, (*before, FATAL[name](dice)), dice.choice(ENDINGS))


def opening(headers: bytes = b"", line: bytes = b"GET /live HTTP/1.1") -> bytes:
    """A request for an upgrade."""
    return (
        line + b"\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" + headers + b"\r\n"
    )


def _without(word: bytes) -> bytes:
    return b"\r\n".join(line for line in opening().split(b"\r\n") if word not in line)


def _bomb(dice: Random) -> bytes:
    """Whole, as a first piece, or cut."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(bytes(BOMB_BYTES)) + packer.flush(zlib.Z_SYNC_FLUSH)
    return frame(TEXT, body[:-4], reserved=4, fin=dice.random() < 0.7)


def _prompt(text: str) -> bytes:
    return frame(TEXT, text.encode("utf-8", "surrogatepass"))


def _nested(dice: Random) -> bytes:
    depth = dice.choice((100, 10_000))
    return _prompt(dice.choice(("[", '{"a":')) * depth)


def _in_pieces(dice: Random) -> bytes:
    """A prompt in pieces, with control frames between them."""
    pieces = [dice.choice((b"Hel", b"", b"lo", "\u00e9".encode()[:1])) for _ in range(dice.randint(1, 5))]
    between = [frame(dice.choice((PING, PONG)), dice.randbytes(dice.randint(0, 125))) for _ in pieces]
    joined = b"".join(frame(CONT, piece, fin=False) + ping for piece, ping in zip(pieces, between, strict=True))
    return frame(TEXT, b"#x ", fin=False) + joined + frame(CONT, b".")


TOLERABLE: dict[str, Callable[[Random], bytes]] = {
    "pings": lambda dice: frame(PING, dice.randbytes(125)) * dice.randint(1, 40),
    "pongs that nobody asked for": lambda dice: frame(PONG, dice.randbytes(dice.randint(0, 125))),
    "nested brackets": _nested,
    "a JSON that asks for much": lambda dice: _prompt(json.dumps({"setup": {"model": "x"}, "n": 10**300})),
    "NULs": lambda dice: _prompt("\0" * dice.randint(1, 2000)),
    "strange characters": lambda dice: _prompt("".join(chr(dice.randint(0xE000, 0x10FFFF)) for _ in range(200))),
    "a tag that is none": lambda dice: _prompt("#" + "\u202e" * 50 + " {0 0 0 0}"),
    "a long prompt": lambda dice: _prompt("a" * dice.randint(2**14, MAX_MESSAGE_BYTES)),
}
"""What a server may well put up with, and go on after."""

FATAL: dict[str, Callable[[Random], bytes]] = {
    "in pieces": _in_pieces,
    "continuation of nothing": lambda dice: frame(CONT, dice.randbytes(20), fin=dice.random() < 0.5),
    "a new message in the midst of one": lambda dice: frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"),
    "an unknown opcode": lambda dice: frame(dice.choice((3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF)), b"abc"),
    "reserved bits": lambda dice: frame(TEXT, dice.randbytes(30), reserved=dice.randint(1, 7)),
    "not masked": lambda dice: b"\x81\x03abc" * dice.randint(1, 3),
    "an endless message": lambda dice: b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0" + dice.randbytes(500),
    "a length below nothing": lambda dice: b"\x81\xff" + b"\xff" * 8 + bytes(4) + b"abc",
    "a length written too long": lambda dice: b"\x81\xfe\x00\x03\0\0\0\0abc",
    "half a frame": lambda dice: frame(TEXT, b"abc", says=dice.choice((100, 60_000, 2**20))),
    "half a head": lambda dice: b"\x81\xff\x00\x00"[: dice.randint(1, 4)],
    "no text": lambda dice: frame(TEXT, dice.choice((b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"))),
    "half a character": lambda dice: frame(TEXT, "\u20ac".encode()[:2]),
    "a lone surrogate": lambda dice: _prompt("\ud800"),
    "binary": lambda dice: frame(BINARY, dice.randbytes(dice.randint(0, 5000))),
    "nothing to say": lambda dice: frame(TEXT, dice.choice((b"", b" ", b"\r\n\t"))),
    "too long": lambda dice: frame(TEXT, b"x" * (MAX_MESSAGE_BYTES + dice.choice((1, 5, 2**20)))),
    "too long in pieces": lambda dice: frame(TEXT, b"", fin=False) + frame(CONT, bytes(2**16), fin=False) * 8,
    "a ping that is too long": lambda dice: frame(PING, dice.randbytes(dice.choice((126, 1000, 2**16)))),
    "a ping in pieces": lambda dice: frame(PING, b"abc", fin=False),
    "a close of a byte": lambda dice: frame(CLOSE, b"\x03"),
    "a close with a code that is none": lambda dice: frame(
        CLOSE, struct.pack("!H", dice.choice((0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)))
    ),
    "a close that is too long": lambda dice: frame(CLOSE, b"\x03\xe8" + b"x" * 200),
    "a close whose reason is no text": lambda dice: frame(CLOSE, b"\x03\xe8\xff\xfe"),
    "words after the close": lambda dice: frame(CLOSE, b"\x03\xe8") + _prompt("Hello?") * 3,
    "a deflate bomb": _bomb,
    "a deflate stream that is none": lambda dice: frame(TEXT, dice.randbytes(200), reserved=4),
    "noise": lambda dice: dice.randbytes(dice.randint(1, 3000)),
}
"""What ends a session, or leaves it waiting for the rest."""

REQUESTS: dict[str, Callable[[Random], bytes]] = {
    "noise": lambda dice: dice.randbytes(dice.randint(1, 4000)),
    "a TLS hello": lambda dice: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + dice.randbytes(200),
    "half a request": lambda dice: opening()[: dice.randint(1, 150)],
    "no key": lambda dice: _without(b"Key"),
    "a key that is none": lambda dice: opening().replace(b"AAAAAAAAAAAAAAAAAAAAAA==", b"!"),
    "another version": lambda dice: opening().replace(b"Version: 13", b"Version: 99"),
    "no host": lambda dice: _without(b"Host"),
    "a POST": lambda dice: opening(b"Content-Length: 3\r\n", b"POST /live HTTP/1.1") + b"abc",
    "a version of HTTP that is none": lambda dice: opening(line=b"GET /live HTTP/9.9"),
    "a path that is none": lambda dice: opening(line=b"GET /live\xff/%00/../../etc/passwd HTTP/1.1"),
    "a long header": lambda dice: opening(b"X: " + b"a" * dice.choice((8_000, 70_000, 300_000)) + b"\r\n"),
    "many headers": lambda dice: opening(b"".join(b"X-%d: a\r\n" % number for number in range(3000))),
    "a header of NULs": lambda dice: opening(b"X: a\0b\r\n\0: c\r\n"),
    "a header without a name": lambda dice: opening(b": a\r\n b\r\n"),
    "two lengths": lambda dice: opening(b"Content-Length: 3\r\nContent-Length: -4\r\n"),
    "chunks that are none": lambda dice: opening(b"Transfer-Encoding: chunked\r\n") + b"zz\r\n",
    "extensions that are none": lambda dice: opening(
        b"Sec-WebSocket-Extensions: " + b"permessage-deflate;" * 50 + b"\r\n"
    ),
    "bits of a window that are none": lambda dice: opening(
        DEFLATE.replace(b"deflate", b"deflate; client_max_window_bits=99; server_max_window_bits=x")
    ),
    "frames behind the request": lambda dice: opening() + frame(TEXT, b"abc") + b"\xff" * 20,
}
"""What comes before the upgrade."""
