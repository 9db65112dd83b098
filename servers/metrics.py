"""What a server counts of itself, as `/metrics` tells it to Prometheus. Any thread may count.

The times are those that the server knows of. Who has to wait for a thread, or is not listened to before a reply is
over, waits longer than they say: a load test measures that from outside.
"""

import threading
from collections.abc import Mapping

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from servers.event_loop import count_tasks

CONTENT_TYPE = CONTENT_TYPE_LATEST
OUTCOMES = ("complete", "interrupted", "rate_limited", "failed", "left")
FIRST_WORDS_SECONDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
STOP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each counter, which nobody asks for


class Metrics:
    """Of one process; in no registry but its own, so that there may be several."""

    def __init__(self, names: Mapping[str, str | None]) -> None:
        """`names` are those by which the server introduces itself."""
        self._registry = of_all = CollectorRegistry()
        ProcessCollector(registry=of_all)
        threads = Gauge("chat_threads", "Threads of this process.", registry=of_all)
        threads.set_function(threading.active_count)
        tasks = Gauge("chat_tasks", "Tasks of all event loops of this process.", registry=of_all)
        tasks.set_function(count_tasks)
        info = Info("chat_server", "Who is telling this.", registry=of_all)
        info.info({name: value or "" for name, value in names.items()})
        self.sessions_open = Gauge("chat_sessions_open", "Sessions now.", registry=of_all)
        self.sessions_opened = Counter("chat_sessions_opened", "Sessions since the start.", registry=of_all)
        self.turns = Counter("chat_turns", "Prompts, by what became of them.", ["outcome"], registry=of_all)
        self.first_words_seconds = Histogram(
            "chat_first_words_seconds",
            "From a prompt that was heard to the first words of the reply.",
            buckets=FIRST_WORDS_SECONDS,
            registry=of_all,
        )
        self.stop_seconds = Histogram(
            "chat_stop_seconds",
            "From a prompt that was heard in mid-reply to the last words of that reply.",
            buckets=STOP_SECONDS,
            registry=of_all,
        )
        self.tokens = Counter("chat_tokens", "Tokens that Gemini counted.", registry=of_all)
        self.upstream_errors = Counter(
            "chat_upstream_errors", "Failures of Gemini's, by cause.", ["cause"], registry=of_all
        )
        self.refusals = Counter("chat_refusals", "What was not served, by cause.", ["cause"], registry=of_all)
        for outcome in OUTCOMES:
            self.turns.labels(outcome)  # so that each is there from the start, as 0

    def page(self) -> bytes:
        """All of it in Prometheus's text format; its type is CONTENT_TYPE."""
        return generate_latest(self._registry)
