"""Whether a window is steady: its beginning against its rest, and its slope from second to second.

What is looked at is what the server added to the first words, where chunks say what the fake spent, for the fake's own
times differ from prompt to prompt by more than most servers add; else the whole wait since the plan. Prompts that
barge in are left out: how long those wait depends on where in a reply they fall.

The planned warm-up is the least. As long as the first second of what is left is slower than the rest of it, by a test
that a steady window fails one time in a hundred, it is cut; never more than half of the window, and never a second in
which a turn failed, for that would hide it. A cut takes slow turns away and so flatters its target. That is why it
takes a test, why it has a bound, and why each cut stands in the result, with the target that needed it. What the
whole window of a target is like cannot be cut away: the rest of it is no quicker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import median

from bench.cold import is_cold
from bench.readings import ttft_added, ttft_from_plan
from bench.results import Course, Second
from bench.stats import MARGIN, p_value_of_slower
from bench.windows import Window

CONFIDENCE = 0.99
"""Of the slope's interval and of the test of the beginning: so many windows are looked at in a run that at 95 % one
would be struck by chance."""
RELEVANT_SECONDS = 0.010
"""A smaller change is within what the instrument's own lateness may do (`lateness`)."""
RELEVANT_SHARE = 2 * MARGIN
"""Of the median. A window that changes by as much from end to end has a median that differs by half of it from what
either end would give."""
FREEDOM = 4
"""The fewest degrees of freedom a slope is asked with: one window of six seconds has as many, and six of three have
eleven. With fewer, the interval is so wide that only a landslide would be seen."""
FIRST_WAITS, OTHER_WAITS = 4, 8
"""The fewest turns in the second that is tested and in the rest: of 495 ways to divide twelve, one puts the slowest
four first."""


@dataclass(frozen=True)
class Wait:
    planned_at: float
    seconds: float


@dataclass(frozen=True)
class Settled:
    """A window without what was still warm-up."""

    window: Window
    cut_seconds: float
    cut_excess_seconds: float
    """By how much what was cut was slower than the rest, in the median; 0 where nothing was."""
    excess_seconds: float | None
    """By how much the beginning of what is left is; 0 where it is not, None where there are too few turns to tell."""


@dataclass(frozen=True)
class Trend:
    """How what people wait for changes within windows, in seconds per second, with its interval."""

    slope: float
    low: float
    high: float
    center_seconds: float
    """What the change is to be compared to: the median over all seconds."""

    def change_seconds(self, window_seconds: float) -> float | None:
        """From the beginning of such a window to its end; None where there may be none, or none that matters."""
        change = self.slope * window_seconds
        return change if self.low * self.high > 0 and matters(change, self.center_seconds) else None


def matters(change_seconds: float, center_seconds: float) -> bool:
    return abs(change_seconds) > max(RELEVANT_SECONDS, RELEVANT_SHARE * center_seconds)


def course(window: Window) -> Course:
    """The median of each second of the window; whatever is left over is shared out among its seconds."""
    metric, waits = _waits(window)
    seconds = [
        Second(at_seconds=(begin + end) / 2 - window.opened_at, center_seconds=median(inside), count=len(inside))
        for begin, end in _seconds(window)
        if (inside := [wait.seconds for wait in waits if begin <= wait.planned_at < end])
    ]
    return Course(metric=metric, seconds=seconds)


def trend(courses: Sequence[Course]) -> Trend | None:
    """The slope over all of them, each with a level of its own; None with too few seconds.

    Least squares over the medians of seconds, weighted by how many turns stand behind each, with the t-interval.
    """
    from scipy.special import stdtrit  # takes half a second to import, which most commands never need

    told = [course.seconds for course in courses if len(course.seconds) > 1]
    freedom = sum(len(seconds) - 1 for seconds in told) - 1
    if freedom < FREEDOM:
        return None
    points = [point for seconds in told for point in _around_its_mean(seconds)]
    spread = sum(count * x * x for count, x, _ in points)
    slope = sum(count * x * y for count, x, y in points) / spread
    left_over = sum(count * (y - slope * x) ** 2 for count, x, y in points)
    margin = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * sqrt(left_over / freedom / spread)
    center = median(second.center_seconds for seconds in told for second in seconds)
    return Trend(slope, slope - margin, slope + margin, center)


def settle(window: Window) -> Settled:
    """Cuts what is still warm-up off the beginning of a window."""
    ends = [end for _, end in _seconds(window)]
    most = min(len(ends) // 2, len(ends) - 2)
    settled, cut_excess = window, 0.0
    for number, end in enumerate(ends):
        excess = _excess(settled, end)
        if not excess:
            break
        if number >= most or any(turn.outcome == "failed" for turn in settled.turns if turn.planned_at < end):
            break
        cut_excess = max(cut_excess, excess)
        settled = settled.narrowed(end, window.closed_at)
    return Settled(settled, settled.opened_at - window.opened_at, cut_excess, excess)


def _excess(window: Window, until: float) -> float | None:
    """By how much those who asked before that moment waited longer than those after; 0 where chance may have done it
    or it does not matter, None where there are too few of either to tell."""
    _, waits = _waits(window)
    first = [wait.seconds for wait in waits if wait.planned_at < until]
    rest = [wait.seconds for wait in waits if wait.planned_at >= until]
    if len(first) < FIRST_WAITS or len(rest) < OTHER_WAITS:
        return None
    excess = median(first) - median(rest)
    chance = p_value_of_slower(first, rest)
    return excess if chance < 1 - CONFIDENCE and excess > 0 and matters(excess, median(rest)) else 0.0


def _waits(window: Window) -> tuple[str, list[Wait]]:
    """The metric that they are of, and the waits of turns that ended properly, barged in on nobody and waited for no
    instance."""
    ended = [turn for turn in window.turns if turn.outcome == "ok" and not is_cold(turn)]
    plain = [turn for turn in ended if turn.barges_in_on is None]
    added = [Wait(turn.planned_at, seconds) for turn in plain if (seconds := ttft_added(turn)) is not None]
    if added:
        return "ttft_added_seconds", added
    whole = [Wait(turn.planned_at, seconds) for turn in plain if (seconds := ttft_from_plan(turn)) is not None]
    return "ttft_from_plan_seconds", whole


def _seconds(window: Window) -> list[tuple[float, float]]:
    """The window in equal parts of about a second: when each begins and ends."""
    parts = max(1, round(window.seconds))
    edges = [window.opened_at + part * window.seconds / parts for part in range(parts)] + [window.closed_at]
    return list(pairwise(edges))


def _around_its_mean(seconds: Sequence[Second]) -> list[tuple[int, float, float]]:
    """Weight, moment and wait of each second, the latter two as distances from their weighted means."""
    turns = sum(second.count for second in seconds)
    moment = sum(second.count * second.at_seconds for second in seconds) / turns
    wait = sum(second.count * second.center_seconds for second in seconds) / turns
    return [(second.count, second.at_seconds - moment, second.center_seconds - wait) for second in seconds]
