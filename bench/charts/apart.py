"""How soon something comes, as the comparisons have it: targets are not ranked by what the trials do not bear out."""

from collections.abc import Collection, Mapping, Sequence

from bench import units
from bench.book import Place
from bench.charts import alike
from bench.charts.data import ChartData
from bench.charts.key import Key
from bench.results import Comparison, Target

_NAMED = 2
"""More than so many differences are counted instead."""


def told(data: ChartData, place: Place, key: Key) -> str:
    """'equally soon with 6 of 7 (0.54 s); Flask 8t cannot be told apart from Flask', of a time in seconds."""
    seconds = {target.name: value for target, value in data.centers(place, *key)}
    there = [
        comparison
        for comparison in data.run.comparisons
        if (comparison.scenario, comparison.sessions, comparison.metric, comparison.statistic) == (*place, *key)
        and {comparison.base, comparison.other} <= set(seconds)
    ]
    parts = [*_differences(data, there, seconds), *_likenesses(data, there, seconds), *_doubts(data, there)]
    if not any(comparison.verdict != "inconclusive" for comparison in there):
        who = alike.who(data, _targets(data, seconds))
        return f"after {alike.span(list(seconds.values()), units.seconds)} with {who}; none can be told apart"
    return "; ".join(parts)


def _differences(data: ChartData, there: Sequence[Comparison], seconds: Mapping[str, float]) -> list[str]:
    names = {target.name: alike.who(data, [target]) for target in data.run.targets}
    said = []
    for verdict, word in (("better", "sooner"), ("worse", "later")):
        found = [comparison for comparison in there if comparison.verdict == verdict]
        if len(found) > _NAMED:
            said.append(f"{word} in {len(found)} of {len(there)} comparisons")
            continue
        for comparison in found:
            other, base = (f"{names[at]} ({units.seconds(seconds[at])})" for at in (comparison.other, comparison.base))
            said.append(f"{word} with {other} than with {base}")
    return said


def _likenesses(data: ChartData, there: Sequence[Comparison], seconds: Mapping[str, float]) -> list[str]:
    """Those between which there is no practical difference, from one to the next; the most at first."""
    sets: list[set[str]] = []
    for comparison in there:
        if comparison.verdict == "no difference":
            pair = {comparison.base, comparison.other}
            joined = [one for one in sets if one & pair]
            sets = [one for one in sets if one not in joined] + [pair.union(*joined)]
    return [
        f"equally soon with {alike.who(data, _targets(data, one))} "
        f"({alike.span([seconds[name] for name in one], units.seconds)})"
        for one in sorted(sets, key=len, reverse=True)
    ]


def _doubts(data: ChartData, there: Sequence[Comparison]) -> list[str]:
    said = []
    for base in dict.fromkeys(comparison.base for comparison in there):
        others = [c.other for c in there if (c.base, c.verdict) == (base, "inconclusive")]
        if others:
            who, whom = (alike.who(data, _targets(data, names)) for names in (others, [base]))
            said.append(f"{who} cannot be told apart from {whom}")
    return said


def _targets(data: ChartData, names: Collection[str]) -> list[Target]:
    return [target for target in data.run.targets if target.name in names]
