"""What is read here against what the SDK itself makes of the same frames: a change in either shows."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, cast

import pytest
from google import genai
from google.genai.live import AsyncSession
from google.genai.types import LiveServerMessage
from hypothesis import HealthCheck, given, settings, strategies as st
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, ConnectionClosedOK
from websockets.frames import Close

from servers.chunks import Chunk, chunk_in
from servers.packets import packet_of
from servers.quick_receive import Message, receive

Arriving = bytes | ConnectionClosed
Receive = Callable[[AsyncSession], AsyncIterator[Message]]

AUDIO = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAAA"}}
LEFT = ConnectionClosedError(Close(1011, "Internal error encountered."), None, None)


def content(**fields: Any) -> dict[str, Any]:
    return {"serverContent": fields}


def said(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return content(modelTurn={"parts": list(parts)}, **fields)


CHUNKS = [
    said({"text": "Hel"}),
    said({"text": "Hel"}, {"text": "lo"}),
    said({"text": ' naïve 🙂 \u2028 \x00 \\ "'}),
    said({"text": ""}),
    said(),
    said(AUDIO),
    said({"text": "Hi"}, AUDIO),
    said(AUDIO, outputTranscription={"text": "Your name"}),
    said({"text": "Yes"}, outputTranscription={"text": "Yes"}),
    content(modelTurn={"role": "model", "parts": [{"text": "Hel"}]}),
    content(outputTranscription={"text": "Your name"}),
    content(generationComplete=True),
    said({"text": "."}, generationComplete=True),
]
OTHERS = [
    {},
    {"setupComplete": {}},
    {"setupComplete": {"sessionId": "abc"}},
    content(),
    said({"text": "**Plan** ...", "thought": True}),
    said({"text": "hm", "thought": True}, {"text": "Hello"}),
    said({"text": "Hi", "thoughtSignature": "AAAA"}),
    said({"text": None}),
    said({}),
    said({"executableCode": {"code": "1 + 1", "language": "PYTHON"}}),
    said({"text": "last"}, interrupted=True),
    said({"text": "."}, turnComplete=True),
    said({"text": "Hi"}, groundingMetadata={}),
    content(modelTurn={}),
    content(modelTurn=None),
    content(modelTurn={"role": None, "parts": [{"text": "Hi"}]}),
    content(inputTranscription={"text": " Hello"}),
    content(outputTranscription={"text": "Your", "finished": True}),
    content(outputTranscription={"finished": True}),
    content(outputTranscription={}),
    content(generationComplete=None),
    content(interrupted=True),
    content(waitingForInput=True),
    content(turnComplete=False),
    content(interactionStatus="IN_PROGRESS"),
    content(turnComplete=True, interactionStatus="IN_PROGRESS"),
    content(turnComplete=True, interactionStatus="REQUIRES_ACTION"),
    content(turnComplete=True, turnCompleteReason="NEED_MORE_INPUT"),
    {"toolCall": {"functionCalls": [{"id": "c1", "name": "f", "args": {"a": 1}}]}},
    {"toolCallCancellation": {"ids": ["c1"]}},
    {"goAway": {"timeLeft": "50s"}},
    {"sessionResumptionUpdate": {"newHandle": "45db4869", "resumable": True}},
    {"voiceActivity": {"voiceActivityType": "ACTIVITY_START", "audioOffset": "1.240s"}},
    {**said({"text": "Hi"}), "usageMetadata": {"totalTokenCount": 7}},
    {"usageMetadata": {"promptTokenCount": 1130, "responseTokenCount": 26, "totalTokenCount": 1156}},
    {"usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 2, "trafficType": "ON_DEMAND"}},
]
ENDS = [
    content(turnComplete=True),
    {**content(turnComplete=True), "usageMetadata": {"totalTokenCount": 7}},
    content(turnComplete=True, interactionStatus="IDLE"),
    content(turnComplete=True, interactionStatus="INTERACTION_STATUS_UNSPECIFIED"),
    content(interactionStatus="IDLE"),
]
FAILURES: list[Arriving] = [
    b"not JSON",
    b'{"serverContent": {"modelTurn": {"parts": [{"text": "cut',
    b'{"code": 429, "message": "slow down"}',
    b'{"code": 503, "message": "later"}',
    b'{"error": {"code": 429}}',
    b'{"somethingNew": {}}',
    b'{"serverContent": {"modelTurn": {"parts": [{"text": 5}]}}}',
    b'{"serverContent": {"modelTurn": {"role": 5, "parts": [{"text": "Hi"}]}}}',
    b'{"serverContent": {"outputTranscription": {"text": ["Hi"]}}}',
    b'{"serverContent": []}',
    b"[]",
    b"null",
    LEFT,
    ConnectionClosedError(Close(1007, "Request contains an invalid argument."), None, None),
    ConnectionClosedError(Close(1008, ""), None, None),
    ConnectionClosedOK(Close(1000, ""), Close(1000, ""), True),
    ConnectionClosedOK(None, Close(1000, ""), None),
    ConnectionClosedError(None, None, None),
]
ODD_FRAMES = [
    b"",
    b"\xef\xbb\xbf" + json.dumps(CHUNKS[0]).encode(),
    json.dumps(CHUNKS[0]).encode("utf-16"),
    b'{"serverContent": {"modelTurn": {"parts": [{"text": "half of a pair: \\ud83d"}]}}}',
    b'{"serverContent": {"modelTurn": {"parts": [{"text": "a"}]}, "modelTurn": {"parts": [{"text": "b"}]}}}',
    b'{"usageMetadata": {"totalTokenCount": NaN}, "serverContent": {"turnComplete": false}}',
]


class Frames:
    """A session's WebSocket by which all is about to arrive."""

    def __init__(self, arriving: Sequence[Arriving]) -> None:
        self.arriving = list(arriving)

    async def recv(self, decode: bool | None = None) -> bytes:
        arrived = self.arriving.pop(0)
        if isinstance(arrived, ConnectionClosed):
            raise arrived
        return arrived


CLIENTS = {
    "developer": genai.Client(vertexai=False, api_key="any"),
    "vertex": genai.Client(vertexai=True, api_key="any"),
}


def account_of(message: Message) -> Any:
    """All that the servers look at."""
    packet = packet_of(message)
    return (
        json.loads(packet) if packet else None,
        message.go_away,
        message.session_resumption_update,
        message.usage_metadata,
    )


def turn(receive: Receive, client: genai.Client, arriving: Sequence[Arriving]) -> list[Any]:
    """What is received of a turn, and at last how many frames are left behind, or the error."""

    async def converse() -> list[Any]:
        frames = Frames(arriving)
        accounts: list[Any] = []
        try:
            async for message in receive(AsyncSession(client._api_client, cast(Any, frames))):
                accounts.append(account_of(message))
        except Exception as error:
            fields = {name: value for name, value in vars(error).items() if not isinstance(value, BaseException)}
            return [*accounts, type(error), str(error), fields]
        return [*accounts, len(frames.arriving)]

    return asyncio.run(converse())


def by_the_sdk(session: AsyncSession) -> AsyncIterator[Message]:
    return cast("AsyncIterator[Message]", session.receive())


def check_same(*arriving: dict[str, Any] | Arriving) -> None:
    frames = [json.dumps(message).encode() if isinstance(message, dict) else message for message in arriving]
    for client in CLIENTS.values():
        assert turn(receive, client, [*frames, LEFT]) == turn(by_the_sdk, client, [*frames, LEFT])


@pytest.mark.parametrize("message", [*CHUNKS, *OTHERS, *ENDS], ids=lambda message: json.dumps(message)[:70])
def test_message_is_read_as_the_sdk_reads_it(message: dict[str, Any]) -> None:
    check_same(message)


@pytest.mark.parametrize("failure", [*FAILURES, *ODD_FRAMES], ids=repr)
def test_failure_is_told_as_the_sdk_tells_it(failure: Arriving) -> None:
    check_same(failure)
    check_same(CHUNKS[0], failure, CHUNKS[1])


@pytest.mark.parametrize("end", ENDS, ids=json.dumps)
def test_turn_ends_where_it_ends_for_the_sdk(end: dict[str, Any]) -> None:
    """And what comes after it is left for the next."""
    check_same(*CHUNKS, *OTHERS, end, *CHUNKS)
    (*_, left) = turn(receive, CLIENTS["vertex"], [json.dumps(end).encode(), b"{}", b"{}"])
    assert left == 2


@pytest.mark.parametrize("message", CHUNKS, ids=json.dumps)
def test_chunk_is_not_left_to_the_sdk(message: dict[str, Any]) -> None:
    assert isinstance(chunk_in(json.dumps(message).encode()), Chunk)
    assert isinstance(chunk_in(json.dumps(message, indent=2, ensure_ascii=False).encode() + b"\n"), Chunk)


@pytest.mark.parametrize("message", [*OTHERS, *ENDS], ids=json.dumps)
def test_message_that_is_more_than_a_chunk_is_left_to_the_sdk(message: dict[str, Any]) -> None:
    assert chunk_in(json.dumps(message).encode()) is None


def test_message_left_to_the_sdk_is_the_sdks() -> None:
    async def first() -> Message:
        frames = Frames([b'{"goAway": {"timeLeft": "50s"}}'])
        return await anext(receive(AsyncSession(CLIENTS["vertex"]._api_client, cast(Any, frames))))

    message = asyncio.run(first())
    assert isinstance(message, LiveServerMessage)
    assert message.go_away and message.go_away.time_left == "50s"


def test_read_that_is_given_up_loses_nothing() -> None:
    class Slow(Frames):
        async def recv(self, decode: bool | None = None) -> bytes:
            await asyncio.sleep(0)
            return await super().recv(decode)

    async def converse() -> list[str | None]:
        frames = Slow([json.dumps(message).encode() for message in (CHUNKS[0], ENDS[0])])
        session = AsyncSession(CLIENTS["vertex"]._api_client, cast(Any, frames))
        given_up = asyncio.ensure_future(anext(receive(session)))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait([given_up])
        return [packet_of(message) async for message in receive(session)]

    assert len(asyncio.run(converse())) == 2


texts = st.text('aé🙂\\" \u2028\x00', max_size=4)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | texts,
    lambda values: st.lists(values, max_size=2) | st.dictionaries(st.sampled_from(["text", "parts", "role"]), values),
    max_leaves=3,
)


def fields(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of these fields, each as it should be or else anything."""
    return st.fixed_dictionaries({}, optional={name: value | json_values for name, value in values.items()})


flags = st.booleans()
parts = st.lists(st.just(AUDIO) | fields(text=texts, thought=flags), max_size=3)
messages = fields(
    serverContent=fields(
        modelTurn=fields(role=st.just("model"), parts=parts),
        outputTranscription=fields(text=texts, finished=flags),
        turnComplete=flags,
        generationComplete=flags,
        interrupted=flags,
    ),
    goAway=fields(timeLeft=st.just("50s")),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages)
def test_whatever_arrives_is_read_as_the_sdk_reads_it(message: dict[str, Any]) -> None:
    check_same(message)
