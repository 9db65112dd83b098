import json

import pytest

from servers.recording.filler import filler

TEXTS = [
    "one", " and so it goes on.", "Two  words\n",
    "the naïve café\tin Malmö \N{PARTY POPPER}", 'he said "no" \\ yes', "a b c",
    "", "  ", "\n", "x" * 1000,
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_filler_has_as_many_words_in_as_many_bytes(text: str) -> None:
    filled = filler(text)
    assert len(filled.split()) == len(text.split())
    assert sizes(filled) == sizes(text)


def sizes(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode())


def test_white_space_around_is_kept_because_fragments_are_joined_as_they_are() -> None:
    assert filler(" and so\n") == " xxx xx\n"


def test_filler_tells_nothing_of_single_words() -> None:
    assert filler("I am incomprehensible") == filler("absolutely noone know") == "xxxxxxx xxxxxx xxxxxx"
