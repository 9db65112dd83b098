import ssl

import pytest
from google.genai.errors import APIError
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from servers.causes import cause_of, is_quota, may_pass
from servers.raw.gemini_wire import message_in

QUOTA_REASONS = (
    "You exceeded your current quota, please check your plan and billing details. For more information ",
    "Resource has been exhausted (e.g. check quota).",
    "Request trace id: 0a1b, [ORIGINAL ERROR] generic::resource_exhausted: RESOURCE_EXHAUSTED: Maximum concurrent se",
)
"""As users of the real service have reported them; the service cuts them."""


def not_upgraded(status: int) -> InvalidStatus:
    return InvalidStatus(Response(status, "", Headers()))


@pytest.mark.parametrize("reason", QUOTA_REASONS)
def test_close_that_tells_of_a_quota_is_one_however_it_is_met(reason: str) -> None:
    for error in (APIError(1011, reason), ConnectionClosedError(Close(1011, reason), None)):
        assert is_quota(error) and may_pass(error)
        assert cause_of(error) == "quota"


@pytest.mark.parametrize(
    "error",
    [not_upgraded(429), APIError(429, {"error": {"message": "x"}})],
    ids=["the upgrade", "json"],
)
def test_429_is_a_quota_too_however_it_comes(error: Exception) -> None:
    assert (is_quota(error), may_pass(error), cause_of(error)) == (True, True, "quota")


def test_gemini_that_is_not_to_be_had_may_be_in_a_moment_and_has_no_quota_used_up() -> None:
    error = not_upgraded(503)
    assert (is_quota(error), may_pass(error), cause_of(error)) == (False, True, "http_503")


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (APIError(1007, "API key not valid. Please pass a valid API key."), "closed_1007"),
        (APIError(1007, QUOTA_REASONS[0]), "closed_1007"),
        (APIError(1008, "BidiGenerateContent session not found"), "closed_1008"),
        (APIError(1011, "Internal error encountered."), "closed_1011"),
        (APIError(1006, "abnormal closure [internal]"), "closed_1006"),
        (APIError(4711, "whatever"), "closed_otherwise"),
        (ConnectionClosedError(Close(1008, ""), None), "closed_1008"),
        (ConnectionClosedError(None, None), "closed_1006"),
        (not_upgraded(403), "http_403"),
        (ConnectionRefusedError(), "unreachable"),
        (TimeoutError(), "unreachable"),
        (ssl.SSLCertVerificationError("no"), "unreachable"),
    ],
)
def test_any_other_failure_is_no_quota_and_has_one_of_a_few_names(error: Exception, cause: str) -> None:
    assert (is_quota(error), may_pass(error), cause_of(error)) == (False, False, cause)


@pytest.mark.parametrize("frame", [b"not JSON", b"[]", b'{"serverContent": 7}'], ids=repr)
def test_message_that_is_not_understood_is_told_from_a_gemini_that_is_not_reached(frame: bytes) -> None:
    with pytest.raises(Exception) as error:
        message_in(frame)
    assert (may_pass(error.value), cause_of(error.value)) == (False, "not_understood")
