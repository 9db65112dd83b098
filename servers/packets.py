"""Pure translation from one wire to the other: what the SDK makes of Gemini's message -> packet for the client.

All servers that use the SDK use it, so that they differ in how they wait and in nothing else.
"""

import json

from google.genai.types import LiveServerContent

from servers.chunks import Chunk
from servers.quick_receive import Message, ends_turn


def packet_of(message: Message) -> str | None:
    """The packet for the client, or None where a message holds nothing for it."""
    if isinstance(message, Chunk):
        return message.packet
    content = message.server_content
    if content is None:
        return None
    text, over = _text_of(content), ends_turn(content)
    if not (text or over or content.interrupted):
        return None
    packet = {"text": text, "turn_complete": over}
    if content.interrupted:
        packet["interrupted"] = True
    return json.dumps(packet)


def _text_of(content: LiveServerContent) -> str:
    """What the model said: its text parts without thoughts, or the transcript where it speaks."""
    if content.model_turn and content.model_turn.parts:
        text = "".join(part.text for part in content.model_turn.parts if part.text and not part.thought)
        if text:
            return text
    return (content.output_transcription and content.output_transcription.text) or ""
