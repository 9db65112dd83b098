"""The non-blocking chat server: one task listens to the client, another to Gemini, on one event loop.

Read it beside `flask_app.py`: what differs is how the two wait.
"""

import asyncio
import os
from collections.abc import Callable

from google.genai.live import AsyncSession
from quart import Quart, Response, request, websocket

from servers import gemini, introduction, metrics, packets, resumption, silence
from servers.admission import BARRED, Admission
from servers.carrying import Conversation
from servers.closing_time import ClosingTime, Replies
from servers.farewells import farewell_to
from servers.injection import injected
from servers.line import Line
from servers.prompts import prompt_of
from servers.quick_receive import receive
from servers.resumption import Resumption, Ticket
from servers.settings import health, read_settings
from servers.visit import Visit

settings = read_settings(os.environ)
client = gemini.make_client(settings)
packet_of = injected(packets.packet_of, settings.injection)
closing_time = ClosingTime()
app = Quart(__name__, static_folder="page", static_url_path="/page")
app.extensions["closing_time"] = closing_time
myself = introduction.introduce("quart", os.environ)
admission = Admission(settings, myself, left=asyncio.CancelledError)
resuming = Resumption(settings.resume_secret)


@app.get("/")
async def page() -> Response:
    response = await app.send_static_file("chat.html")
    response.headers.update(resumption.cookie_for(request.headers))
    return response


@app.get("/health")  # which Cloud Run lets through; it keeps the other to itself
@app.get("/healthz")
async def healthz() -> dict[str, str | None]:
    return health(myself.names, settings)


@app.get("/metrics")
async def counts() -> Response:
    return Response(admission.metrics.page(), content_type=metrics.CONTENT_TYPE)


@app.before_websocket
async def bar() -> Response | None:
    """Whom a session is refused before its upgrade."""
    barred = admission.bars(websocket.headers)
    return Response(BARRED, status=403, content_type="text/plain") if barred else None


@app.websocket("/live")
async def live() -> None:
    """One conversation: both directions run side by side, and the first to end takes the other with it."""
    ticket = resuming.asked(websocket.headers)
    await websocket.accept(subprotocol=ticket.subprotocol)
    try:
        if introduction.asked_for(websocket.headers):
            await websocket.send(myself.packet)
        with admission.visit() as visit:
            line = Line(client, settings, Conversation(ticket.handle()), visit.turned_away)
            async with (
                closing_time.limit() as replies,
                silence.at_most(settings.idle_seconds) as heard,
                asyncio.TaskGroup() as tasks,
            ):
                tasks.create_task(upstream(line, visit, heard, replies))
                tasks.create_task(downstream(line, ticket, visit, heard, replies))
    except* Exception as errors:
        farewell = farewell_to(errors.exceptions[0])
        await websocket.send(farewell.packet)
        await websocket.close(farewell.close_code, farewell.code)


async def upstream(line: Line, visit: Visit, heard: Callable[[], None], replies: Replies) -> None:
    """Prompts from the client to Gemini, also while a reply is running: Gemini then stops and says so."""
    while True:
        prompt = prompt_of(await websocket.receive())
        heard()
        if refusal := visit.refusal_of(prompt):
            await websocket.send(refusal)
        else:
            replies.owe()
            await line.ask(prompt)


async def downstream(line: Line, ticket: Ticket, visit: Visit, heard: Callable[[], None], replies: Replies) -> None:
    """Replies from Gemini to the client, over one connection after another."""
    while True:
        async with line.connection() as session:
            heard()
            if packet := ticket.packet(line.conversation.handle):
                await websocket.send(packet)
            await listen(session, line.conversation, ticket, visit, heard, replies)


async def listen(
    session: AsyncSession,
    conversation: Conversation,
    ticket: Ticket,
    visit: Visit,
    heard: Callable[[], None],
    replies: Replies,
) -> None:
    """Chunk by chunk, until it is time for the next connection; `receive` yields the messages of one turn."""
    while True:
        async for message in receive(session):
            heard()
            visit.bill(message.usage_metadata)
            if packet := packet_of(message):
                await websocket.send(packet)
                visit.saw(packet)
                conversation.replying = True
            if message.session_resumption_update or message.go_away:
                if packet := ticket.packet(conversation.heed(message)):
                    await websocket.send(packet)
                if conversation.moves:
                    return
        replies.paid()
        visit.over()
        conversation.over()
