"""`soak.md`: what servers held, and whether they gave it back. Pure."""

from bench.charts import Picture
from bench.soak import words
from bench.soak.record import Soak, Soaked
from bench.summary import plain


def summary(soak: Soak, picture: Picture | None) -> str:
    """Markdown."""
    blocks = [
        f"## {plain(soak.headline)}",
        "" if soak.complete else "It was ended before its end.",
        f"![{plain(picture.title)}](charts/{picture.name}.svg)" if picture else "",
        *(_table(soak, soaked) for soaked in soak.soaked),
        f"People: {plain(soak.people_by)}, who think {soak.think_seconds:g} s before they ask again.",
        f"Made with `{soak.command.replace('`', chr(39))}`; every look is in [soak.json](soak.json).",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(soak: Soak, soaked: Soaked) -> str:
    rules = [":--", *["--:"] * (len(words.HEAD) - 1)]
    lines = [[plain(cell) for cell in row] for row in (words.HEAD, *words.rows(soaked))]
    table = "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rules, *lines[1:]))
    return f"### {plain(soak.names[soaked.target])}: {soaked.verdict}\n\n{words.turns(soaked)}.\n\n{table}"
