import asyncio
import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from servers.event_loop import new_event_loop
from servers.metrics import FIRST_WORDS_SECONDS, OUTCOMES, Metrics

NAMES = {"app": "quart", "build": "b", "instance": "i", "revision": None}


def samples(metrics: Metrics) -> dict[str, float]:
    """By name and labels, as Prometheus reads them."""
    return {
        sample.name + "".join(f",{name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in parse(metrics.page().decode())
        for sample in family.samples
    }


def test_everything_has_a_name_and_a_value_from_the_start() -> None:
    told = samples(Metrics(NAMES))
    assert told["chat_server_info,app=quart,build=b,instance=i,revision="] == 1
    assert told["chat_sessions_open"] == told["chat_sessions_opened_total"] == told["chat_tokens_total"] == 0
    assert {told[f"chat_turns_total,outcome={outcome}"] for outcome in OUTCOMES} == {0}
    assert told["chat_first_words_seconds_count"] == told["chat_stop_seconds_count"] == 0
    assert told["process_cpu_seconds_total"] > 0
    assert told["process_resident_memory_bytes"] > 0
    assert not [name for name in told if "_created" in name]


def test_threads_are_counted_when_it_is_asked() -> None:
    metrics, go = Metrics(NAMES), threading.Event()
    before = samples(metrics)["chat_threads"]
    thread = threading.Thread(target=go.wait)
    thread.start()
    assert samples(metrics)["chat_threads"] == before + 1
    go.set()
    thread.join()


def test_tasks_are_counted_of_loops_that_run_and_of_those_that_stand_still() -> None:
    metrics = Metrics(NAMES)
    before = samples(metrics)["chat_tasks"]

    async def count() -> float:
        return samples(metrics)["chat_tasks"]

    still = new_event_loop()
    try:
        waiting = still.create_task(asyncio.sleep(0))
        assert samples(metrics)["chat_tasks"] == before + 1
        with asyncio.Runner() as runner:  # of a loop that nobody of ours has made
            assert runner.run(count()) == before + 2
        still.run_until_complete(waiting)
        assert samples(metrics)["chat_tasks"] == before
    finally:
        still.close()


def test_each_process_counts_for_itself() -> None:
    one, other = Metrics(NAMES), Metrics(NAMES)
    one.turns.labels("complete").inc()
    assert samples(other)["chat_turns_total,outcome=complete"] == 0


def test_buckets_part_the_times_that_people_notice() -> None:
    metrics = Metrics(NAMES)
    for seconds in (0.05, 0.55, 29.0, 40.0):
        metrics.first_words_seconds.observe(seconds)
    told = samples(metrics)
    assert [told[f"chat_first_words_seconds_bucket,le={le}"] for le in ("0.1", "0.5", "0.6", "30.0", "+Inf")] == [
        *(1, 1, 2, 3, 4)
    ]
    assert told["chat_first_words_seconds_sum"] == pytest.approx(69.6)
    assert list(FIRST_WORDS_SECONDS) == sorted(FIRST_WORDS_SECONDS)
