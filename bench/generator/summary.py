"""A comparison in words: what the command prints, and `generator.md`. Pure."""

from collections.abc import Callable, Sequence

from bench import units
from bench.generator.contenders import CONTENDERS, OURS, PLAIN
from bench.generator.reading import Reading
from bench.generator.record import (
    NAMES,
    Comparison,
    Number,
    cpu_per_frame,
    crowd,
    error_p50,
    error_p99,
    findings,
    is_invalid,
    kibibytes,
    load_share,
    microseconds,
    ratio_of,
    rounds,
    rounds_in_time,
    summary_of,
)
from bench.generator.search import is_limit_known, largest
from bench.stats import Summary
from bench.summary import plain as escaped

Show = Callable[[float], str]
Cell = Callable[[Reading], str]
WHAT = (
    "Both made the same load against the same null chat server, which tells of each reply what it had really taken. "
    "The plain recipe is a Locust user with websocket-client's `create_connection`, `time.time()` after `recv()` and "
    "`json.loads` of every packet: bench/generator/plain_recipe.py."
)


def told(reading: Reading) -> str:
    """A line for one execution."""
    title = CONTENDERS[reading.contender].title
    parts = [
        f"{reading.part} {reading.number}, {title}: {units.people(reading.sessions)}",
        f"{reading.frames_per_second:,.0f} frames/s",
        f"{units.percent(reading.cpu_share)} of a core",
        f"first words' p99 off by {_seconds(error_p99(reading))}",
        f"prompts late {_seconds(reading.schedule_delay_seconds_p99)} (p99)",
    ]
    if reading.part == "crowd" and reading.memory_bytes_per_session is not None:
        parts.append(f"{kibibytes(reading.memory_bytes_per_session)} a session")
    if reading.is_server_saturated:
        parts.append("says nothing: the null chat server could not keep up")
    return ", ".join(parts)


def headline(comparison: Comparison) -> str:
    """In one line."""
    cpu, ours = ratio_of(comparison, cpu_per_frame).ratio, summary_of(comparison, OURS, error_p99)
    plain = summary_of(comparison, PLAIN, error_p99)
    if cpu is None or ours is None or plain is None:
        return "Nothing was compared"
    return (
        f"At the same load this generator misreads the p99 of first words by {units.seconds(ours.center)}, the plain "
        f"recipe by {units.seconds(plain.center)}, and a frame costs it {units.percent(cpu)} of the plain recipe's time"
    )


def table(comparison: Comparison) -> list[list[str]]:
    """Lines of cells; the first is the head."""
    return [
        ["", CONTENDERS[PLAIN].title, CONTENDERS[OURS].title, "ratio"],
        _line(comparison, "first words' p50 off by", error_p50, units.seconds),
        _line(comparison, "first words' p99 off by", error_p99, units.seconds),
        _line(comparison, "processor time a frame", cpu_per_frame, microseconds),
        ["rounds with prompts under 10 ms late (p99)", *(_in_time(comparison, name) for name in NAMES), ""],
        ["most people with prompts under 10 ms late, each load once", *(_most(comparison, name) for name in NAMES), ""],
        [
            f"{comparison.crowd_sessions:,} people, a turn a minute: prompts late (p99)",
            *(_of_crowd(comparison, name, lambda each: _seconds(each.schedule_delay_seconds_p99)) for name in NAMES),
            "",
        ],
        [
            f"{comparison.crowd_sessions:,} people: memory a session",
            *(_of_crowd(comparison, name, _memory) for name in NAMES),
            "",
        ],
    ]


def _in_time(comparison: Comparison, contender: str) -> str:
    kept, known = rounds_in_time(comparison, contender)
    return f"{kept} of {known}"


def verdicts(comparison: Comparison) -> list[str]:
    """One sentence for each target."""
    marks = {True: "reached", False: "MISSED", None: "not known"}
    return [f"{marks[each.held]}: {each.target}: {each.found}" for each in findings(comparison)]


def basis(comparison: Comparison) -> str:
    """What the table rests on."""
    load = comparison.of("round", PLAIN)
    share = load_share(comparison)
    if not load or share is None:
        return "No round was measured."
    return (
        f"Medians over {rounds(comparison)} interleaved rounds with {units.people(load[0].sessions)}, where the plain "
        f"recipe uses {units.percent(share)} of its core; in brackets 95 % intervals, where there are six rounds or "
        "more; the rest is from one execution each."
    )


def summary(comparison: Comparison) -> str:
    head, *lines = table(comparison)
    rows = [head, [":--", "--:", "--:", "--:"], *lines]
    environment = comparison.environment
    commit = f" at commit `{environment.commit[:12]}`" if environment.commit else ""
    dirty = " with uncommitted changes" if environment.dirty else ""
    blocks = [
        f"## {escaped(headline(comparison))}",
        "" if comparison.complete else "**Incomplete**: it was ended before its last execution.",
        "**Invalid**: the null chat server could not keep up." if is_invalid(comparison) else "",
        WHAT,
        escaped(basis(comparison)),
        "\n".join(f"| {' | '.join(line)} |" for line in rows),
        "\n".join(f"- {escaped(line)}" for line in verdicts(comparison)),
        f"![{escaped(headline(comparison))}](generator.svg)" if comparison.of("round", PLAIN) else "",
        f"Comparison {escaped(comparison.id)}: `{comparison.command.replace('`', chr(39))}`{commit}{dirty}, on "
        f"{escaped(environment.cpu_model)} with {environment.cpu_count} cores. The numbers are in "
        "[generator.json](generator.json).",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _line(comparison: Comparison, title: str, number: Number, show: Show) -> list[str]:
    found = [summary_of(comparison, name, number) for name in NAMES]
    ratio = ratio_of(comparison, number)
    bounds = "" if ratio.low is None or ratio.high is None else f" [{ratio.low:.2f}, {ratio.high:.2f}]"
    return [title, *(_interval(each, show) for each in found), units.ratio(ratio.ratio) + bounds]


def _interval(found: Summary | None, show: Show) -> str:
    if found is None:
        return "-"
    bounds = "" if found.low is None or found.high is None else f" [{show(found.low)}, {show(found.high)}]"
    return show(found.center) + bounds


def _most(comparison: Comparison, name: str) -> str:
    climbed: Sequence[Reading] = comparison.of("climb", name)
    most = largest(climbed)
    if most is None:
        return "-"
    return f"{most:,}" if is_limit_known(climbed) else f"at least {most:,}"


def _of_crowd(comparison: Comparison, name: str, cell: Cell) -> str:
    reading = crowd(comparison, name)
    return "-" if reading is None else cell(reading)


def _memory(reading: Reading) -> str:
    return "-" if reading.memory_bytes_per_session is None else kibibytes(reading.memory_bytes_per_session)


def _seconds(value: float | None) -> str:
    return "-" if value is None else units.seconds(value)
