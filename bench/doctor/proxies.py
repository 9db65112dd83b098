"""Whether our servers would look for the fake Gemini behind a proxy. Pure."""

from collections.abc import Mapping

LOOPBACK = "127.0.0.1"
LEADING_OUT = frozenset({"wss_proxy", "socks_proxy", "https_proxy"})
"""Variables, in either case, that name a proxy for what the SDK opens."""


def proxies_to_loopback(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the variables that would be to blame; none where loopback is reached without them.

    Servers are given a `NO_PROXY` that names loopback. A `no_proxy` of the user's takes precedence over it, also an
    empty one: so `urllib.request` reads the environment, and the SDK's WebSocket with it.
    """
    direct = environment.get("no_proxy")
    if direct is None or _names_loopback(direct):
        return ()
    return tuple(sorted(name for name, value in environment.items() if value and name.lower() in LEADING_OUT))


def _names_loopback(direct: str) -> bool:
    """By itself, by the end of it, or by a star that stands alone."""
    names = [name.strip().lstrip(".") for name in direct.split(",")]
    return direct.strip() == "*" or any(name == LOOPBACK or LOOPBACK.endswith(f".{name}") for name in names if name)
