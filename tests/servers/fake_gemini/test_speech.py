import random

from servers.fake_gemini.speech import fragments


def test_fragments_have_the_words_asked_for() -> None:
    assert [len(text.split()) for text in fragments([1, 12, 7, 1], random.Random(1))] == [1, 12, 7, 1]


def test_fragments_read_as_one_text() -> None:
    text = "".join(fragments([1, 5, 30, 40], random.Random(2)))
    assert "  " not in text
    assert not text.startswith(" ")
    assert text.endswith(".")
    assert len(text.split()) == 76


def test_same_chance_says_the_same() -> None:
    assert fragments([1, 20], random.Random(3)) == fragments([1, 20], random.Random(3))
    assert fragments([1, 20], random.Random(3)) != fragments([1, 20], random.Random(4))


def test_replies_go_beyond_ascii() -> None:
    assert not "".join(fragments([400], random.Random(1))).isascii()


def test_reply_of_one_word_is_possible() -> None:
    (word,) = fragments([1], random.Random(1))
    assert word.strip(".")
