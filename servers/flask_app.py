"""The blocking chat server: a thread for each session, which reads a prompt, waits out the reply, reads the next.

Read it beside `quart_app.py`: what differs is how the two wait.
"""

import os
import time
from functools import partial

from flask import Flask, Response, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from servers import gemini, introduction, metrics, packets, resumption, silence
from servers.admission import BARRED, Admission
from servers.blocking_live import BlockingLive
from servers.blocking_socket import look, pause, say, take_leave, wake
from servers.carrying import Conversation
from servers.closing_time import ClosingTime
from servers.farewells import GoingAway, farewell_to
from servers.injection import injected
from servers.prompts import prompt_of
from servers.quick_receive import Message
from servers.resumption import PROTOCOL, Resumption, Ticket
from servers.settings import MAX_MESSAGE_BYTES, health, read_settings
from servers.visit import Visit

BREATH_SECONDS = 5.0
"""How often an idle session looks after its Gemini connection, whose keepalive pings want an answer."""

settings = read_settings(os.environ)
client = gemini.make_client(settings)
packet_of = injected(packets.packet_of, settings.injection)
closing_time = ClosingTime()
app = Flask(__name__, static_folder="page", static_url_path="/page")
app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": MAX_MESSAGE_BYTES, "subprotocols": [PROTOCOL]}
app.extensions["closing_time"] = closing_time
sock = Sock(app)
myself = introduction.introduce("flask", os.environ)
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
    """One conversation, in one thread: whatever it waits for, it does nothing else."""
    ticket = resuming.asked(request.headers)
    try:
        if introduction.asked_for(request.headers):
            say(websocket, myself.packet)
        with admission.visit() as visit, closing_time.heeded(partial(wake, websocket)):
            conversation = Conversation(ticket.handle())
            with (
                BlockingLive(
                    *(client, settings, closing_time, conversation),
                    on_message=partial(relay, websocket, conversation, ticket, visit),
                    refused=visit.turned_away,
                    pause=partial(pause, websocket, closing_time),
                    look=partial(look, websocket),
                ) as session,
                closing_time.heeded(session.hurry),
            ):
                if packet := ticket.packet(conversation.handle):
                    say(websocket, packet)
                converse(websocket, session, ticket, visit)
    except ConnectionClosed:
        return  # the client has left
    except Exception as error:
        take_leave(websocket, farewell_to(error))


def converse(websocket: Server, session: BlockingLive, ticket: Ticket, visit: Visit) -> None:
    """Prompt, reply, prompt, reply: what is said during a reply waits for its end."""
    while True:
        prompt = prompt_of(next_frame(websocket, session))
        if refusal := visit.refusal_of(prompt):
            say(websocket, refusal)
            continue
        session.ask(prompt)
        visit.over()
        if ticket.wanted:
            session.breathe()  # how to come back is told right after a reply


def relay(websocket: Server, conversation: Conversation, ticket: Ticket, visit: Visit, message: Message) -> None:
    """A message of Gemini's to the client, as a packet."""
    visit.bill(message.usage_metadata)
    if packet := packet_of(message):
        say(websocket, packet)
        visit.saw(packet)
        conversation.replying = True
    if message.session_resumption_update or message.go_away:
        handle = conversation.heed(message)
        if packet := ticket.packet(handle):
            say(websocket, packet)


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
