"""Made-up sizings: of servers of which it is known how many people they hold, at round prices."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from made_up_capacity import made as made_capacity

from bench.objective import parse
from bench.size.make import Order, conclude
from bench.size.prices import Prices
from bench.size.record import Size
from bench.size.sizing import Demand

NOW = datetime(2026, 1, 31, tzinfo=UTC)
PRICES = Prices(
    as_of=date(2026, 1, 2), currency="USD", region="here", billing="instance-based", source="made up",
    vcpu_second=0.0001, memory_gib_second=0.00002,
)  # fmt: skip


def order(capacity=None, targets=(), objective=None, **demand) -> Order:
    """Of 1,000 people, at round prices."""
    capacity = capacity or made_capacity()
    usual = {"users": 1000, "utilization": 0.6, "prices": PRICES, "memory_gib": 1.0}
    wanted = Demand(objective=parse(objective or capacity.objective), **{**usual, **demand})
    return Order(capacity, Path("results/that"), targets, wanted, Path("results"), "live-bench size")


def made(capacity=None, **wanted) -> Size:
    return conclude(order(capacity, **wanted), NOW)


def sized(target: str, capacity=None, **wanted):
    """What one target takes."""
    return next(one for one in made(capacity, **wanted).sized if one.target == target)


def priced(**changed) -> Prices:
    return PRICES.model_copy(update=changed)


def demand(order: Order, **changed) -> Order:
    return replace(order, demand=replace(order.demand, **changed))
