"""What a soak comes to, in words. Pure."""

from bench import units
from bench.metrics import Unit
from bench.soak.record import Judged, Soak, Soaked

HEAD = ("", "settled", "at the end", "at rest before", "at rest after", "")
MARKS = {True: "ok", False: "MORE", None: "-"}


def headline(soak: Soak) -> str:
    """A sentence for each server."""
    return " ".join(f"{soak.names[soaked.target]} {_found(soaked)}." for soaked in soak.soaked) or "Nothing was seen."


def _found(soaked: Soaked) -> str:
    lasted = f"{units.people(soaked.people)} for {soaked.load_seconds / 60:.3g} min"
    match soaked.verdict:
        case "CLEAN":
            return f"gives back what it takes ({lasted}): {soaked.why}"
        case "LEAKS":
            return f"keeps what it takes ({lasted}): {soaked.why}"
        case "DIED":
            return f"does not last ({lasted}): {soaked.why}"
        case "INVALID":
            return f"was not measured ({lasted}): {soaked.why}"


def title(soak: Soak) -> str:
    """The same as short as it can be."""
    return ". ".join(f"{soak.names[soaked.target]} {_briefly(soaked)}" for soaked in soak.soaked)


def _briefly(soaked: Soaked) -> str:
    memory = next((each for each in soaked.judged if each.quantity == "memory"), None)
    change = memory.late / memory.early - 1 if memory and memory.early and memory.late else 0.0
    said = f"memory {change:+.1%}".replace("%", " %")
    match soaked.verdict:
        case "CLEAN":
            return f"gives back what it takes: {said}"
        case "LEAKS":
            kept = [said if each.quantity == "memory" else each.quantity for each in soaked.judged if each.met is False]
            return f"keeps what it takes: {', '.join(kept)}"
        case "DIED":
            return f"ended after {soaked.load_seconds / 60:.3g} min"
        case "INVALID":
            return "was not measured"


def rows(soaked: Soaked) -> list[list[str]]:
    return [_row(judged) for judged in soaked.judged]


def _row(judged: Judged) -> list[str]:
    values = (judged.early, judged.late, judged.rest_before, judged.rest_after)
    unit: Unit = "B" if judged.quantity == "memory" else "count"
    return [
        judged.quantity,
        *(units.show(value, unit) for value in values),
        MARKS[judged.met],
    ]


def turns(soaked: Soaked) -> str:
    return f"{soaked.turns_ok:,} turns ok, {soaked.turns_failed:,} failed"
