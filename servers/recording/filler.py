"""Words in the place of somebody's words. Pure."""

import json

_quote = json.JSONEncoder(ensure_ascii=False).encode


def filler(text: str) -> str:
    """As many words in as many bytes of JSON, with white space before and after where there was some.

    Its words are all about as long as each other: the lengths of words alone can give a sentence away.
    """
    core = text.strip()
    if not core:
        return text
    before, _, after = text.partition(core)
    words = len(core.split())
    letters = len(_quote(core).encode()) - len('""') - (words - 1)
    return before + " ".join("x" * length for length in _shares(letters, words)) + after


def _shares(total: int, parts: int) -> list[int]:
    """Whole numbers, as even as can be."""
    each, more = divmod(total, parts)
    return [each + 1] * more + [each] * (parts - more)
