"""The original demo's chat server, written anew from its description: the baseline that users know.

It is Google's sample of Quart, the Gemini Live API and Cloud Run as its README tells it: one Quart app, a task that
takes prompts upstream, another that takes replies downstream, plain hypercorn, and a line in the log for whatever
passes. The bench needs three things that are not in the sample: where Gemini is comes from the same settings as for
the others, `/healthz` tells who answers, and packets are those of our protocol (the sample sends an empty one, with
null for `turn_complete`, for every message of Gemini's that has no text, which the protocol does not know).

What is missing is missing there, and is what the other servers are held against: an interruption is not marked, a
client is not told why its session ended, a server that is stopped says no goodbye, there is no limit to how long or
how often anyone talks, an idle session is kept for ever, a model that only speaks is not understood, a thought is
nothing special, a message of Gemini's that is no content ends the session, and what people say stands in the log.
"""

import asyncio
import json
import logging
import os

from google.genai.live import AsyncSession
from google.genai.types import Content, LiveConnectConfig, Modality, Part
from quart import Quart, Response, websocket

from servers import gemini, introduction
from servers.resumption import PROTOCOL
from servers.settings import health, read_settings

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger(__name__)

settings = read_settings(os.environ)
client = gemini.make_client(settings)
config = LiveConnectConfig(response_modalities=[Modality.TEXT])
app = Quart(__name__, static_folder="page", static_url_path="/page")
myself = introduction.introduce("demo", os.environ)


@app.get("/")
async def page() -> Response:
    return await app.send_static_file("chat.html")


@app.get("/health")
@app.get("/healthz")
async def healthz() -> dict[str, str | None]:
    return health(myself.names, settings)


@app.websocket("/live")
async def live() -> None:
    """One conversation, until one of its two tasks ends with an error or the client has left."""
    if PROTOCOL in websocket.requested_subprotocols:  # the page's browser would not go on without an answer
        await websocket.accept(subprotocol=PROTOCOL)
    async with client.aio.live.connect(model=settings.model, config=config) as session:
        tasks = asyncio.create_task(upstream(session)), asyncio.create_task(downstream(session))
        logger.info("connected to Gemini")
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        except asyncio.CancelledError:
            logger.info("the client has left")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def upstream(session: AsyncSession) -> None:
    """Prompts from the client to Gemini."""
    while True:
        prompt = await websocket.receive()
        await session.send_client_content(turns=Content(role="user", parts=[Part(text=str(prompt))]))
        logger.info("sent a prompt to Gemini: %s", prompt)


async def downstream(session: AsyncSession) -> None:
    """Replies from Gemini to the client."""
    while True:
        async for message in session.receive():
            packet = {"text": message.text or "", "turn_complete": bool(message.server_content.turn_complete)}  # type: ignore[union-attr]
            if packet["text"] or packet["turn_complete"]:
                await websocket.send(json.dumps(packet))
                logger.info("sent a packet to the client: %s", packet)
