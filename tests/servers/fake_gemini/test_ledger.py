import json

import pytest

from servers.fake_gemini.ledger import Ledger, nearest_rank


def test_nearest_rank_is_a_value_that_happened() -> None:
    values = [float(value) for value in range(1, 11)]
    # Worked by hand: rank ceil(10 x 0.50) = 5, ceil(10 x 0.99) = 10, ceil(10 x 0.01) = 1.
    assert [nearest_rank(values, percent) for percent in (50, 99, 1, 100)] == [5.0, 10.0, 1.0, 10.0]


def test_nothing_has_no_percentile() -> None:
    assert nearest_rank([], 50) is None


def test_report_counts_what_happened() -> None:
    ledger = Ledger("fast", seed=3)
    for code in (1000, 1007, 1007):
        ledger.session_opened()
        ledger.session_closed(code)
    ledger.session_opened()
    for late in (0.003, 0.001, 0.002):
        ledger.chunk_sent(late)
    report = json.loads(json.dumps(ledger.report()))
    assert (report["sessions_open"], report["sessions_total"], report["chunks"]) == (1, 4, 3)
    assert report["closes"] == {"1000": 1, "1007": 2}
    assert report["lateness_seconds"] == {"count": 3, "p50": 0.002, "p99": 0.003, "max": 0.003}
    assert (report["profile"], report["seed"]) == ("fast", 3)


def test_report_before_anything_happened_claims_no_lateness() -> None:
    assert Ledger("fast", 1).report()["lateness_seconds"] == {"count": 0, "p50": None, "p99": None, "max": None}


def test_reset_counts_anew_but_keeps_open_sessions() -> None:
    ledger = Ledger("fast", 1)
    ledger.session_opened()
    ledger.turns_started = ledger.turns_completed = ledger.turns_interrupted = 5
    ledger.chunk_sent(0.001)
    ledger.reset()
    report = ledger.report()
    assert report["sessions_open"] == 1
    counts = ("sessions_total", "turns_started", "turns_completed", "turns_interrupted", "chunks")
    assert [report[name] for name in counts] == [0, 0, 0, 0, 0]
    assert report["lateness_seconds"]["count"] == 0
    ledger.session_closed(1000)
    assert ledger.report()["sessions_open"] == 0


def test_time_is_counted_from_the_reset() -> None:
    ledger = Ledger("fast", 1)
    while ledger.report()["elapsed_seconds"] < 0.02:
        pass
    before = ledger.started_at
    ledger.reset()
    assert ledger.started_at >= before + 0.02


def test_processor_time_is_counted_from_the_reset() -> None:
    ledger = Ledger("fast", 1)
    while ledger.report()["cpu_seconds"] < 0.02:
        sum(range(10_000))
    spent = ledger.report()["cpu_seconds"]
    ledger.reset()
    assert 0 <= ledger.report()["cpu_seconds"] < spent


def test_prompts_that_were_answered_are_counted_and_so_are_those_answered_again() -> None:
    ledger = Ledger("fast", 1)
    for tag in ("a", "b", "a", None, None):
        ledger.answered(tag, conversation_turns=3)
    ledger.answered("b", conversation_turns=2)
    ledger.answered("b", conversation_turns=1)
    report = ledger.report()
    assert (report["prompts_answered"], report["prompts_repeated"]) == (2, 2)
    assert report["longest_conversation_turns"] == 3
    ledger.reset()
    assert ledger.report()["prompts_answered"] == ledger.report()["longest_conversation_turns"] == 0


@pytest.mark.parametrize("percent", [50, 99])
def test_one_value_is_every_percentile(percent: float) -> None:
    assert nearest_rank([0.5], percent) == 0.5
