"""The blocking chat server with two threads for each session: one hears the client, the other Gemini.

It hears an interruption while the reply still streams, as `quart_app.py` does, and pays for it in threads. Read it
beside `flask_app.py`: what differs is who waits for what.
"""

import os
from functools import partial
from threading import Lock

from flask import Flask, Response, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from servers import gemini, introduction, metrics, packets, resumption
from servers.admission import BARRED, Admission
from servers.blocking_socket import look, say, take_leave, wake
from servers.carrying import Conversation
from servers.closing_time import ClosingTime
from servers.duplex_live import DuplexLive
from servers.farewells import farewell_to
from servers.injection import injected
from servers.prompts import prompt_of
from servers.quick_receive import Message
from servers.resumption import PROTOCOL, Resumption, Ticket
from servers.settings import MAX_MESSAGE_BYTES, health, read_settings
from servers.visit import Visit

LOOK_SECONDS = 5.0
"""How often a session looks whether its client is still there, of whose leave its WebSocket may tell too early."""

settings = read_settings(os.environ)
client = gemini.make_client(settings)
packet_of = injected(packets.packet_of, settings.injection)
closing_time = ClosingTime()
app = Flask(__name__, static_folder="page", static_url_path="/page")
app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": MAX_MESSAGE_BYTES, "subprotocols": [PROTOCOL]}
app.extensions["closing_time"] = closing_time
sock = Sock(app)
myself = introduction.introduce("flask-duplex", os.environ)
admission = Admission(settings, myself, left=ConnectionClosed)
resuming = Resumption(settings.resume_secret)


@app.get("/")
def page() -> Response:
    response = app.send_static_file("chat.html")
    response.headers.update(resumption.cookie_for(request.headers))
    return response


@app.get("/health")  # which Cloud Run lets through; it keeps the other to itself
@app.get("/healthz")
def healthz() -> dict[str, str | None]:
    return health(myself.names, settings)


@app.get("/metrics")
def counts() -> Response:
    return Response(admission.metrics.page(), content_type=metrics.CONTENT_TYPE)


@app.before_request
def bar() -> Response | None:
    """Whom a session is refused before its upgrade."""
    barred = request.path == "/live" and admission.bars(request.headers)
    return Response(BARRED, status=403, content_type="text/plain") if barred else None


@sock.route("/live")
def live(websocket: Server) -> None:
    """One conversation: this thread listens to the client, and another to Gemini."""
    ticket, sending = resuming.asked(request.headers), Lock()
    try:
        if introduction.asked_for(request.headers):
            say(websocket, myself.packet)
        with admission.visit() as visit:
            conversation = Conversation(ticket.handle())
            with DuplexLive(
                *(client, settings, closing_time, conversation),
                on_message=partial(relay, websocket, sending, conversation, ticket, visit),
                on_turn=visit.over,
                on_change=partial(wake, websocket),
                refused=visit.turned_away,
            ) as session:
                wait_until_open(websocket, session)
                if packet := ticket.packet(conversation.handle):
                    with sending:
                        say(websocket, packet)
                converse(websocket, session, sending, visit)
    except ConnectionClosed:
        return  # the client has left
    except Exception as error:
        take_leave(websocket, farewell_to(error))


def converse(websocket: Server, session: DuplexLive, sending: Lock, visit: Visit) -> None:
    """Prompt after prompt, also while a reply is running."""
    while True:
        frame = next_frame(websocket, session)
        session.hear()
        prompt = prompt_of(frame)
        if refusal := visit.refusal_of(prompt):
            with sending:
                say(websocket, refusal)
        else:
            session.ask(prompt)


def relay(
    websocket: Server, sending: Lock, conversation: Conversation, ticket: Ticket, visit: Visit, message: Message
) -> None:
    """A message of Gemini's to the client, as a packet. Both threads send, and only one of them may at a time."""
    visit.bill(message.usage_metadata)
    if packet := packet_of(message):
        with sending:
            say(websocket, packet)
        visit.saw(packet)
        conversation.replying = True
    if message.session_resumption_update or message.go_away:
        handle = conversation.heed(message)
        if packet := ticket.packet(handle):
            with sending:
                say(websocket, packet)


def wait_until_open(websocket: Server, session: DuplexLive) -> None:
    """What the client says meanwhile is kept. Raises ConnectionClosed when it leaves, and what ends the session."""
    while not session.is_open:
        session.check()
        look(websocket)
        websocket.event.wait(LOOK_SECONDS)  # or until anything happens
        websocket.event.clear()  # by which `receive` misses nothing: it looks first at what is there


def next_frame(websocket: Server, session: DuplexLive) -> str | bytes:
    """What the client says next. Raises what ends the session meanwhile."""
    while True:
        frame: str | bytes | None = websocket.receive(timeout=LOOK_SECONDS)
        session.check()
        if frame is not None:
            return frame
