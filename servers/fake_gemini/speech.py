"""What the fake says: readable sentences, put together from a small stock of our own.

The stock holds letters beyond ASCII on purpose, so that text which is counted or cut in the wrong unit shows.
"""

import random
from collections.abc import Sequence

_OPENINGS = (
    "As a rule,",
    "In practice,",
    "On most mornings",
    "After a while",
    "To begin with,",
    "More often than not,",
    "Further down the coast,",
    "By the second week",
    "With a little care,",
    "Seen from the bridge,",
    "For the same reason",
    "Some years ago",
    "When the wind turns,",
    "In the small print,",
    "Late in the season",
    "Put simply,",
)
_SUBJECTS = (
    "the harbour pilot",
    "a patient engineer",
    "the café on the corner",
    "whoever keeps the log",
    "the night train from Malmö",
    "an honest measurement",
    "the old lighthouse",
    "every second apprentice",
    "a well-made clock",
    "the crew of the ferry",
    "the señora at the counter",
    "a naïve first guess",
    "the weather station",
    "one careful reader",
    "the queue at the gate",
    "the library's oldest map",
)
_ACTIONS = (
    "checks the instruments twice",
    "writes every number down",
    "waits for the tide to settle",
    "carries more than it was built for",
    "answers in fewer words than expected",
    "finds a shorter way across the bay",
    "keeps a spare lamp behind the door",
    "starts again from the first page",
    "leaves room for one more passenger",
    "takes the long road through the hills",
    "measures the same distance from both ends",
    "turns a rough plan into a timetable",
    "trusts the chart more than the rumour",
    "sets aside an hour for what goes wrong",
    "notices the pause before anyone speaks",
    "brings the boats home in the right order",
)
_ENDINGS = (
    "before anyone else arrives.", "and nobody minds the wait.", "so the next day is easier.",
    "because the answer depends on it.", "while the kettle comes to the boil.", "and that makes all the difference.",
    "although the map says otherwise.", "until the last light is out.", "which is how the habit began.",
    "and the result is worth keeping.", "even when the numbers look good.", "as long as someone is watching.",
    "without a word of complaint.", "and then goes over it once more.", "just as the ledger foretold.",
    "to the surprise of the newcomers.",
)  # fmt: skip

_PARTS = tuple(
    tuple(tuple(phrase.split()) for phrase in phrases) for phrases in (_OPENINGS, _SUBJECTS, _ACTIONS, _ENDINGS)
)


def fragments(words_per_fragment: Sequence[int], chance: random.Random) -> list[str]:
    """A reply cut into fragments of so many words. Joined as they are, they read as one text: each but the first
    brings its leading space along."""
    total = sum(words_per_fragment)
    words: list[str] = []
    while len(words) < total:
        for phrases in _PARTS:
            words += phrases[int(chance.random() * len(phrases))]
    words[total - 1] = words[total - 1].rstrip(",.") + "."
    cut, start = [], 0
    for count in words_per_fragment:
        cut.append(" ".join(words[start : start + count]))
        start += count
    return [cut[0], *(" " + fragment for fragment in cut[1:])]
