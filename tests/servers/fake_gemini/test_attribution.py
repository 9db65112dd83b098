import re
import time

import pytest

from servers.fake_gemini.attribution import stamp, tag_of


@pytest.mark.parametrize(
    ("prompt", "tag"),
    [
        ("#a Hello", "a"),
        ("#run-1.2:3_X Hello", "run-1.2:3_X"),
        ("#a ", "a"),
        ("#a", None),
        ("# a Hello", None),
        (" #a Hello", None),
        ("#a{b Hello", None),
        ("#a\nHello", None),
        ("Hello #a b", None),
        ("", None),
    ],
)
def test_tag_is_what_a_prompt_begins_with(prompt: str, tag: str | None) -> None:
    assert tag_of(prompt) == tag


def test_stamp_names_turn_index_moment_and_cost() -> None:
    before = time.time_ns()
    match = re.fullmatch(r"\{a\.1 7 (\d+) 1500000\}", stamp("a.1", 7, 1.5))
    assert match
    assert before <= int(match[1]) <= time.time_ns()
