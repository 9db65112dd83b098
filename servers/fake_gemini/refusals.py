"""How the Live API says no: a WebSocket close code and a reason, sent after the upgrade has succeeded.

The codes follow the gRPC status behind them: INVALID_ARGUMENT closes with 1007; NOT_FOUND, PERMISSION_DENIED and
UNAUTHENTICATED with 1008; INTERNAL with 1011. The texts are the ones that users of the real service have reported.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

REASON_BYTES = 123
"""What fits in a close frame beside the code (RFC 6455, section 5.5); the service cuts its longer texts there."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason to close a session. `text` is the whole message, `reason` what fits in the frame."""

    code: int
    text: str

    @property
    def reason(self) -> str:
        return self.text.encode()[:REASON_BYTES].decode(errors="ignore")


class Refused(Exception):
    """Raised where a session meets a reason to be closed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code, refusal.reason)
        self.refusal = refusal


INVALID_ARGUMENT = Refusal(1007, "Request contains an invalid argument.")
INVALID_KEY = Refusal(1007, "API key not valid. Please pass a valid API key.")
MISSING_KEY = Refusal(
    1008,
    "Method doesn't allow unregistered callers (callers without established identity). "
    "Please use API Key or other form of API consumer identity to call this API.",
)
INVALID_TOKEN = Refusal(
    1008,
    "Request had invalid authentication credentials. "
    "Expected OAuth 2 access token, login cookie or other valid authentication credential.",
)
NO_VOICES = Refusal(1007, "Cannot extract voices from a non-audio request.")
EXPIRED_KEY = Refusal(1007, "API key expired. Please renew the API key.")
SESSION_NOT_FOUND = Refusal(1008, "BidiGenerateContent session not found")
NOT_IMPLEMENTED = Refusal(1008, "Operation is not implemented, or supported, or enabled.")
ABORTED = Refusal(1008, "The operation was aborted")
GOAWAY_IGNORED = Refusal(
    1008,
    "Connection aborted because the client failed to close the connection after receiving a GoAway signal once the "
    "session duration expired",
)
GOAWAY_DEADLINE = Refusal(1011, "Deadline expired before operation could complete.")
INTERNAL = Refusal(1011, "Internal error encountered.")
INTERNAL_OCCURRED = Refusal(1011, "Internal error occurred.")
UNAVAILABLE = Refusal(1011, "The service is currently unavailable.")
RESOURCE_EXHAUSTED = Refusal(1011, "Resource has been exhausted (e.g. check quota).")
QUOTA = Refusal(
    1011,
    "You exceeded your current quota, please check your plan and billing details. "
    "For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.",
)
NORMAL_END = Refusal(1000, "")


def traced(text: str) -> Refusal:
    """What the service says of a failure somewhere behind it."""
    return Refusal(1011, f"Request trace id: 5f3c9a1e07b24d68, [ORIGINAL ERROR] {text}")


TOO_MANY_SESSIONS = traced(
    "generic::resource_exhausted: RESOURCE_EXHAUSTED: Maximum concurrent sessions exceeded for the project."
)
OVERLOADED = traced(
    "extensible_stubs::OVERLOADED_TOO_MANY_RETRIES_PER_REQUEST: You are most likely sending more than is served."
)
DEADLINE = traced("RPC::DEADLINE_EXCEEDED: ")


def unknown_name(name: str, where: str) -> Refusal:
    """What becomes of a field that the API does not have."""
    return Refusal(1007, f"Invalid JSON payload received. Unknown name \"{name}\" at '{where}': Cannot find field.")


def unsupported_modality(modality: str) -> Refusal:
    """What the current models answer to a modality that they do not speak."""
    return Refusal(
        1007, f"The requested combination of response modalities ({modality}) is not supported by the model."
    )


def unknown_developer_model(resource: str, version: str) -> Refusal:
    """`resource` as the client named it, `models/X`; `version` from the path."""
    return Refusal(
        1008,
        f"{resource} is not found for API version {version}, or is not supported for bidiGenerateContent. "
        "Call ListModels to see the list of available models and their supported methods.",
    )


def unknown_vertex_model(resource: str) -> Refusal:
    """Also what a model answers in a region that does not serve it."""
    return Refusal(
        1008,
        f"Publisher Model `{resource}` was not found or your project does not have access to it. "
        "Please ensure you are using a valid model version.",
    )


_UPGRADE_ERRORS: dict[HTTPStatus, tuple[str, str]] = {
    HTTPStatus.UNAUTHORIZED: ("UNAUTHENTICATED", INVALID_TOKEN.text),
    HTTPStatus.FORBIDDEN: ("PERMISSION_DENIED", MISSING_KEY.text),
    HTTPStatus.TOO_MANY_REQUESTS: ("RESOURCE_EXHAUSTED", QUOTA.text),
    HTTPStatus.SERVICE_UNAVAILABLE: ("UNAVAILABLE", UNAVAILABLE.text),
}


def upgrade_error(status: HTTPStatus) -> dict[str, Any]:
    """The body with which an upgrade is refused, which the service does where something in front of it fails."""
    name, message = _UPGRADE_ERRORS[status]
    return {"error": {"code": status.value, "message": message, "status": name}}
