"""A sizing in words: what the command, the summary and the chart say. Pure."""

from datetime import date

from bench import units
from bench.size.prices import OLD_DAYS, Prices
from bench.size.record import Size, Sized

LEFT_OUT = (
    "Left out: what Gemini itself costs, data sent to the Internet, build and storage, discounts and free quotas, and "
    "an instance that is kept in reserve."
)
HEAD = ("target", "one holds", "concurrency", "instances", "an instance", "an hour", "1,000 session-hours")


def headline(size: Size) -> str:
    """A sentence for each target."""
    return " ".join(f"{size.names[sized.target]} {_needs(size, sized)}." for sized in size.sized)


def _needs(size: Size, sized: Sized) -> str:
    if sized.instances is None:
        return f"cannot serve {units.people(size.users)}: it holds none of the loads that were tried"
    needs = f"takes {units.instances(sized.instances)} for {units.people(size.users)} at a time"
    if sized.cost_per_thousand_session_hours is None:
        return needs
    return f"{needs}, {money(size, sized.cost_per_thousand_session_hours)} for a thousand session-hours"


def money(size: Size, amount: float | None) -> str:
    """'3.12 USD'; a dash where it is not known."""
    if amount is None or size.prices is None:
        return "-"
    return f"{amount:.2f} {size.prices.currency}" if amount >= 0.1 else f"{amount:.2g} {size.prices.currency}"


def tiny(amount: float) -> str:
    """'0.000018': a price of a second, without an exponent."""
    return f"{amount:.12f}".rstrip("0").rstrip(".")


def rows(size: Size) -> list[list[str]]:
    return [
        [
            size.names[sized.target],
            f"{'at least ' if sized.at_least else ''}{sized.held}",
            str(sized.concurrency) if sized.concurrency else "-",
            f"{sized.instances:,}" if sized.instances is not None else "-",
            _instance(sized),
            money(size, sized.cost_per_hour),
            money(size, sized.cost_per_thousand_session_hours),
        ]
        for sized in size.sized
    ]


def _instance(sized: Sized) -> str:
    memory = "memory unknown" if sized.memory_gib is None else f"{sized.memory_gib:g} GiB"
    return f"{sized.vcpus:g} vCPU, {memory}"


def assumptions(size: Size) -> list[str]:
    """What all of it rests on."""
    scaling = (
        "a fixed number of instances, all of them full"
        if size.utilization == 1
        else f"an autoscaler that keeps {units.percent(size.utilization)} of the concurrency in use"
    )
    return [
        f"{units.people(size.users)} connected at the same time, each with one WebSocket; {scaling}.",
        f"Objective: {size.objective}, as measured in {size.capacity_id} with people who think "
        f"{units.seconds(size.think_seconds)} before they ask again. Where the processor binds, people who think "
        "longer need less; where threads bind, as much.",
        f"{_prices_said(size.prices)} {LEFT_OUT}" if size.prices else "No prices were given (--prices FILE).",
    ]


def _prices_said(prices: Prices) -> str:
    return (
        f"Prices of {prices.as_of.isoformat()} ({prices.source}; {prices.region}, {prices.billing}): "
        f"{tiny(prices.vcpu_second)} {prices.currency} a vCPU-second, {tiny(prices.memory_gib_second)} a GiB-second."
    )


def warnings(size: Size, today: date) -> list[str]:
    """What to know before it is believed."""
    found = [
        f"the search is {size.capacity_validity.verdict}: {reason.check}: {reason.message}"
        for reason in size.capacity_validity.reasons
        if reason.verdict != "VALID"
    ]
    if not size.capacity_complete:
        found.append("the search was ended before its last search had")
    if size.prices and (days := (today - size.prices.as_of).days) > OLD_DAYS:
        found.append(f"the prices were true {days} days ago: look whether they still are")
    if size.prices and size.prices.as_of > today:
        found.append(f"the prices are of {size.prices.as_of.isoformat()}, which has not come yet")
    return found
