import json
from typing import Any

import pytest

from servers.fake_gemini.client_messages import Content, Setup, Unheard, parse
from servers.fake_gemini.refusals import INVALID_ARGUMENT, Refused


def parsed(message: Any) -> Any:
    return parse(json.dumps(message))


def test_setup_is_read_in_either_casing() -> None:
    camel = {
        "setup": {
            "model": "models/m",
            "generationConfig": {"responseModalities": ["AUDIO"]},
            "outputAudioTranscription": {},
            "historyConfig": {"initialHistoryInClientContent": True},
        }
    }
    snake = {
        "setup": {
            "model": "models/m",
            "generation_config": {"response_modalities": ["AUDIO"]},
            "output_audio_transcription": {},
            "history_config": {"initial_history_in_client_content": True},
        }
    }
    expected = Setup("models/m", ("AUDIO",), transcribes=True, seeds_history=True)
    assert parsed(camel) == parsed(snake) == expected


def test_setup_asks_for_nothing_by_itself() -> None:
    assert parsed({"setup": {"model": "models/m"}}) == Setup("models/m")


def test_one_modality_may_be_a_bare_string() -> None:
    message = {"setup": {"model": "m", "generation_config": {"response_modalities": "TEXT"}}}
    assert parsed(message) == Setup("m", ("TEXT",))


@pytest.mark.parametrize("complete", ["turnComplete", "turn_complete"])
@pytest.mark.parametrize("key", ["clientContent", "client_content"])
def test_client_content_is_read_in_either_casing(key: str, complete: str) -> None:
    message = {key: {"turns": [{"role": "user", "parts": [{"text": "Hi"}]}], complete: True}}
    assert parsed(message) == Content("Hi", turn_complete=True)


@pytest.mark.parametrize("body", [{}, {"turnComplete": False}, {"turnComplete": None}])
def test_turn_is_not_complete_unless_it_says_so(body: dict[str, Any]) -> None:
    assert parsed({"clientContent": body}) == Content("", turn_complete=False)


def test_parts_and_turns_are_joined_line_by_line_and_pictures_left_out() -> None:
    turns = [
        {"parts": [{"text": "one"}, {"inlineData": {"data": "AA==", "mime_type": "image/png"}}, {"text": "two"}]},
        {"parts": [{"text": "three"}]},
    ]
    assert parsed({"client_content": {"turns": turns}}) == Content("one\ntwo\nthree", turn_complete=False)


@pytest.mark.parametrize("key", ["realtimeInput", "realtime_input"])
def test_realtime_text_asks_at_once(key: str) -> None:
    assert parsed({key: {"text": "Hi"}}) == Content("Hi", turn_complete=True, realtime=True)


@pytest.mark.parametrize(
    "message",
    [
        {"realtime_input": {"audio": {"data": "-_8=", "mime_type": "audio/pcm;rate=16000"}}},
        {"realtime_input": {"activityStart": {}}},
        {"realtime_input": {"audioStreamEnd": True}},
        {"tool_response": {"functionResponses": []}},
        {"contextUpdate": {"systemInstruction": {"parts": []}}},
    ],
)
def test_what_is_not_typed_is_legal_and_unheard(message: dict[str, Any]) -> None:
    assert parsed(message) == Unheard()


def test_binary_frame_is_read_as_well() -> None:
    assert parse(b'{"realtimeInput": {"text": "\xc3\xa9"}}') == Content("é", turn_complete=True, realtime=True)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "Hello",
        "7",
        b"\xff",
        "[" * 100_000,
        '{"setup": {}, "clientContent": {}}',
        '{"clientContent": null}',
        '{"clientContent": {"turns": {}}}',
        '{"clientContent": {"turns": ["Hi"]}}',
        '{"clientContent": {"turns": [{"parts": [{"text": 7}]}]}}',
        '{"setup": {"model": 7}}',
        '{"setup": {"generationConfig": {"responseModalities": [7]}}}',
        '{"setup": {"generationConfig": {"responseModalities": {"TEXT": true}}}}',
        '{"realtimeInput": {"text": ["Hi"]}}',
    ],
)
def test_malformed_frame_is_refused(frame: str | bytes) -> None:
    with pytest.raises(Refused) as caught:
        parse(frame)
    assert caught.value.refusal == INVALID_ARGUMENT


def test_setup_says_whether_it_resumes_and_what() -> None:
    def setup(**more: object) -> Setup:
        message = parse(json.dumps({"setup": {"model": "models/m", **more}}))
        assert isinstance(message, Setup)
        return message

    assert (setup().resumes, setup().handle) == (False, "")
    asked = setup(sessionResumption={})
    assert (asked.resumes, asked.handle) == (True, "")
    resumed = setup(session_resumption={"handle": "h"})
    assert (resumed.resumes, resumed.handle) == (True, "h")
    with pytest.raises(Refused):
        setup(sessionResumption={"handle": 7})
