import base64
from typing import Any

import pytest

from servers.recording.scrubbing import Scrubber

SCRUBBED = Scrubber()
KEPT = Scrubber(keeps_text=True)


def parts(*made: dict[str, Any]) -> dict[str, Any]:
    return {"serverContent": {"modelTurn": {"role": "model", "parts": list(made)}}}


def test_words_are_filled_and_the_rest_of_the_message_is_kept() -> None:
    usage = {"promptTokenCount": 3, "responseTokensDetails": [{"modality": "TEXT", "tokenCount": 7}]}
    message = parts({"text": "Hello there"}) | {"usageMetadata": usage}
    assert SCRUBBED.message(message) == parts({"text": "xxxxx xxxxx"}) | {"usageMetadata": usage}


def test_words_are_kept_where_that_is_asked_for() -> None:
    assert KEPT.message(parts({"text": "Hello there"})) == parts({"text": "Hello there"})


@pytest.mark.parametrize("scrubber", [SCRUBBED, KEPT])
def test_sound_is_kept_as_its_length(scrubber: Scrubber) -> None:
    for length in (0, 1, 2, 3, 11_520):
        data = base64.b64encode(b"\x01" * length).decode()
        made = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}}
        kept = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": length}}
        assert scrubber.message(parts(made)) == parts(kept)


def test_sound_is_kept_as_it_is_where_that_is_asked_for() -> None:
    made = parts({"inlineData": {"mimeType": "audio/pcm", "data": "AQID"}})
    assert Scrubber(keeps_audio=True).message(made) == made


def test_stamp_of_the_fake_is_no_part_of_the_words() -> None:
    stamp = "{t-1 0 1795854683600847544 6454}"
    assert SCRUBBED.message(parts({"text": f"{stamp}As a rule"})) == parts({"text": f"{stamp}xxx xx xx"})


@pytest.mark.parametrize("name", ["handle", "newHandle", "new_handle"])
@pytest.mark.parametrize("scrubber", [Scrubber(), Scrubber(keeps_text=True)])
def test_resumption_handle_has_a_stand_in(name: str, scrubber: Scrubber) -> None:
    (told,) = scrubber.message({name: "45db4869-secret"}).values()
    assert told == "handle-1-------"


@pytest.mark.parametrize(
    "message",
    [
        {"toolCall": {"functionCalls": [{"name": "SECRET", "args": {"SECRET": 1}}]}},
        {"tool_response": {"functionResponses": [{"id": "SECRET", "response": {"a": "SECRET"}}]}},
        {"setup": {"labels": {"SECRET": "SECRET"}, "systemInstruction": {"parts": [{"text": "SECRET"}]}}},
        {"somethingNew": [{"whoKnows": "SECRET"}, "SECRET"]},
        {"serverContent": {"inputTranscription": {"text": "SECRET"}}},
    ],
)
def test_nothing_that_is_not_known_to_be_harmless_is_kept(message: dict[str, Any]) -> None:
    assert "SECRET" not in str(SCRUBBED.message(message))
    assert "SECRET" in str(message)


def test_enumerations_are_kept() -> None:
    message = {"setup": {"model": "models/x", "generationConfig": {"responseModalities": ["AUDIO"]}}}
    assert SCRUBBED.message(message) == message
    assert SCRUBBED.message({"goAway": {"timeLeft": "50s"}}) == {"goAway": {"timeLeft": "50s"}}
