"""People on another machine than the servers: `python -m tests.servers.traveller leave URL...` begins a conversation
with each server and is there until it is ended; `... return URL TOKEN ...` goes on with one at each.

Either writes a line of JSON, by URL: the tokens to go on by, or the error code of whoever is not served, or null.
"""

import asyncio
import json
import sys
from collections.abc import Mapping

from tests.servers.chat import Chat, Packet, chat_with

VISITOR = {"Cookie": "live_visitor=" + "v" * 43}
FOR_EVER_SECONDS = 600.0


async def token_after(chat: Chat, prompt: str) -> str:
    await chat.ask(prompt)
    packet = await chat.packet()
    token: str = packet["resume"]["token"]
    return token


def say(told: Mapping[str, str | None]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


class Leaving:
    """At each server one conversation in which nothing is said any more, and one in mid-reply."""

    def __init__(self, urls: list[str]) -> None:
        self._urls = urls
        self._tokens: dict[str, str] = {}
        self._ready = asyncio.Barrier(len(urls))

    async def converse(self, url: str) -> None:
        async with chat_with(url, VISITOR, ["live"]) as idle, chat_with(url) as listening:
            self._tokens[url] = await token_after(idle, "#before Hello")
            await self._ready.wait()
            await listening.say("#during Hello")
            await listening.packet()
            if await self._ready.wait() == 0:
                say(self._tokens)
            await asyncio.sleep(FOR_EVER_SECONDS)

    async def converse_with_all(self) -> None:
        await asyncio.gather(*map(self.converse, self._urls))


async def go_on(url: str, token: str) -> str | None:
    async with chat_with(url, VISITOR, ["live", f"resume.{token}"]) as chat:
        first: Packet = await chat.packet()
        if "resume" not in first:
            return str(first["error"]["code"])
        await token_after(chat, "#after Hello")
        return None


async def go_on_with_all(tokens: Mapping[str, str]) -> None:
    told = await asyncio.gather(*(go_on(url, token) for url, token in tokens.items()))
    say(dict(zip(tokens, told, strict=True)))


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    if what == "leave":
        asyncio.run(Leaving(words).converse_with_all())
    else:
        asyncio.run(go_on_with_all(dict(zip(words[::2], words[1::2], strict=True))))
