"""`size.md`: what so many people take, and why. Pure."""

from bench.charts import Picture
from bench.size import words
from bench.size.record import Size
from bench.summary import plain


def summary(size: Size, picture: Picture | None) -> str:
    """Markdown."""
    blocks = [
        f"## {plain(size.headline)}",
        "\n".join(f"- {plain(warning)}" for warning in size.warnings),
        f"![{plain(picture.title)}](charts/{picture.name}.svg)" if picture else "",
        _table(size),
        "\n".join(f"- {plain(text)}" for text in words.assumptions(size)),
        *(_reasoning(size, index) for index in range(len(size.sized))),
        f"Made with `{size.command.replace('`', chr(39))}`; every number is in [size.json](size.json).",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(size: Size) -> str:
    rules = [":--", *["--:"] * (len(words.HEAD) - 1)]
    lines = [[plain(cell) for cell in row] for row in (words.HEAD, *words.rows(size))]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rules, *lines[1:]))


def _reasoning(size: Size, index: int) -> str:
    sized = size.sized[index]
    steps = [f"{number}. {plain(step)}" for number, step in enumerate(sized.reasoning, start=1)]
    return "\n".join([f"### {plain(size.names[sized.target])}", "", *steps])
