from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from bench import charts

# The same examples on every run, and no assertion against how fast the machine is.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

DRAWN = ("_chart", "_report")
"""How the names of modules end whose tests are about pictures."""


@pytest.fixture(scope="module", autouse=True)
def few_pixels(request: pytest.FixtureRequest) -> Iterator[None]:
    """Pixels take longer than all else: there are few where a picture is tested, and none where one merely comes along.

    Its SVG is drawn everywhere.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "_SLIDE_DPI", 20)
        if not request.module.__name__.endswith(DRAWN):
            patch.setattr(charts, "_png", lambda figure: b"\x89PNG")
        yield
