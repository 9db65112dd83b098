import pytest

from servers.farewells import Refused
from servers.prompts import prompt_of


def test_text_frame_is_a_prompt_as_it_stands() -> None:
    assert prompt_of(" Wie geht's? 🙂\n") == " Wie geht's? 🙂\n"


@pytest.mark.parametrize("frame", ["", " \t\r\n", b"", b" \n", None], ids=repr)
def test_empty_frame_is_refused(frame: str | bytes | None) -> None:
    with pytest.raises(Refused) as refused:
        prompt_of(frame)
    assert (refused.value.farewell.close_code, refused.value.farewell.code) == (1008, "empty_prompt")


@pytest.mark.parametrize("frame", [b"Hello", b"\xff\x00\xfe"])
def test_binary_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(Refused) as refused:
        prompt_of(frame)
    assert (refused.value.farewell.close_code, refused.value.farewell.code) == (1008, "unsupported")
