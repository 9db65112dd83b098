"""Text that fits: cut to lines by its real width, kept to characters the font has, and moved apart."""

from collections.abc import Sequence
from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

FAMILY = "DejaVu Sans"
"""Comes with matplotlib, so that a chart looks the same wherever it is drawn."""
_MISSING = "?"


def printable(text: str) -> str:
    """The text on one line, with a question mark for each character that the font cannot draw."""
    known = _characters()
    return "".join(letter if ord(letter) in known else _MISSING for letter in " ".join(text.split()))


def width_points(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line of text is drawn."""
    font = FontProperties(family=FAMILY, weight="bold" if bold else "normal", size=size)
    width: float = text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]
    return width


def wrapped(text: str, size: float, room_points: float, *, bold: bool = False) -> list[str]:
    """Lines that each fit into the room; a single word that does not is left whole."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_points(longer, size, bold=bold) <= room_points:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions in the same order as `wanted`, near it, at least `gap` apart and within `low` to `high`.

    Where there is no room for all, they overlap evenly instead.
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = [0.0] * len(wanted)
    clusters: list[list[int]] = []
    for index in order:
        clusters.append([index])
        while len(clusters) > 1 and _start(clusters[-1], wanted, gap, low, high) < _end(
            clusters[-2], wanted, gap, low, high
        ):
            last = clusters.pop()
            clusters[-1] += last
    for cluster in clusters:
        start = _start(cluster, wanted, gap, low, high)
        for step, index in enumerate(cluster):
            placed[index] = start + step * gap
    return placed


def _start(cluster: Sequence[int], wanted: Sequence[float], gap: float, low: float, high: float) -> float:
    """Where a cluster's first label goes so that, on average, its labels lie where they are wanted."""
    length = (len(cluster) - 1) * gap
    middle = sum(wanted[index] for index in cluster) / len(cluster)
    return max(low, min(middle - length / 2, high - length))


def _end(cluster: Sequence[int], wanted: Sequence[float], gap: float, low: float, high: float) -> float:
    """Where the next cluster may begin."""
    return _start(cluster, wanted, gap, low, high) + len(cluster) * gap - 1e-9


@lru_cache(maxsize=1)
def _characters() -> frozenset[int]:
    regular, bold = (get_font(findfont(FontProperties(family=FAMILY, weight=w))) for w in ("normal", "bold"))
    return frozenset(regular.get_charmap()) & frozenset(bold.get_charmap())
