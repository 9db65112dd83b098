"""The client's WebSocket in blocking code: what flask-sock's lacks for a session that ends well however it ends.

Only the session's own thread may ever send. simple-websocket's thread reads beside it, and wakes it.
"""

import socket
import time
from contextlib import suppress

from simple_websocket import ConnectionClosed, Server
from wsproto.utilities import LocalProtocolError

from servers.closing_time import ClosingTime
from servers.farewells import Farewell, GoingAway

GRACE_SECONDS = 2.0
"""How long a client may take to answer a close."""
LEFT = (OSError, LocalProtocolError)
"""What sending to a client raises, beside ConnectionClosed, in the moment in which the client leaves."""


def say(websocket: Server, packet: str) -> None:
    """Raises ConnectionClosed where the client has left, and nothing else."""
    try:
        websocket.send(packet)
    except LEFT as error:
        raise ConnectionClosed from error


def wake(websocket: Server) -> None:
    """Lets `receive` return at once, with nothing: how any thread may tell the one that may send."""
    websocket.input_buffer.append(None)
    websocket.event.set()


def look(websocket: Server) -> None:
    """Raises ConnectionClosed where the client has left, which its WebSocket's own thread has seen."""
    if not websocket.connected:
        raise ConnectionClosed


def pause(websocket: Server, closing_time: ClosingTime, seconds: float) -> None:
    """Does nothing for so long. Raises ConnectionClosed when the client leaves, and GoingAway at closing time."""
    over_at = time.monotonic() + seconds
    while (seconds_left := over_at - time.monotonic()) > 0:
        if closing_time.begun:
            raise GoingAway
        look(websocket)
        websocket.event.wait(seconds_left)  # until anything happens
        websocket.event.clear()  # by which `receive` misses nothing: it looks first at what is there


def take_leave(websocket: Server, farewell: Farewell) -> None:
    """Says why, closes, and cuts the connection of a client that does not answer the close.

    The WebSocket's own thread reads until the client has answered, and gunicorn's main thread would wait as well.
    """
    with suppress(ConnectionClosed, *LEFT):
        websocket.send(farewell.packet)
        websocket.close(farewell.close_code, farewell.code)
    websocket.thread.join(GRACE_SECONDS)
    with suppress(OSError):
        websocket.sock.shutdown(socket.SHUT_RDWR)
