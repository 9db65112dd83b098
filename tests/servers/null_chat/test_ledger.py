import json

from servers.null_chat.ledger import Ledger


def test_report_counts_and_ranks() -> None:
    ledger = Ledger(sessions_open=2, prompts=3, chunks=4)
    ledger.lateness_seconds.extend((0.004, 0.001, 0.002, 0.003))
    ledger.handover_seconds.append(0.00001)
    report = json.loads(json.dumps(ledger.report()))
    assert (report["sessions_open"], report["prompts"], report["chunks"]) == (2, 3, 4)
    # Nearest rank, worked by hand: ceil(4 x 0.5) = 2nd, ceil(4 x 0.99) = 4th.
    assert report["lateness_seconds"] == {"count": 4, "p50": 0.002, "p99": 0.004, "max": 0.004}
    assert report["handover_seconds"]["max"] == 0.00001
    assert report["cpu_seconds"] >= 0 and report["elapsed_seconds"] >= 0


def test_reset_forgets_all_but_the_open_sessions() -> None:
    ledger = Ledger(sessions_open=2, sessions_total=5, chunks=4, freezes=1)
    ledger.lateness_seconds.append(0.1)
    ledger.reset()
    report = ledger.report()
    assert (report["sessions_open"], report["sessions_total"], report["chunks"], report["freezes"]) == (2, 0, 0, 0)
    assert report["lateness_seconds"]["p99"] is None
