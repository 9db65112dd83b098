"""What is said of a calibration. Pure."""

from collections.abc import Sequence

from bench import units
from bench.calibrate.goodness import PERCENTS, Distance
from bench.calibrate.record import Calibration

HEAD = ("", "", *(f"p{percent:.0f}" for percent in PERCENTS), "farthest", "by chance")


def headline(calibration: Calibration) -> str:
    """One sentence."""
    off = [distance for distance in calibration.distances if not distance.holds]
    turns = f"{calibration.turns:,} recorded turns"
    if not off:
        return f"The profile cannot be told from the {turns}: it matches every distribution as well as chance allows."
    worst = max(off, key=lambda distance: distance.farthest)
    held = len(calibration.distances) - len(off)
    return (
        f"The profile matches {held} of {len(calibration.distances)} distributions of the {turns} as well as chance "
        f"allows. Farthest off is {worst.title}: {units.percent(worst.farthest)} of values would have to be others."
    )


def rows(calibration: Calibration) -> list[list[str]]:
    """Two for each quantity: as it was recorded, and as the profile gives it."""
    lines = []
    for distance in calibration.distances:
        quantiles = distance.quantiles()
        lines.append([distance.title, "recorded", *(_told(value, distance) for _, value, _ in quantiles), "", ""])
        far, chance = units.percent(distance.farthest), units.percent(distance.by_chance)
        lines.append(["", "profile", *(_told(value, distance) for _, _, value in quantiles), far, chance])
    return lines


def _told(value: float | None, distance: Distance) -> str:
    return units.show(value, distance.unit)


def basis(calibration: Calibration) -> Sequence[str]:
    """What it rests on."""
    sessions = f"{calibration.sessions:,} session{'' if calibration.sessions == 1 else 's'}"
    return (f"{calibration.turns:,} turns of {sessions}", f"recorded of {', '.join(calibration.sources)}")
