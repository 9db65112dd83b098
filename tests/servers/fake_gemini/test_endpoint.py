import pytest

from servers.fake_gemini.endpoint import Endpoint, read_endpoint
from servers.fake_gemini.refusals import INVALID_KEY, INVALID_TOKEN, MISSING_KEY, Refusal, Refused

DEVELOPER = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
VERTEX = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"


@pytest.mark.parametrize(
    ("target", "backend", "version"),
    [
        (DEVELOPER, "developer", "v1beta"),
        ("/" + DEVELOPER, "developer", "v1beta"),
        ("/some/prefix" + DEVELOPER, "developer", "v1beta"),
        (DEVELOPER.replace("v1beta", "v1alpha") + "Constrained", "developer", "v1alpha"),
        (VERTEX, "vertex", "v1beta1"),
        ("/" + VERTEX, "vertex", "v1beta1"),
    ],
)
def test_path_names_backend_and_version(target: str, backend: str, version: str) -> None:
    endpoint = read_endpoint(target, {})
    assert endpoint is not None
    assert (endpoint.backend, endpoint.version) == (backend, version)


@pytest.mark.parametrize("target", ["/", "/ledger", "/ws", DEVELOPER + "Twice", "/ws/google.ai.Music"])
def test_other_paths_are_no_endpoint(target: str) -> None:
    assert read_endpoint(target, {}) is None


@pytest.mark.parametrize(
    ("query", "headers", "key", "token"),
    [
        ("", {"x-goog-api-key": "k"}, "k", ""),
        ("?key=k", {}, "k", ""),
        ("?access_token=t", {}, "", "t"),
        ("", {"Authorization": "Bearer t"}, "", "t"),
        ("", {"Authorization": "Token auth_tokens/t"}, "", "auth_tokens/t"),
        ("", {"Authorization": "Basic dTpw"}, "", ""),
        ("", {}, "", ""),
    ],
)
def test_credentials_are_found_wherever_clients_put_them(
    query: str, headers: dict[str, str], key: str, token: str
) -> None:
    assert read_endpoint(DEVELOPER + query, headers) == Endpoint("developer", "v1beta", key, token)


@pytest.mark.parametrize(
    ("key", "token", "accepted", "refusal"),
    [
        ("", "", None, MISSING_KEY),
        ("", "", "right", MISSING_KEY),
        ("wrong", "", "right", INVALID_KEY),
        ("", "wrong", "right", INVALID_TOKEN),
    ],
)
def test_credentials_that_are_missing_or_wrong_are_refused(
    key: str, token: str, accepted: str | None, refusal: Refusal
) -> None:
    with pytest.raises(Refused) as caught:
        Endpoint("developer", "v1", key, token).check_key(accepted)
    assert caught.value.refusal is refusal


@pytest.mark.parametrize(("key", "token", "accepted"), [("any", "", None), ("", "any", None), ("right", "", "right")])
def test_credentials_that_are_right_pass(key: str, token: str, accepted: str | None) -> None:
    Endpoint("developer", "v1", key, token).check_key(accepted)
