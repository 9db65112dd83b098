import pytest

from servers.cloudrun.emulator.scaling import Limits, Load, chosen, pending_seconds


@pytest.mark.parametrize(
    ("requests", "limits", "wanted"),
    [
        (0, Limits(100, 0, 10), 0),
        (0, Limits(100, 2, 10), 2),
        (1, Limits(100, 0, 10), 1),
        (60, Limits(100, 0, 10), 1),  # the autoscaler means to keep an instance at 60 % of its concurrency
        (61, Limits(100, 0, 10), 2),
        (2, Limits(1, 0, 10), 2),
        (1000, Limits(100, 0, 10), 10),
        (1000, Limits(100, 3, 3), 3),
    ],
)
def test_instances_wanted(requests: int, limits: Limits, wanted: int) -> None:
    assert limits.wanted(requests) == wanted


LIMITS = Limits(2, 0, 3)


@pytest.mark.parametrize(
    ("loads", "preferred", "expected"),
    [
        ([], None, None),
        ([Load("a", 2, 9)], None, None),
        ([Load("a", 2, 9)], "a", None),
        ([Load("a", 1, 9), Load("b", 0, 9)], None, "b"),
        ([Load("a", 1, 9), Load("b", 0, 9)], "a", "a"),
        ([Load("a", 2, 9), Load("b", 1, 9)], "a", "b"),
        ([Load("a", 1, 9), Load("b", 0, 9)], "gone", "b"),
        ([Load("a", 1, 9), Load("b", 1, 8)], None, "b"),
    ],
)
def test_instance_chosen(loads: list[Load], preferred: str | None, expected: str | None) -> None:
    assert chosen(loads, LIMITS, preferred) == expected


@pytest.mark.parametrize(("start_ups", "seconds"), [([], 10.0), ([2.0], 10.0), ([10.0, 20.0], 15.0)])
def test_request_waits_as_long_as_an_instance_takes_to_start_and_ten_seconds_at_least(
    start_ups: list[float], seconds: float
) -> None:
    assert pending_seconds(start_ups) == seconds
