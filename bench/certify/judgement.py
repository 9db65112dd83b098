"""What follows from the levels of a certificate: which kept within the bounds, and up to which load. Pure."""

from collections.abc import Sequence
from typing import TypeVar

from bench import units
from bench.certify.certificate import TITLES, Bounds, Certificate, Level, Range, Reading
from bench.stats import sample_floor

SATURATED_CPU_SHARE = 0.9
SATURATED_LATENESS_SECONDS = 0.010
"""Of the null chat server: a median lateness beyond this means that it is always behind."""
LOST_SHARE = 0.01
"""With more turns than this failed or cut, the readings are of those that were lucky."""

Kind = TypeVar("Kind", bound=Certificate)


def with_level(certificate: Kind, level: Level) -> Kind:
    """A copy with one more level, judged, and with the range that follows from all of them."""
    judged = level.model_copy(
        update={"server_saturated": _is_server_saturated(level), "beyond": _broken(level, certificate.bounds)}
    )
    grown = certificate.model_copy(update={"levels": [*certificate.levels, judged]})
    return grown.model_copy(update={"certified": _range(within(grown))})


def within(certificate: Certificate) -> list[Level]:
    """From the smallest load on, those before the first that is not certified."""
    kept: list[Level] = []
    for level in rising(certificate):
        if level.server_saturated or level.beyond:
            break
        kept.append(level)
    return kept


def certified_range(certificate: Certificate) -> Range | None:
    """What is known of the generator: of nothing where not even the smallest load kept within the bounds.

    None where nothing is known, for the null chat server was too weak for there to be a finding.
    """
    if certificate.certified:
        return certificate.certified
    levels = rising(certificate)
    return Range(frames_per_second=0.0, sessions=0) if levels and not levels[0].server_saturated else None


def first_beyond(certificate: Certificate) -> Level | None:
    """The smallest load that is not certified."""
    rest = rising(certificate)[len(within(certificate)) :]
    return rest[0] if rest else None


def rising(certificate: Certificate) -> list[Level]:
    return sorted(certificate.levels, key=lambda level: level.sessions)


def _range(kept: Sequence[Level]) -> Range | None:
    if not kept:
        return None
    return Range(
        frames_per_second=max(level.frames_per_second for level in kept),
        sessions=max(level.sessions for level in kept),
    )


def _is_server_saturated(level: Level) -> bool:
    busy, late = level.server_cpu_share, level.server_lateness_seconds_p50
    return (busy is not None and busy > SATURATED_CPU_SHARE) or (late is not None and late > SATURATED_LATENESS_SECONDS)


def _broken(level: Level, bounds: Bounds) -> list[str]:
    said = [text for name, reading in level.readings.items() for text in _misread(TITLES[name], reading, bounds)]
    delay, most = level.schedule_delay_seconds_p99, bounds.schedule_delay_seconds
    if delay is None:
        said.append("nobody knows how late prompts were sent")
    elif delay >= most:
        said.append(f"prompts sent {units.seconds(delay)} late (p99), not below {units.seconds(most)}")
    planned = level.turns_ok + level.turns_lost
    if level.turns_lost > LOST_SHARE * planned:
        said.append(f"{level.turns_lost} of {planned} turns failed or were cut, above {units.percent(LOST_SHARE)}")
    return said


def _misread(title: str, reading: Reading, bounds: Bounds) -> list[str]:
    if reading.bias_seconds is None or reading.error_seconds_p99 is None:
        return [f"{title}: only {reading.count} values, and a p99 takes {sample_floor(99)}"]
    checks = (
        ("in the median", reading.bias_seconds, bounds.bias_seconds),
        ("at p99", reading.error_seconds_p99, bounds.error_seconds),
    )
    return [
        f"{title} off by {units.seconds(value)} {where}, above {units.seconds(bound)}"
        for where, value, bound in checks
        if abs(value) > bound
    ]
