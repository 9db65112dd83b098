import asyncio
import json
import logging
import ssl
from typing import Any, cast

import pytest
from google import genai
from google.genai.errors import APIError
from google.genai.live import AsyncSession
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from servers.farewells import Farewell, GoingAway, Refused, farewell_to


def test_packet_holds_code_and_message() -> None:
    packet = json.loads(Farewell(1008, "idle", "nothing was said").packet)
    assert packet == {"error": {"code": "idle", "message": "nothing was said"}}


def test_refusal_closes_with_1008_and_its_own_words() -> None:
    assert farewell_to(Refused("idle", "nothing was said")) == Farewell(1008, "idle", "nothing was said")


def test_going_away_closes_with_1012_and_says_what_to_do() -> None:
    told = farewell_to(GoingAway())
    assert (told.close_code, told.code) == (1012, "going_away")
    assert "connect again" in told.message


def test_close_of_geminis_is_told_with_its_code_and_reason() -> None:
    told = farewell_to(APIError(1007, "API key not valid. Please pass a valid API key."))
    assert told == Farewell(
        1011, "upstream", "Gemini closed the session: 1007 API key not valid. Please pass a valid API key."
    )


def test_error_of_geminis_in_json_is_told_by_its_message() -> None:
    """Live sends errors as closes, but the SDK also makes an APIError of a frame that holds one."""
    error = APIError(429, {"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED"}})
    assert farewell_to(error) == Farewell(1011, "upstream", "Gemini closed the session: 429 quota")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionClosedOK(Close(1000, "done"), None), "1000 done"),
        (ConnectionClosedError(None, None), "1006 abnormal closure [internal]"),
    ],
    ids=["closed", "dropped"],
)
def test_session_found_closed_when_a_prompt_is_sent_is_geminis_failure(error: Exception, told: str) -> None:
    assert farewell_to(error) == Farewell(1011, "upstream", f"Gemini closed the session: {told}")


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connect call failed"),
        TimeoutError("timed out during opening handshake"),
        ssl.SSLCertVerificationError("certificate verify failed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_failure_to_connect_is_told_by_its_kind(error: Exception) -> None:
    kind = type(error).__name__
    assert farewell_to(error) == Farewell(1011, "unreachable", f"Gemini cannot be reached: {kind}")


def test_upgrade_that_is_refused_is_told_by_its_status() -> None:
    told = farewell_to(InvalidStatus(Response(503, "Service Unavailable", Headers())))
    assert told == Farewell(1011, "unreachable", "Gemini cannot be reached: it answered HTTP 503")


def test_fault_of_the_servers_own_is_logged_whole_and_told_without_detail(caplog: pytest.LogCaptureFixture) -> None:
    fault = ZeroDivisionError("secret detail")
    with caplog.at_level(logging.ERROR):
        assert farewell_to(fault) == Farewell(1011, "internal", "the server failed")
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[1] is fault


@pytest.mark.parametrize(
    "error", [Refused("idle", "x"), GoingAway(), APIError(1011, "x"), ConnectionRefusedError(), TimeoutError()]
)
def test_expected_failure_is_not_logged_as_a_fault(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    farewell_to(error)
    assert caplog.records == []


@pytest.mark.parametrize("frame", [b'{"sessionWeather": {}}', b'{"error": {"code": 500}}', b"upstream connect error"])
def test_message_that_the_sdk_does_not_know_is_geminis_failure(frame: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """The real SDK reads it: how its failure looks is what is relied on."""

    class Arrived:
        async def recv(self, decode: bool) -> bytes:
            return frame

    async def read() -> None:
        client = genai.Client(vertexai=False, api_key="none")
        async for _ in AsyncSession(client._api_client, cast(Any, Arrived())).receive():
            pass

    with pytest.raises((TypeError, ValueError)) as caught:
        asyncio.run(read())
    assert farewell_to(caught.value) == Farewell(1011, "upstream", "Gemini sent a message that is not understood")
    assert not caplog.records


@pytest.mark.parametrize("error", [TypeError("ours"), ValueError("ours")])
def test_same_error_from_elsewhere_is_a_fault_of_this_server(error: Exception) -> None:
    try:
        raise error
    except (TypeError, ValueError) as raised:
        assert farewell_to(raised).code == "internal"
