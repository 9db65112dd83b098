import pytest

from servers.recording.hiding import Hiding

KEY = "planted-key-0123456789"


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (f"/ws/live?key={KEY}", {}),
        (f"/ws/live?alt=x&access_token={KEY}", {}),
        ("/ws/live", {"x-goog-api-key": KEY}),
        ("/ws/live", {"authorization": f"Bearer {KEY}"}),
        ("/ws/live", {"authorization": f"Token {KEY}"}),
    ],
)
def test_what_a_session_is_let_in_by_is_hidden_wherever_it_turns_up(target: str, headers: dict[str, str]) -> None:
    hiding = Hiding()
    hiding.learn(target, headers)
    assert hiding.redact(f"no such key: {KEY}!") == "no such key: [secret]!"


@pytest.mark.parametrize(
    "secret", ["AIza" + "S" * 35, "AQ." + "b" * 40, "ya29.a0AbCdEfGhIj", "auth_tokens/abc-def", "eyJhbGci.eyJzdWIiOiIx"]
)
def test_what_looks_like_a_secret_is_hidden_though_nobody_used_it(secret: str) -> None:
    assert secret not in Hiding().redact(f"my key is {secret}, keep it")


def test_innocent_words_are_left_alone() -> None:
    hiding = Hiding()
    hiding.learn("/ws/live?key=any", {"x-goog-api-key": "x"})
    assert hiding.redact("any text with an x") == "any text with an x"


def test_name_of_a_project_is_hidden_and_that_of_the_model_is_not() -> None:
    told = Hiding().redact("projects/my-company-42/locations/global/publishers/google/models/gemini-live")
    assert told == "projects/-/locations/global/publishers/google/models/gemini-live"


def test_handle_has_one_stand_in_as_long_as_itself() -> None:
    hiding = Hiding()
    first, second = hiding.handle("a" * 36), hiding.handle("b" * 36)
    assert hiding.handle("a" * 36) == first != second
    assert len(first) == 36 and first.startswith("handle-1")
    assert hiding.redact(f"session {'a' * 36} not found") == f"session {first} not found"
