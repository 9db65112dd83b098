"""What is followed over runs: the gated metrics, each for every target, scenario and load there is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.gate.gated import GATED
from bench.metrics import METRICS
from bench.results import Estimate, Run


@dataclass(frozen=True)
class Tracked:
    """A statistic of a metric that a change is judged by."""

    metric: str
    statistic: str
    margin: float
    """The share from which on a change matters."""
    floor: float
    """In the metric's unit: values below it are as good as each other."""

    @property
    def title(self) -> str:
        """'Processor time per turn', and with a percentile 'Time to silence after an interruption (p50)'."""
        title = METRICS[self.metric].title
        return title if self.statistic == "value" else f"{title} ({self.statistic})"

    @property
    def stem(self) -> str:
        """What its charts' files are called."""
        return self.metric if self.statistic == "value" else f"{self.metric}-{self.statistic}"


FOLLOWED: Sequence[Tracked] = (
    *(Tracked(gated.metric, gated.statistic, gated.margin, gated.floor) for gated in GATED),
    Tracked("failures_ratio", "value", 0.50, 0.01),
)
"""Half as many failures again is a change, but not below 1 %."""


@dataclass(frozen=True, order=True)
class Key:
    """One series: what it is of."""

    target: str
    scenario: str
    sessions: int
    metric: str
    statistic: str


def estimates_of(run: Run, targets: Sequence[str]) -> dict[Key, Estimate]:
    """The estimates of a run that are followed and have a number; `targets` to keep to, all where none is named."""
    followed = {(each.metric, each.statistic) for each in FOLLOWED}
    return {
        Key(each.target, each.scenario, each.sessions, each.metric, each.statistic): each
        for each in run.estimates
        if (each.metric, each.statistic) in followed
        and each.center is not None
        and (not targets or each.target in targets)
    }
