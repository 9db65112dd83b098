import pytest

from bench.cores import Cores
from bench.speed.make import deployments
from bench.speed.measure import measure_fake, measure_server
from bench.speed.record import SILENCED

ANYWHERE = Cores(frozenset(), frozenset())
OFTEN = ("quart", SILENCED)


@pytest.mark.e2e
def test_fake_is_measured_by_itself() -> None:
    speed = measure_fake(ANYWHERE, sessions=3, window_seconds=0.5)
    assert speed.chunks > 0 and speed.cpu_seconds > 0
    assert speed.window_seconds >= 0.5


@pytest.mark.e2e
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in OFTEN else [pytest.mark.long]) for name in deployments()]
)
def test_every_deployment_can_be_measured(name: str) -> None:
    speed = measure_server(deployments()[name], ANYWHERE, sessions=3, window_seconds=0.5)
    assert speed.chunks > 0 and speed.cpu_seconds > 0
