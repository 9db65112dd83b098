"""Pure translation from one wire to the other: client frame -> prompt."""

from servers.farewells import Refused


def prompt_of(frame: str | bytes | None) -> str:
    """The prompt in a client's frame. Raises Refused for a frame that holds none.

    An empty binary frame is None under one of the servers, hence the type.
    """
    if not frame or not frame.strip():
        raise Refused("empty_prompt", "the prompt is empty")
    if not isinstance(frame, str):
        raise Refused("unsupported", "binary frames are reserved for audio: send the prompt as text")
    return frame
