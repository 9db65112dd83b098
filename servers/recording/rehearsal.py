"""Try it: record the fake, replay that, record the replay, and say how far both lie apart and what the relay costs.

    python -m servers.recording.rehearsal --profile live-text --sessions 5 --turns 20

The numbers are of the machine it runs on: the fake, the relay and the people are all on it. Exit code 1 where some
frame is another in the replay, or came more than `--within` earlier or later.
"""

import argparse
import asyncio
import json
import re
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from servers.arguments import Parser
from servers.fake_gemini.ledger import nearest_rank
from servers.recording.agreement import Pair, pairs
from servers.recording.reading import read

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=rehearsal"
SETUP = {
    "setup": {
        "model": "models/gemini-robotics-er-2-streaming-preview",
        "generationConfig": {"responseModalities": ["TEXT"]},
    }
}
_SENT_AT = re.compile(rb'"\{\S+ \d+ (\d+) \d+\}')


@dataclass(frozen=True)
class Server:
    url: str
    certificate: str


@contextmanager
def _started(module: str, *options: str) -> Iterator[Server]:
    """A server that says in one line where it is. Ended when the context is left."""
    command = [sys.executable, "-m", module, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise SystemExit(process.wait())  # it has said why
            ready = json.loads(line)
            yield Server(ready["url"], ready["certificate"])
        finally:
            process.terminate()


async def _converse(server: Server, sessions: int, turns: int, *, tagged: bool) -> list[float]:
    """Ask everything there is to ask, all sessions at the same time. Gives how long each chunk with a stamp took to get
    here, in seconds."""
    tls = ssl.create_default_context(cafile=server.certificate)
    async with AsyncExitStack() as stack:
        connections = []
        for _ in range(sessions):  # one after the other, so that the order of sessions is the same each time
            address = server.url.replace("https", "wss", 1) + PATH
            opening = connect(address, ssl=tls, proxy=None, compression=None, ping_interval=None)
            connection = await stack.enter_async_context(opening)
            await connection.send(json.dumps(SETUP))
            await connection.recv()
            connections.append(connection)
        asked = [_ask(connection, number, turns, tagged) for number, connection in enumerate(connections)]
        return [delay for delays in await asyncio.gather(*asked) for delay in delays]


async def _ask(connection: ClientConnection, number: int, turns: int, tagged: bool) -> list[float]:
    delays = []
    for turn in range(turns):
        prompt = f"{f'#{number}-{turn} ' if tagged else ''}Question {turn} of {number}"
        content = {"turns": [{"role": "user", "parts": [{"text": prompt}]}], "turnComplete": True}
        await connection.send(json.dumps({"client_content": content}))
        while True:
            frame = await connection.recv(decode=False)
            if sent_at := _SENT_AT.search(frame):
                delays.append((time.time_ns() - int(sent_at[1])) / 1e9)
            if b'"turnComplete"' in frame:
                break
    return delays


def _recorded(server: Server, into: Path, options: argparse.Namespace, *, tagged: bool = False) -> list[float]:
    with _started("servers.recording", "--to", server.url, "--trust", server.certificate, "--into", str(into)) as relay:
        return asyncio.run(_converse(relay, options.sessions, options.turns, tagged=tagged))


def _rehearse(options: argparse.Namespace, folder: Path) -> int:
    first, second = folder / "first.ndjson.gz", folder / "second.ndjson.gz"
    with _started("servers.fake_gemini", "--profile", options.profile) as fake:
        direct = asyncio.run(_converse(fake, options.sessions, options.turns, tagged=True))
        relayed = _recorded(fake, folder / "delays.ndjson.gz", options, tagged=True)
        _recorded(fake, first, options)
    with _started("servers.fake_gemini", "--replay", str(first)) as replay:
        _recorded(replay, second, options)
    found = pairs(read(first), read(second))
    _say(f"to a client that asks the fake itself, a chunk took {_spread(direct)}; through the relay {_spread(relayed)}")
    return _judge(found, options.within)


def _judge(found: Sequence[Pair], within_seconds: float) -> int:
    """Says how far the frames lie apart; gives the exit code."""
    others = sum(not pair.is_same for pair in found)
    apart = [abs(pair.apart_seconds) for pair in found if pair.first and pair.second]
    beyond = sum(seconds > within_seconds for seconds in apart)
    _say(f"{len(found)} frames recorded, replayed and recorded again: {others} are others; apart {_spread(apart)}")
    _say(f"{beyond} of them are more than {within_seconds * 1000:g} ms apart")
    return 1 if others or beyond else 0


def _spread(values: Sequence[float]) -> str:
    ordered = sorted(values)
    told = ((f"p{percent:g}", nearest_rank(ordered, percent)) for percent in (50, 99, 100))
    return ", ".join(f"{name} {seconds * 1000:.2f} ms" for name, seconds in told if seconds is not None)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Gives the exit code."""
    parser = Parser(prog="python -m servers.recording.rehearsal", description="Record, replay, and compare.")
    parser.add_argument("--profile", default="live-text", help="of the fake (default: %(default)s)")
    parser.add_argument("--sessions", type=int, default=5, help="at the same time (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=20, help="of each session (default: %(default)s)")
    parser.add_argument("--within", type=float, default=0.005, metavar="SECONDS", help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    if min(options.sessions, options.turns) < 1 or not options.within > 0:
        parser.error("--sessions, --turns and --within are numbers above zero")
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        return _rehearse(options, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
