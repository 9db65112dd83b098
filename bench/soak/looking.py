"""A look at a server: from outside what its processes hold, and from its own `/metrics` what only it can know."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

from bench.monitor import look
from bench.soak.record import Look

METRICS_SECONDS = 5.0
"""How long a server may take to say what it counts: one whose threads are all taken does not get round to it."""


def look_at(pid: int, url: str, at_seconds: float, people: int) -> Look | None:
    """What the server at a WebSocket address holds; None where it has gone."""
    own = gauges(url)
    seen = look(pid)
    if seen is None or seen.size is None:
        return None
    return Look(
        at_seconds=at_seconds,
        people=people,
        memory_bytes=seen.size.own_bytes,
        threads=seen.size.threads,
        descriptors=seen.size.descriptors,
        tasks=_whole(own.get("chat_tasks")),
        sessions=_whole(own.get("chat_sessions_open")),
        cpu_seconds=seen.cpu_seconds,
    )


def gauges(url: str) -> Mapping[str, float]:
    """What a server counts of itself; empty where it does not say."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=METRICS_SECONDS)
    try:
        connection.request("GET", "/metrics", headers={"Connection": "close"})
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != http.HTTPStatus.OK:
            return {}
        families = list(text_string_to_metric_families(text))
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        connection.close()
    return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
