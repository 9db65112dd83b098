import json
from typing import Any

import pytest
from google.genai.types import LiveServerMessage

from servers.packets import packet_of


def packet(**message: Any) -> Any:
    """What a client is told for a message of Gemini's, given as it stands on the wire."""
    text = packet_of(LiveServerMessage.model_validate(message))
    return None if text is None else json.loads(text)


def said(*parts: dict[str, Any], **content: Any) -> Any:
    return packet(serverContent={"modelTurn": {"role": "model", "parts": list(parts)}, **content})


def test_text_is_passed_on() -> None:
    assert said({"text": "Hel"}) == {"text": "Hel", "turn_complete": False}


def test_text_beyond_ascii_is_passed_on() -> None:
    assert said({"text": " naïve 🙂 \u2028 \x00 \\"})["text"] == " naïve 🙂 \u2028 \x00 \\"


def test_white_space_alone_is_text() -> None:
    assert said({"text": "\n"}) == {"text": "\n", "turn_complete": False}


def test_text_parts_of_a_message_are_joined() -> None:
    assert said({"text": "Hel"}, {"text": "lo"})["text"] == "Hello"


def test_thought_is_left_out_of_the_text() -> None:
    assert said({"text": "**Plan**", "thought": True}, {"text": "Hello"})["text"] == "Hello"


def test_thought_alone_gives_no_packet() -> None:
    assert said({"text": "**Plan** ...", "thought": True}) is None


def test_transcript_is_the_text_of_a_model_that_speaks() -> None:
    assert packet(serverContent={"outputTranscription": {"text": "Your name"}})["text"] == "Your name"


def test_transcript_beside_audio_in_one_message_is_passed_on() -> None:
    audio = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAAA"}}
    assert said(audio, outputTranscription={"text": "Your name"})["text"] == "Your name"


def test_transcript_beside_a_thought_is_passed_on() -> None:
    assert said({"text": "hm", "thought": True}, outputTranscription={"text": "Yes"})["text"] == "Yes"


def test_text_and_its_transcript_are_not_said_twice() -> None:
    assert said({"text": "Yes"}, outputTranscription={"text": "Yes"})["text"] == "Yes"


def test_interruption_is_marked() -> None:
    assert packet(serverContent={"interrupted": True}) == {"text": "", "turn_complete": False, "interrupted": True}


def test_text_that_comes_with_an_interruption_is_kept() -> None:
    assert said({"text": "last"}, interrupted=True) == {"text": "last", "turn_complete": False, "interrupted": True}


def test_end_of_turn_is_marked() -> None:
    message = {"serverContent": {"turnComplete": True}, "usageMetadata": {"totalTokenCount": 7}}
    assert packet(**message) == {"text": "", "turn_complete": True}


def test_end_of_turn_may_come_with_text() -> None:
    assert said({"text": "."}, turnComplete=True) == {"text": ".", "turn_complete": True}


def test_turn_complete_with_idle_ends_the_turn() -> None:
    assert packet(serverContent={"turnComplete": True, "interactionStatus": "IDLE"})["turn_complete"] is True


@pytest.mark.parametrize("status", ["IN_PROGRESS", "REQUIRES_ACTION"])
def test_turn_complete_of_a_remark_does_not_end_the_turn(status: str) -> None:
    """A model that thinks at length says "one moment" first, and completes that; more follows."""
    assert packet(serverContent={"turnComplete": True, "interactionStatus": status}) is None
    assert said({"text": "So"}, turnComplete=True, interactionStatus=status) == {"text": "So", "turn_complete": False}


def test_turn_complete_with_an_unspecified_status_ends_the_turn() -> None:
    status = "INTERACTION_STATUS_UNSPECIFIED"
    assert packet(serverContent={"turnComplete": True, "interactionStatus": status})["turn_complete"] is True


def test_idle_alone_ends_the_turn() -> None:
    assert packet(serverContent={"interactionStatus": "IDLE"}) == {"text": "", "turn_complete": True}


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"serverContent": {}},
        {"serverContent": {"generationComplete": True}},
        {"serverContent": {"modelTurn": {}}},
        {"serverContent": {"modelTurn": {"parts": [{"text": ""}]}}},
        {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm", "data": "AAAA"}}]}}},
        {"serverContent": {"inputTranscription": {"text": " Hello"}}},
        {"serverContent": {"outputTranscription": {"finished": True}}},
        {"serverContent": {"waitingForInput": True}},
        {"serverContent": {"interactionStatus": "IN_PROGRESS"}},
        {"usageMetadata": {"totalTokenCount": 7}},
        {"setupComplete": {}},
        {"goAway": {"timeLeft": "50s"}},
        {"sessionResumptionUpdate": {"newHandle": "45db", "resumable": True}},
        {"voiceActivity": {"voiceActivityType": "ACTIVITY_START"}},
        {"toolCall": {"functionCalls": [{"id": "c1", "name": "f", "args": {"a": 1}}]}},
    ],
    ids=lambda message: json.dumps(message)[:60],
)
def test_message_with_nothing_for_the_client_gives_no_packet(message: dict[str, Any]) -> None:
    assert packet(**message) is None
