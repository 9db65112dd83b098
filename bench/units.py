"""Numbers for people to read. The only place where anything is rounded."""

from math import isinf

from bench.metrics import Unit


def show(value: float | None, unit: Unit) -> str:
    """A number with its unit; a dash where there is none."""
    if value is None:
        return "-"
    match unit:
        case "s":
            return seconds(value)
        case "B":
            return size(value)
        case "ratio":
            return percent(value)
        case "count":
            return count(value)
        case "per second":
            return f"{significant(value)}/s"
        case "cores":
            return f"{value:.2f} cores"


def seconds(value: float) -> str:
    """'0.42 ms' to '4.2 ms' below a tenth of a second, '0.61 s' and '12.3 s' above."""
    if abs(value) < 0.0995:
        return f"{significant(value * 1000)} ms"
    return f"{value:.2f} s" if abs(value) < 9.995 else f"{value:.1f} s"


def size(value: float) -> str:
    """Decimal units: '183 MB'."""
    scale = max(abs(value), 1.0)
    for factor, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if scale >= 0.9995 * factor:
            return f"{significant(value / factor)} {name}"
    return f"{value:.0f} B"


def percent(value: float) -> str:
    """A share in whole percent, but never 0 % or 100 % for what is not quite nothing or everything."""
    if 0 < value < 0.01:
        return f"{value:.1%}".replace("%", " %") if value >= 0.001 else "under 0.1 %"
    if 0.99 < value < 1:
        return f"{value:.1%}".replace("%", " %") if value < 0.9995 else "over 99.9 %"
    return f"{value:.0%}".replace("%", " %")


def count(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else significant(value)


def people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def instances(number: int) -> str:
    return "1 instance" if number == 1 else f"{number:,} instances"


def ratio(value: float | None) -> str:
    """A factor: '\N{MULTIPLICATION SIGN}0.05'."""
    if value is None:
        return "-"
    return "\N{MULTIPLICATION SIGN}\N{INFINITY}" if isinf(value) else f"\N{MULTIPLICATION SIGN}{significant(value)}"


def factor(value: float | None) -> str:
    """As `ratio`, but to the hundredth where it is near 1: there two digits would hide what matters."""
    if value is None or not 0.0995 <= value < 9.995:
        return ratio(value)
    return f"\N{MULTIPLICATION SIGN}{value:.2f}"


def significant(value: float) -> str:
    """Two digits that matter below 100, whole numbers above; no exponent, no trailing zeros after nothing."""
    if value == 0:
        return "0"
    if abs(value) >= 99.5:
        return f"{value:.0f}"
    digits = f"{value:.2g}"
    return digits if "e" not in digits else f"{value:.6f}".rstrip("0").rstrip(".")
