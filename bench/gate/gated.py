"""What is gated: few metrics, each with how much worse it may get before the gate shuts. To gate another, add an entry.

They are those that feel neighbours on the machine least. p99 and the largest are reported elsewhere, and never gated:
over a window of seconds they are the machine's. Few, because each more takes from the certainty of all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, log

from bench.metrics import METRICS, Metric


@dataclass(frozen=True)
class Gated:
    """A metric of which less is better."""

    metric: str
    statistic: str
    margin: float
    """By what share it may grow."""
    floor: float
    """Or by how much, in the metric's own unit, where that is more: nobody cares about less."""
    short: str
    """For a line that has to hold all of them."""

    @property
    def name(self) -> str:
        """As on the command line: 'ttft_added_seconds.p50', and for what has but one number its name alone."""
        return self.metric if self.statistic == "value" else f"{self.metric}.{self.statistic}"

    @property
    def of(self) -> Metric:
        return METRICS[self.metric]

    @property
    def title(self) -> str:
        return self.of.title if self.statistic == "value" else f"{self.of.title}, {self.statistic}"

    def limit(self, base: float, times: int = 1) -> float:
        """How large it may be where the base has so much; with `times` 2, how large it is bearable at all."""
        return max(base * (1 + times * self.margin), base + times * self.floor)

    def beyond(self, base: float, head: float, times: int = 1) -> float:
        """By how much the head lies beyond its limit, as the logarithm of a ratio; minus infinity at nothing."""
        return log(head / self.limit(base, times)) if head > 0 else -inf


GATED: Sequence[Gated] = (
    Gated("cpu_seconds_per_turn", "value", margin=0.05, floor=0.0001, short="CPU"),
    Gated("memory_bytes_per_session", "value", margin=0.10, floor=10_000, short="memory"),
    Gated("ttft_added_seconds", "p50", margin=0.10, floor=0.002, short="first words p50"),
    Gated("ttft_added_seconds", "p95", margin=0.15, floor=0.005, short="first words p95"),
    Gated("stop_seconds", "p50", margin=0.10, floor=0.020, short="stop"),
)
"""Floors: a tenth of a millisecond of processor time is nothing beside what a turn costs; 10 kB a session are one
gigabyte at 100,000; two milliseconds, or five now and then, no one feels; nor a fiftieth of a second more of speech."""

BY_NAME: Mapping[str, Gated] = {gated.name: gated for gated in GATED}
