"""Single probes in words, and as rows of a table. Pure."""

from bench import units
from bench.capacity.record import Capacity, Checked, Probed
from bench.metrics import METRICS

HEAD = ("probe", "target", "search", "people", "window", "answered well", "answer")


def said(probe: Probed) -> str:
    """What came of it: 'held (ttft_added p95 12 ms, failures 0 %)'."""
    match probe.answer:
        case "held":
            return f"held ({', '.join(condition(checked) for checked in probe.checked)})"
        case "missed":
            return f"missed ({missed(probe)})"
        case "not known":
            return f"not known ({unknown(probe)})"
        case "spoiled":
            return f"spoiled by the instrument ({probe.because})"


def missed(probe: Probed) -> str:
    """What was not met, with its bound; and how the server ended, where it did."""
    broken = [f"{condition(checked)}, not {checked.bound}" for checked in probe.checked if checked.met is False]
    deaths = [reason.message for reason in probe.trial.reasons if reason.check == "server died"]
    return "; ".join([*broken, *deaths])


def unknown(probe: Probed) -> str:
    """What too little is known of."""
    return ", ".join(condition(checked) for checked in probe.checked if checked.met is None)


def condition(checked: Checked) -> str:
    """'ttft_added p95 12 ms'."""
    if checked.value is None:
        return f"{checked.subject} has {checked.count} values and takes {checked.needed}"
    return f"{checked.subject} {units.show(checked.value, METRICS[checked.metric].unit)}"


def rows(capacity: Capacity) -> list[list[str]]:
    """Every probe, in the order of time."""
    return [_row(probe, capacity.names[probe.target]) for probe in capacity.probes]


def _row(probe: Probed, name: str) -> list[str]:
    return [
        str(probe.order),
        name,
        str(probe.search),
        str(probe.sessions),
        f"{units.seconds(probe.trial.window_seconds)}{', confirming' if probe.confirms else ''}",
        units.show(probe.well_answered_ratio, "ratio"),
        said(probe),
    ]
