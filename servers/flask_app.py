"""The blocking chat server: a thread for each session, which reads a prompt, waits out the reply, reads the next.

Read it beside `quart_app.py`: what differs is how the two wait.
"""

import os
import socket
import time
from contextlib import suppress
from functools import partial

from flask import Flask, Response, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server
from wsproto.utilities import LocalProtocolError

from servers import gemini, introduction, packets, silence
from servers.blocking_live import BlockingLive
from servers.closing_time import ClosingTime
from servers.farewells import Farewell, GoingAway, farewell_to
from servers.injection import injected
from servers.quick_receive import Message
from servers.settings import MAX_MESSAGE_BYTES, health, read_settings

BREATH_SECONDS = 5.0
"""How often an idle session looks after its Gemini connection, whose keepalive pings want an answer."""
GRACE_SECONDS = 2.0
"""How long a client may take to answer a close."""
LEFT = (OSError, LocalProtocolError)
"""What sending to a client raises, beside ConnectionClosed, in the moment in which the client leaves."""

settings = read_settings(os.environ)
client = gemini.make_client(settings)
packet_of = injected(packets.packet_of, settings.injection)
closing_time = ClosingTime()
app = Flask(__name__, static_folder="page", static_url_path="/page")
app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": MAX_MESSAGE_BYTES}
app.extensions["closing_time"] = closing_time
sock = Sock(app)
myself = introduction.introduce("flask", os.environ)


@app.get("/")
def page() -> Response:
    return app.send_static_file("chat.html")


@app.get("/health")  # which Cloud Run lets through; it keeps the other to itself
@app.get("/healthz")
def healthz() -> dict[str, str | None]:
    return health(myself.names, settings)


@sock.route("/live")
def live(websocket: Server) -> None:
    """One conversation, in one thread: whatever it waits for, it does nothing else."""
    try:
        if introduction.asked_for(request.headers):
            say(websocket, myself.packet)
        with (
            closing_time.heeded(partial(wake, websocket)),
            BlockingLive(client, settings, closing_time, on_message=partial(relay, websocket)) as session,
            closing_time.heeded(session.hurry),
        ):
            while True:
                prompt = packets.prompt_of(next_frame(websocket, session))
                session.ask(prompt)
    except ConnectionClosed:
        return  # the client has left
    except Exception as error:
        take_leave(websocket, farewell_to(error))


def relay(websocket: Server, message: Message) -> None:
    """A message of Gemini's to the client, as a packet."""
    if packet := packet_of(message):
        say(websocket, packet)


def say(websocket: Server, packet: str) -> None:
    """Raises ConnectionClosed where the client has left, and nothing else."""
    try:
        websocket.send(packet)
    except LEFT as error:
        raise ConnectionClosed from error


def next_frame(websocket: Server, session: BlockingLive) -> str | bytes:
    """What the client says next. Raises Refused when it has been silent for too long, and GoingAway at closing time."""
    give_up_at = time.monotonic() + settings.idle_seconds
    while (seconds_left := give_up_at - time.monotonic()) > 0:
        frame: str | bytes | None = websocket.receive(timeout=min(seconds_left, BREATH_SECONDS))
        if closing_time.begun:
            raise GoingAway
        if frame is not None:
            return frame
        session.breathe()
    raise silence.too_long(settings.idle_seconds)


def wake(websocket: Server) -> None:
    """Lets `receive` return at once, with nothing. Only the session's own thread may ever send: this tells it to."""
    websocket.input_buffer.append(None)
    websocket.event.set()


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
