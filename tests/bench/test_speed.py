import pytest

from bench.cores import Cores
from bench.speed import Speed, measure_fake, measure_server
from servers.deployments import DEPLOYMENTS

ANYWHERE = Cores(frozenset(), frozenset())
OFTEN = ("flask", "quart", "raw")


def test_speed_is_told_by_the_clock_and_by_processor_time() -> None:
    speed = Speed(window_seconds=2.0, chunks=1000, cpu_seconds=0.5)
    assert (speed.chunks_per_second, speed.chunks_per_cpu_second) == (500, 2000)


@pytest.mark.e2e
def test_fake_is_measured_by_itself() -> None:
    speed = measure_fake(ANYWHERE, sessions=3, window_seconds=0.5)
    assert speed.chunks > 0 and speed.cpu_seconds > 0
    assert speed.window_seconds >= 0.5


@pytest.mark.e2e
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in OFTEN else [pytest.mark.long]) for name in DEPLOYMENTS]
)
def test_every_deployment_can_be_measured(name: str) -> None:
    speed = measure_server(DEPLOYMENTS[name], ANYWHERE, sessions=3, window_seconds=0.5)
    assert speed.chunks > 0 and speed.cpu_seconds > 0
