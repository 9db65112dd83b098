"""What a soak comes to, in words. Pure."""

from bench import units
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


def rows(soaked: Soaked) -> list[list[str]]:
    return [_row(judged) for judged in soaked.judged]


def _row(judged: Judged) -> list[str]:
    values = (judged.early, judged.late, judged.rest_before, judged.rest_after)
    unit = "B" if judged.quantity == "memory" else "count"
    return [
        judged.quantity,
        *(units.show(value, "B" if unit == "B" else "count") for value in values),
        MARKS[judged.met],
    ]


def turns(soaked: Soaked) -> str:
    return f"{soaked.turns_ok:,} turns ok, {soaked.turns_failed:,} failed"
