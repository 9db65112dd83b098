"""Pure translation between the two wires: Gemini message -> packet for the client, client frame -> prompt.

Both servers use it, so that they differ in how they wait and in nothing else.
"""

import json

from google.genai.types import InteractionStatus, LiveServerContent, LiveServerMessage

from servers.farewells import Refused

_STILL_OPEN = {InteractionStatus.IN_PROGRESS, InteractionStatus.REQUIRES_ACTION}
"""Statuses with which a `turn_complete` closes a remark of the model's, and not its turn."""


def prompt_of(frame: str | bytes | None) -> str:
    """The prompt in a client's frame. Raises Refused for a frame that holds none.

    An empty binary frame is None under one of the servers, hence the type.
    """
    if not frame or not frame.strip():
        raise Refused("empty_prompt", "the prompt is empty")
    if not isinstance(frame, str):
        raise Refused("unsupported", "binary frames are reserved for audio: send the prompt as text")
    return frame


def packet_of(message: LiveServerMessage) -> str | None:
    """The packet for the client, or None where a message holds nothing for it."""
    content = message.server_content
    if content is None:
        return None
    text, over = _text_of(content), _ends_turn(content)
    if not (text or over or content.interrupted):
        return None
    packet = {"text": text, "turn_complete": over}
    if content.interrupted:
        packet["interrupted"] = True
    return json.dumps(packet)


def _ends_turn(content: LiveServerContent) -> bool:
    """Whether the reply is over: the end test of the SDK's own `receive()`."""
    if content.interaction_status is InteractionStatus.IDLE:
        return True
    return bool(content.turn_complete) and content.interaction_status not in _STILL_OPEN


def _text_of(content: LiveServerContent) -> str:
    """What the model said: its text parts without thoughts, or the transcript where it speaks."""
    if content.model_turn and content.model_turn.parts:
        text = "".join(part.text for part in content.model_turn.parts if part.text and not part.thought)
        if text:
            return text
    return (content.output_transcription and content.output_transcription.text) or ""
