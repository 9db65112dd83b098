"""A certificate in words, and as rows of a table: what the command, the page and the summary print. Pure."""

from bench import units
from bench.certify.certificate import TITLES, Certificate, Level
from bench.certify.judgement import first_beyond, rising, within

UNSEEN_SECONDS = 5e-6
"""What the stamps themselves are told to."""
WHAT = (
    "No load tool reads without error, and a busy one reads worse. So the load generator was first pointed at a null "
    "chat server, which tells of every chunk when it left and what the turn had taken by then: what the generator "
    "reported beyond that is its own error. Some replies stalled on purpose, and the server stood still now and then, "
    "because that is where load tools lie."
)
NONE = (
    "No certificate was made before this run: what the generator itself read wrong is not known. A profile asks for "
    "one with certify = true, and live-bench certify finds out more."
)


def sentences(certificate: Certificate) -> list[str]:
    """What it comes to: how wrong, up to which load, and what ended it."""
    kept, beyond = within(certificate), first_beyond(certificate)
    said = [_certified(certificate, kept[-1])] if kept else [f"No load is certified: that takes {_bounds(certificate)}"]
    if beyond is None:
        said.append(
            "That was the largest load looked at: beyond it nothing is known."
            if not certificate.short
            else "That is beyond all that the run needs, so nothing larger was looked at."
        )
    elif beyond.server_saturated:
        said.append(
            f"At {load(beyond)} the null chat server itself could not keep up, which says nothing of the generator: "
            "it may read well beyond the certified load."
        )
    else:
        said.append(f"At {load(beyond)} it no longer holds: {'; '.join(beyond.beyond)}.")
    return said


def headline(certificate: Certificate) -> str:
    """In one line."""
    found = certificate.certified
    if found is None:
        return "This generator on this machine is certified for no load"
    return (
        f"This generator on this machine reads right up to {found.frames_per_second:,.0f} chunks a second "
        f"and {units.people(found.sessions)}"
    )


def load(level: Level) -> str:
    return f"{units.people(level.sessions)}, {level.frames_per_second:,.0f} chunks a second,"


def table(certificate: Certificate) -> list[list[str]]:
    """Lines of cells: what it is about, and then its number at each load, from the smallest. The first is the head."""
    levels = rising(certificate)
    lines = [("people", [str(level.sessions) for level in levels])]
    lines += [("chunks a second", [f"{level.frames_per_second:,.0f}" for level in levels])]
    for name, title in TITLES.items():
        readings = [level.readings[name] for level in levels]
        lines += [
            (f"{title}: off by, median (ms)", [_milliseconds(each.bias_seconds, "+.3f") for each in readings]),
            (f"{title}: off by, p99 (ms)", [_milliseconds(each.error_seconds_p99) for each in readings]),
            (f"{title}: p50, true (ms)", [_milliseconds(each.true_seconds_p50, ".1f") for each in readings]),
            (f"{title}: p50, as read (ms)", [_milliseconds(each.reported_seconds_p50, ".1f") for each in readings]),
            (f"{title}: p99, true (ms)", [_milliseconds(each.true_seconds_p99, ".1f") for each in readings]),
            (f"{title}: p99, as read (ms)", [_milliseconds(each.reported_seconds_p99, ".1f") for each in readings]),
        ]
    lines += [
        ("prompts late, p99 (ms)", [_milliseconds(level.schedule_delay_seconds_p99) for level in levels]),
        ("timers late, p99 (ms)", [_milliseconds(level.greenlet_lag_seconds_p99) for level in levels]),
        ("chunks read late, p99 (ms)", [_milliseconds(level.generator_lag_seconds_p99) for level in levels]),
        ("processor", [units.show(level.generator_cpu_share, "ratio") for level in levels]),
        ("clock of the stamps", [level.clock for level in levels]),
        ("server late, p99 (ms)", [_milliseconds(level.server_lateness_seconds_p99) for level in levels]),
        ("certified", [_mark(level, certificate) for level in levels]),
    ]
    return [[heading, *cells] for heading, cells in lines]


def short_table(certificate: Certificate) -> list[list[str]]:
    """A line of cells for each load, with the numbers that decide, in milliseconds. The first is the head."""
    head = ["people", "chunks/s"]
    for title in TITLES.values():
        head += [f"{title} p50", "p99"]
    head += ["prompts late p99", "core", "certified"]
    return [head, *(_short_line(level, certificate) for level in rising(certificate))]


def _short_line(level: Level, certificate: Certificate) -> list[str]:
    cells = [f"{level.sessions:,}", f"{level.frames_per_second:,.0f}"]
    for name in TITLES:
        reading = level.readings[name]
        cells += [_milliseconds(reading.bias_seconds, "+.3f"), _milliseconds(reading.error_seconds_p99)]
    late, busy = level.schedule_delay_seconds_p99, level.generator_cpu_share
    return [*cells, _milliseconds(late), units.show(busy, "ratio"), _mark(level, certificate)]


def _milliseconds(seconds: float | None, digits: str = ".2f") -> str:
    return "-" if seconds is None else format(seconds * 1000, digits)


def _mark(level: Level, certificate: Certificate) -> str:
    return "yes" if level in within(certificate) else "not known" if level.server_saturated else "no"


def _certified(certificate: Certificate, level: Level) -> str:
    biases = [
        f"{title} {_off(bias)}"
        for name, title in TITLES.items()
        if (bias := level.readings[name].bias_seconds) is not None
    ]
    errors = [
        f"{units.seconds(error)} for {title}"
        for name, title in TITLES.items()
        if (error := level.readings[name].error_seconds_p99) is not None
    ]
    return (
        f"With {load(level)} it read {' and '.join(biases)} in the median; 99 of 100 readings were off by no more than "
        f"{' and '.join(errors)}. Up to there it is certified: {_bounds(certificate)}"
    )


def _bounds(certificate: Certificate) -> str:
    bounds = certificate.bounds
    return (
        f"readings off by at most {units.seconds(bounds.bias_seconds)} in the median, 99 of 100 of them by at most "
        f"{units.seconds(bounds.error_seconds)}, and 99 of 100 prompts sent less than "
        f"{units.seconds(bounds.schedule_delay_seconds)} late."
    )


def _off(bias: float) -> str:
    if abs(bias) < UNSEEN_SECONDS:
        return "right"
    return f"{units.seconds(abs(bias))} too {'long' if bias > 0 else 'short'}"


def finding(level: Level) -> str:
    if level.server_saturated:
        return "says nothing: the null chat server could not keep up"
    return "; ".join(level.beyond) or "within"


LEGEND = (
    "Off by: what was read less what was so. First words count from the sending of the prompt, gaps between chunks.",
    "Prompts late: how long after people meant to ask they did. Timers late: those of the generator that were due.",
    "Processor: of the generator's busiest process, as a share of a core. Server: the null chat server.",
)
"""How to read the table."""
