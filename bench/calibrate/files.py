"""The profile as the fake reads it, and beside it, under the same name, what it is worth."""

import json
from pathlib import Path

from bench import store
from bench.calibrate import words
from bench.calibrate.record import Calibration
from bench.charts import Picture
from bench.errors import BenchError
from bench.summary import plain
from servers.fake_gemini.timing import Profile, Spread

CHART = "calibration"


def check_free(profile: Path) -> None:
    """Raises BenchError where something would be written over, or the name is none of a profile."""
    if profile.suffix != ".toml":
        raise BenchError(f"-o {profile}: the fake reads profiles from .toml files: give a name that ends so")
    if not profile.parent.is_dir():
        raise BenchError(f"-o {profile}: there is no folder {profile.parent}: make it, or name another")
    for path in (profile, *(profile.with_suffix(suffix) for suffix in (".md", ".svg", ".png"))):
        if path.exists():
            raise BenchError(f"{path} exists, and nothing is written over: name another file with -o")


def write(profile: Path, calibration: Calibration) -> None:
    """The profile, its chart and its table."""
    from bench import charts  # takes a second to import, which no refusal needs

    picture = charts.picture(CHART, calibration)
    assert picture, "there is always something to draw"
    store.replace(profile.with_suffix(".svg"), picture.svg)
    profile.with_suffix(".png").write_bytes(picture.png)
    store.replace(profile.with_suffix(".md"), summary(calibration, picture))
    store.replace(profile, toml(calibration.profile))


def summary(calibration: Calibration, picture: Picture) -> str:
    """Markdown."""
    rules = [":--", ":--", *["--:"] * (len(words.HEAD) - 2)]
    lines = [[plain(cell) for cell in row] for row in (words.HEAD, *words.rows(calibration))]
    blocks = [
        f"## {plain(words.headline(calibration))}",
        "\n".join(f"- {plain(note)}" for note in calibration.notes),
        f"![{plain(picture.title)}]({Path(calibration.name).with_suffix('.svg')})",
        "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rules, *lines[1:])),
        "farthest: the share of values that would have to be others for both to be distributed alike; by chance: what "
        "two samples of one distribution exceed once in 100 times. A dash is a percentile that too few values stand "
        "behind.",
        f"From {plain('; '.join(words.basis(calibration)))}. Try it: "
        f"`python -m servers.fake_gemini --profile {plain(calibration.name)}`.",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def toml(profile: Profile) -> str:
    """As the profiles that come with the fake are written."""
    first, words_ = profile.first_chunk_seconds, profile.words
    lines = [
        f"description = {json.dumps(profile.description)}",
        f"interruption_seconds = {profile.interruption_seconds!r}",
        f"audio_frame_seconds = {profile.audio_frame_seconds!r}",
        "",
        "[first_chunk_seconds]",
        *([f"slow_share = {first.slow_share!r}"] if first.slow_share else []),
        f"usual = {_table(first.usual)}",
        *([f"slow = {_table(first.slow)}"] if first.slow_share else []),
        "",
        "[gap_seconds]",
        *(f"{name} = {value!r}" for name, value in profile.gap_seconds.model_dump().items()),
        "",
        "[words]",
        f"first_chunk = {words_.first_chunk}",
        f"later_chunk_low = {words_.later_chunk_low}",
        f"later_chunk_high = {words_.later_chunk_high}",
        f"reply = {_table(words_.reply)}",
    ]
    return "\n".join(lines) + "\n"


def _table(spread: Spread) -> str:
    return f"{{ {', '.join(f'{name} = {value!r}' for name, value in spread.model_dump().items())} }}"
