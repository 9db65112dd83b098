"""What a comparison of two runs came to, in words: what the terminal, the summary and the charts say. Pure."""

from collections.abc import Sequence

from bench import units
from bench.compare.record import Change, Compared, Comparison, Difference, Side
from bench.metrics import METRICS
from bench.results import Judgement, Target
from bench.stats import ALPHA, MARGIN
from bench.two_samples import values_needed

ACROSS = "A and B are from different machines: absolute times from two machines prove nothing."
WHAT = (
    "B / A is the Hodges-Lehmann estimate over all pairs of a trial of A and a trial of B, with its exact 95 % "
    f"interval; the trials of the two are not paired. Better and worse: the whole interval lies beyond "
    f"{units.percent(MARGIN)}. No difference: all of it lies within. Inconclusive: it allows both."
)
UNSEEN = (
    "The records do not tell how fast people came at the beginning, how long the last step was held, and how long "
    "replies had to end: these were not compared."
)
ORDER: Sequence[Judgement] = ("worse", "better", "no difference", "inconclusive")


def title(comparison: Comparison, target: Target) -> str:
    """What became of one target, in one line."""
    return f"B against A, {_counted(comparison, target, beside=False)}"


def headline(comparison: Comparison) -> str:
    """What B did to the key numbers of each target, and what is left of it beside the first target."""
    sentences = ["B against A."]
    for target in comparison.targets:
        sentences += [f"{_counted(comparison, target, beside=False)}.", *_largest(comparison, target)]
    if len(comparison.targets) > 1:
        first = comparison.names[comparison.targets[0].name]
        rest = [_counted(comparison, target, beside=True) for target in comparison.targets[1:]]
        sentences.append(
            f"As ratios to {first}, without the machine's state but with any change of {first} itself, "
            f"{'; '.join(rest)}."
        )
    return " ".join(sentences)


def row_title(row: Compared) -> str:
    statistic = "" if row.statistic == "value" else f", {row.statistic}"
    more = " (more is better)" if METRICS[row.metric].better == "higher" else ""
    return f"{METRICS[row.metric].title}{statistic}{more}"


def center(row: Compared, value: float | None) -> str:
    return units.show(value, METRICS[row.metric].unit)


def ratio(change: Change | None) -> str:
    """The factor with its interval, or without one with how many trials there are."""
    if change is None or change.number("ratio") is None:
        return "-"
    low, high = change.number("low"), change.number("high")
    said = units.factor(change.number("ratio"))
    if low is None or high is None:
        return f"{said} ({change.base_trials} and {change.other_trials} trials)"
    return f"{said} [{units.factor(low)[1:]}, {units.factor(high)[1:]}]"


def verdict(change: Change | None) -> str:
    return (change and change.verdict) or "-"


def place(row: Compared) -> str:
    return f"{row.scenario}, {units.people(row.sessions)}"


def side(letter: str, run: Side) -> str:
    """'A: run 2026-01-02T03-04-05Z-smoke, commit 0123456789ab, on AMD EPYC with 2 cores: SUSPECT'."""
    commit = f"commit {run.commit[:12]}" if run.commit else "commit unknown"
    changed = " with uncommitted changes" if run.dirty else ""
    verdict = run.validity.verdict if run.complete else f"{run.validity.verdict}, incomplete"
    return f"{letter}: run {run.id}, {commit}{changed}, on {run.cpu_model} with {run.cpu_count} cores: {verdict}"


def difference(one: Difference) -> str:
    return f"{one.setting}: A {one.base}, B {one.other}"


def warnings(a: Side, b: Side, compared: Sequence[Compared], alone: Sequence[str]) -> list[str]:
    """What is to be said against both runs and against the comparison as a whole.

    `alone` are the names of targets that only one of the two has.
    """
    said = [
        f"A was measured at {a.started_at} and B at {b.started_at}: the machine's state at the time may be part of "
        "every difference."
    ]
    if a.id == b.id:
        said.append("A and B are the same run.")
    said += [f"{letter} is incomplete: it was ended early." for letter, run in (("A", a), ("B", b)) if not run.complete]
    said += [sentence for letter, run in (("A", a), ("B", b)) for sentence in _doubts(letter, run)]
    if a.dirty and b.dirty:
        said.append("Both were measured with uncommitted changes, which need not be the same ones.")
    if alone:
        said.append(f"Left out, as only one of the two has them: {', '.join(alone)}.")
    return [*said, *_evidence(compared)]


def _doubts(letter: str, run: Side) -> list[str]:
    return [f"{letter} is SUSPECT: {r.check}: {r.message}" for r in run.validity.reasons if r.verdict == "SUSPECT"]


def _evidence(compared: Sequence[Compared]) -> list[str]:
    shown = [row.change for row in compared if row.change.number("ratio") is not None]
    judged = [change for change in shown if change.verdict is not None]
    few = sum(change.number("low") is None for change in judged)
    said = []
    if few:
        said.append(
            f"{few} of {len(judged)} ratios have no interval and decide nothing: that takes {values_needed(ALPHA)} "
            "trials in each run."
        )
    if len(judged) > few:
        chance = units.significant((len(judged) - few) * ALPHA)
        said.append(
            f"Of {len(judged) - few} intervals at {units.percent(1 - ALPHA)}, about {chance} are to be expected to "
            "miss the truth by chance alone."
        )
    return said


def _counted(comparison: Comparison, target: Target, *, beside: bool) -> str:
    """'Flask: worse in 2 of 17 key numbers, no difference in 5, inconclusive in 10'."""
    changes = [row.beside if beside else row.change for row in comparison.key_rows(target.name)]
    verdicts = [change.verdict for change in changes if change and change.verdict]
    name = comparison.names[target.name]
    if not verdicts:
        return f"{name} has no key number that both runs can be compared by"
    first, *rest = [(word, verdicts.count(word)) for word in ORDER if word in verdicts]
    of = f"{first[0]} in {first[1]} of {len(verdicts)} key numbers"
    return ", ".join([f"{name}: {of}", *(f"{word} in {number}" for word, number in rest)])


def _largest(comparison: Comparison, target: Target) -> list[str]:
    """Of the differences that were decided, where there are any."""
    decided = [row for row in comparison.key_rows(target.name) if row.change.verdict in ("better", "worse")]
    if not decided:
        return []
    row = max(decided, key=_size)
    return [f"The largest difference: {row_title(row)}, in {place(row)}: {ratio(row.change)}, {row.change.verdict}."]


def _size(row: Compared) -> float:
    """How far the nearer end of the interval is from 1, as a factor."""
    low, high = row.change.number("low"), row.change.number("high")
    nearest = (low if low is not None and low > 1 else high) or 0.0
    return max(nearest, 1 / nearest) if nearest else float("inf")
