"""How long a probe lasts: long enough for the percentiles of the objective. Pure."""

from dataclasses import dataclass
from math import ceil
from statistics import fmean

from bench.capacity.search import Probe
from bench.metrics import floor_of
from bench.objective import Objective
from bench.profile import CasePlan
from servers.fake_gemini.timing import load_profile, plan_turn

SCENARIO = "latency"
COMERS_PER_SECOND = 100
"""How fast people come. Many at once would ask what a storm of connections costs, which is another question."""
WARM_UP_SECONDS = 3.0
DRAIN_SECONDS = 3
"""A turn in flight at the end ends within this, but for the slowest; who was never let in need not be waited for."""
BESIDES_SECONDS = 6.0
"""What a probe takes beside its load: starting a server and the load, and letting turns end."""
SPARE = 2.5
"""Of turns: up to half of a window may be cut as warm-up (`steadiness`), and turns come slower from a busy server."""
PATIENCE_SECONDS = 5.0
"""Who goes without words for longer has failed, whatever the objective says of first words. Of the answers of a Live
model one in some thousands is as slow by itself, so it is the server that failed."""
MARGIN_SECONDS = 0.5
SAMPLED = 400
USUAL_REPLY_SECONDS = 2.0
"""Of a model that nobody knows."""


@dataclass(frozen=True)
class Pace:
    """How quickly people ask, and how long they are watched."""

    think_seconds: float
    reply_seconds: float
    """From a prompt to the end of its reply, in the mean, by the model's own time."""
    probe_seconds: float
    confirm_seconds: float
    """The least that a window lasts."""

    def window_seconds(self, probe: Probe, objective: Objective) -> float:
        """Enough turns for every statistic of the objective, and at least so long.

        And so long that who waits all the time is known to have lost patience: once the load stops, those who leave
        make room, and everybody gets an answer.
        """
        asked_for = self.confirm_seconds if probe.confirms else self.probe_seconds
        least = max(asked_for, patience_seconds(objective) - WARM_UP_SECONDS + MARGIN_SECONDS)
        turn_seconds = self.think_seconds + self.reply_seconds
        return max(least, SPARE * _values_needed(objective) * turn_seconds / probe.sessions)

    def case(self, probe: Probe, objective: Objective) -> CasePlan:
        """What the load is told to do."""
        return CasePlan(
            scenario=SCENARIO,
            sessions=probe.sessions,
            trials=1,
            warm_up_seconds=WARM_UP_SECONDS,
            window_seconds=self.window_seconds(probe, objective),
            drain_seconds=DRAIN_SECONDS,
            spawn_per_second=COMERS_PER_SECOND,
            options={"think-seconds": self.think_seconds},
        )

    def seconds(self, probe: Probe, objective: Objective) -> float:
        """What the whole probe takes."""
        case = self.case(probe, objective)
        return ceil(case.run_seconds) + BESIDES_SECONDS


def patience_seconds(objective: Objective) -> float:
    """How long a single turn may go without words. What is slower than the objective asks for, its percentiles show."""
    return max(PATIENCE_SECONDS, objective.patience_seconds)


def _values_needed(objective: Objective) -> int:
    """To know of every condition whether it is met."""
    return max(floor_of(condition.statistic) for condition in objective.conditions)


def reply_seconds(fake_profile: str) -> float:
    """How long the fake Gemini takes for a whole reply in the mean, by its own profile."""
    profile = load_profile(fake_profile)
    return fmean(plan_turn(profile, 0, f"prompt {number}").chunks_due_seconds[-1] for number in range(SAMPLED))
