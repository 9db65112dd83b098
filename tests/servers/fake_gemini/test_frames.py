import base64
import json
from typing import Any

import pytest

from servers.fake_gemini.frames import (
    GENERATION_COMPLETE,
    INTERRUPTED,
    SETUP_COMPLETE,
    TRANSCRIPTION,
    Sound,
    Usage,
    silence,
    text_chunk,
    text_tokens,
    thought,
    transcribed_silence,
    turn_complete,
)


def printed(message: Any) -> bytes:
    return (json.dumps(message, indent=2, ensure_ascii=False) + "\n").encode()


def test_setup_complete_has_the_bytes_that_browsers_logged() -> None:
    assert SETUP_COMPLETE == b'{\n  "setupComplete": {}\n}\n'
    assert len(SETUP_COMPLETE) == 26


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain words.",
        '"quoted" \\ and / slashed',
        "".join(map(chr, range(0x300))),
        "\u2028 \ufeff \uffff \U0001f6a2",
        "the text goes here",
    ],
)
def test_chunk_of_any_text_has_the_bytes_of_the_whole_message_printed(text: str) -> None:
    parts = [{"text": text}]
    assert text_chunk(True).fill(text) == printed({"serverContent": {"modelTurn": {"role": "model", "parts": parts}}})
    assert text_chunk(False).fill(text) == printed({"serverContent": {"modelTurn": {"parts": parts}}})
    assert TRANSCRIPTION.fill(text) == printed({"serverContent": {"outputTranscription": {"text": text}}})


def test_end_markers_stand_alone() -> None:
    assert printed({"serverContent": {"generationComplete": True}}) == GENERATION_COMPLETE
    assert printed({"serverContent": {"interrupted": True}}) == INTERRUPTED


def test_turn_complete_carries_the_developer_spelling() -> None:
    assert json.loads(turn_complete(Usage(3, 20, "TEXT"), "developer")) == {
        "serverContent": {"turnComplete": True},
        "usageMetadata": {
            "promptTokenCount": 3,
            "responseTokenCount": 20,
            "totalTokenCount": 23,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 3}],
            "responseTokensDetails": [{"modality": "TEXT", "tokenCount": 20}],
        },
    }


def test_turn_complete_carries_the_vertex_spelling() -> None:
    usage = json.loads(turn_complete(Usage(3, 20, "AUDIO"), "vertex"))["usageMetadata"]
    assert usage["candidatesTokenCount"] == 20
    assert usage["candidatesTokensDetails"] == [{"modality": "AUDIO", "tokenCount": 20}]
    assert usage["trafficType"] == "ON_DEMAND"
    assert "responseTokenCount" not in usage


@pytest.mark.parametrize("seconds", [0.0, 0.06, 0.24])
def test_silence_is_as_long_as_asked_in_pcm_at_24_khz(seconds: float) -> None:
    turn = json.loads(silence(Sound(seconds, names_its_role=False)))["serverContent"]["modelTurn"]
    (part,) = turn["parts"]
    assert "role" not in turn
    assert part["inlineData"]["mimeType"] == "audio/pcm;rate=24000"
    assert base64.b64decode(part["inlineData"]["data"], validate=True) == bytes(round(seconds * 48_000))


def test_sound_and_words_may_share_a_frame_and_sound_its_parts() -> None:
    layout = Sound(0.24, names_its_role=True, parts=2)
    content = json.loads(transcribed_silence(layout).fill(' so "it" goes'))["serverContent"]
    assert content["outputTranscription"] == {"text": ' so "it" goes'}
    assert content["modelTurn"] == json.loads(silence(layout))["serverContent"]["modelTurn"]
    halves = [base64.b64decode(part["inlineData"]["data"]) for part in content["modelTurn"]["parts"]]
    assert halves == [bytes(5760)] * 2


def test_thought_is_marked_as_one() -> None:
    turn = json.loads(thought(names_its_role=False))["serverContent"]["modelTurn"]
    assert turn.keys() == {"parts"}
    assert turn["parts"][0]["thought"] is True and turn["parts"][0]["text"]


def test_end_of_a_turn_says_idle_where_a_remark_has_an_end_as_well() -> None:
    usage = Usage(3, 20, "AUDIO")
    content = json.loads(turn_complete(usage, "developer", says_idle=True))["serverContent"]
    assert content == {"turnComplete": True, "interactionStatus": "IDLE"}


def test_three_words_are_about_four_tokens() -> None:
    assert [text_tokens(words) for words in (0, 3, 180)] == [0, 4, 240]
