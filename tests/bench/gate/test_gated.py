from math import inf, log

import pytest

from bench.gate.gated import BY_NAME, GATED, Gated
from bench.metrics import METRICS

ANY = Gated("ttft_added_seconds", "p50", margin=0.10, floor=0.001, short="")


def test_everything_gated_is_measured_and_better_when_less() -> None:
    for gated in GATED:
        assert gated.statistic in METRICS[gated.metric].statistics
        assert METRICS[gated.metric].better == "lower"
        assert gated.margin > 0 and gated.floor > 0
    assert len(BY_NAME) == len(GATED) <= 5


def test_limit_is_a_share_of_much_and_a_floor_above_little() -> None:
    assert ANY.limit(1.0) == pytest.approx(1.1)
    assert ANY.limit(1.0, times=2) == pytest.approx(1.2)
    assert ANY.limit(0.002) == pytest.approx(0.003)
    assert ANY.limit(0.0) == 0.001


@pytest.mark.parametrize(
    ("name", "least"),
    [("ttft_added_seconds.p50", 0.002), ("ttft_added_seconds.p95", 0.005), ("stop_seconds.p50", 0.02)],
)
def test_next_to_nothing_may_become_what_no_one_feels(name: str, least: float) -> None:
    assert BY_NAME[name].limit(0.0) == least
    assert BY_NAME[name].limit(0.001) == pytest.approx(0.001 + least)


def test_distance_from_the_limit_is_that_of_logarithms() -> None:
    assert ANY.beyond(1.0, 1.1) == pytest.approx(0, abs=1e-12)
    assert ANY.beyond(1.0, 2.2) == pytest.approx(log(2))
    assert ANY.beyond(0.0, 0.0) == -inf
    assert ANY.beyond(1.0, inf) == ANY.beyond(0.0, inf, times=2) == inf


def test_name_tells_the_statistic_where_there_are_several() -> None:
    assert ANY.name == "ttft_added_seconds.p50"
    assert GATED[0].name == "cpu_seconds_per_turn"
    assert GATED[0].title == "Processor time per turn"
    assert ANY.title == "Time to first words that the server added, p50"
