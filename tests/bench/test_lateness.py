import pytest
from made_up import trial

from bench.lateness import MOVED, READ


def of(model_seconds=None, **instrument):
    if model_seconds is not None:
        instrument["model_seconds_p50"] = model_seconds
    return trial(instrument=instrument)


@pytest.mark.parametrize(
    ("allowance", "model_seconds", "bounds"),
    [
        (READ, None, (0.010, 0.050)),  # a model that says nothing of itself
        (READ, 0.1, (0.010, 0.050)),  # a model so quick that the floors hold
        (READ, 0.53, (0.0106, 0.053)),  # 2 % and 10 %
        (READ, 5.0, (0.1, 0.5)),
        (MOVED, None, (0.020, 0.100)),
        (MOVED, 0.1, (0.020, 0.100)),
        (MOVED, 0.53, (0.0265, 0.1325)),  # 5 % and 25 %
    ],
)
def test_bound_is_a_share_of_what_the_model_takes_but_no_less_than_the_floor(allowance, model_seconds, bounds):
    assert allowance(of(model_seconds)) == pytest.approx(bounds)
