"""A Gemini on loopback that answers a prompt with the frame that the prompt asks for by its number."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from servers.fake_gemini.certificate import make_certificate

Frame = str | bytes


def _content(**fields: object) -> str:
    return json.dumps({"serverContent": fields})


def _parts(*parts: object) -> str:
    return _content(modelTurn={"parts": parts})


ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    1e308,
    10**400,
    "",
    "x",
    "\ud800",
    [],
    {},
    [[]],
    [None],
    {"a": {}},
    [{"a": 1}],
)
"""What may stand in any field, and is of the right type in few."""

WRONG: Sequence[Frame] = (
    *("{", "[", "nul", "{}}", "[]", "null", "7", '"x"', '{"serverContent": {]}', "NaN", "-Infinity", "1" * 10_000),
    *(b"\xff\xfe", b"\0" * 100, b"{\x00}", b'{"serverContent": "\xff"}', b"\xef\xbb\xbf{}"),
    *("[" * 100_000, '{"a":' * 100_000, '{"serverContent": ' * 5000 + "1" + "}" * 5000, "[" * 900 + "]" * 900),
    *(json.dumps({"serverContent": odd}) for odd in ODD),
    *(_content(modelTurn=odd) for odd in ODD),
    *(_content(modelTurn={"parts": odd}) for odd in ODD),
    *(_parts(odd) for odd in ODD),
    *(_parts({"text": odd}) for odd in ODD),
    *(_parts({"text": "x", "thought": odd}) for odd in ODD),
    *(_parts({"inlineData": odd}) for odd in ODD),
    *(_parts({"inlineData": {"data": odd, "mimeType": odd}}) for odd in ODD),
    *(_content(outputTranscription=odd) for odd in ODD),
    *(_content(outputTranscription={"text": odd}) for odd in ODD),
    *(_content(turnComplete=odd) for odd in ODD),
    *(_content(interrupted=odd) for odd in ODD),
    *(_content(generationComplete=odd) for odd in ODD),
    *(_content(interactionStatus=odd) for odd in ODD),
    *(json.dumps({"usageMetadata": odd}) for odd in ODD),
    *(json.dumps({"usageMetadata": {"totalTokenCount": odd}}) for odd in ODD),
    *(json.dumps({"goAway": odd}) for odd in ODD),
    *(json.dumps({"goAway": {"timeLeft": odd}}) for odd in ODD),
    *(json.dumps({"sessionResumptionUpdate": odd}) for odd in ODD),
    *(json.dumps({"toolCall": odd}) for odd in ODD),
    *(json.dumps({"setupComplete": odd}) for odd in ODD),
    *(json.dumps({"code": odd, "message": odd}) for odd in ODD),
    *(json.dumps({"error": odd}) for odd in ODD),
    *(json.dumps({"x" * 1000 + str(number): number for number in range(500)}), "", " ", b""),
)
"""Frames that no Gemini sends."""


@dataclass(frozen=True)
class HostileGemini:
    url: str
    certificate: Path

    @property
    def environment(self) -> dict[str, str]:
        """What makes a chat server speak to it."""
        return {"GOOGLE_GEMINI_BASE_URL": self.url, "SSL_CERT_FILE": str(self.certificate)}


@contextmanager
def hostile_gemini(folder: Path) -> Iterator[HostileGemini]:
    """It replies `Hello there.` to prompts that do not ask for a frame."""
    certificate = folder / "hostile.pem"
    with serve(_session, "127.0.0.1", 0, ssl=make_certificate(certificate), compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield HostileGemini(f"https://127.0.0.1:{server.socket.getsockname()[1]}", certificate)
        finally:
            server.shutdown()
            thread.join()


def _session(client: ServerConnection) -> None:
    try:
        client.recv()
        client.send(b'{"setupComplete": {}}')
        for message in client:
            prompt = json.loads(message)["client_content"]["turns"][0]["parts"][0]["text"]
            if prompt.startswith("frame "):
                client.send(WRONG[int(prompt.removeprefix("frame "))])
            for said in (_parts({"text": "Hello "}), _parts({"text": "there."}), _content(turnComplete=True)):
                client.send(said.encode())
    except ConnectionClosed:
        return
