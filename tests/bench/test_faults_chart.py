"""The chart, the table, the sentence and the check of faults."""

import matplotlib
from made_up import FLASK, QUART, run, trial

from bench.charts import faults
from bench.charts.data import gather
from bench.charts.style import SETTINGS
from bench.checks import examine
from bench.evaluate import conclude
from bench.faults import words
from bench.faults.record import Holding, Struck, Suffered
from bench.summary import summary


def struck(fault, seen, moment="mid_reply", **fields):
    return Struck(fault=fault, moment=moment, at=1.0, session="1/1", turn="a", seen=seen, **fields)


def told(fault="aborted", seconds=0.02):
    return struck(fault, "told", code="upstream", known_seconds=seconds, lost=1, recovered=True, recovered_seconds=1.5)


def suffered(*strikes, **fields):
    held = {"before": Holding(memory_bytes=50_000_000, threads=5, descriptors=17)}
    held["after"] = Holding(memory_bytes=60_000_000, threads=6, descriptors=18)
    return Suffered(script="each", struck=list(strikes), touched=2, untouched=5, **{**held, **fields})


def made_up(flask=None, quart=None):
    flask = flask or suffered(told(), told(seconds=0.04), struck("hung_turn", "given_up", "prompt", lost=1))
    quart = quart or suffered(told(), struck("hung_turn", "unnoticed", "prompt"))
    trials = [trial("flask", faults=flask, order=1), trial("quart", faults=quart, order=2)]
    return conclude(run(*trials, targets=(FLASK, QUART)))


def drawn(record):
    with matplotlib.rc_context(SETTINGS):
        return faults.draw(gather(record, []))


def bars(figure, seen):
    return [patch for axes in figure.axes for patch in axes.patches if patch.get_gid() == f"seen-{seen}"]


def test_each_fault_has_a_bar_at_each_target() -> None:
    figure = drawn(made_up())
    assert [len(bars(figure, seen)) for seen in ("told", "given_up", "unnoticed")] == [2, 1, 1]


def test_the_median_times_stand_beside_the_bar() -> None:
    figure = drawn(made_up())
    times = [text.get_text() for axes in figure.axes for text in axes.texts if text.get_gid() == "times"]
    assert "30 ms / 1.5 s" in times


def test_a_run_without_faults_has_no_such_chart() -> None:
    assert drawn(run(trial())) is None


def test_the_headline_says_who_was_told_and_who_was_left_in_the_dark() -> None:
    assert "Flask, gunicorn" not in made_up().headline
    finding, *each = made_up().headline.split(". ")
    assert finding == (
        "Faults behind the server leave people in the dark: 1 of 3 with Flask, 0 of 2 with Quart; nobody else was hurt"
    )
    assert each[:2] == [
        "Flask lets people have their reply in 0 of 3 and tells them in 2 (median 30 ms)",
        "Quart lets people have their reply in 1 of 2 and tells them in 1 (median 20 ms).",
    ]


def test_the_table_sums_what_was_lost_and_what_the_server_holds_afterwards() -> None:
    rows = {(row[0], row[1]): row[2:] for row in words.table(made_up())}
    assert rows["All", "turns lost"] == ["3 by 3 of 3 faults", "1 by 1 of 2 faults"]
    assert rows["All", "of those answered in the end"] == ["2 of 3", "1 of 1"]
    assert "5 and 6 threads" in rows["Afterwards", "memory, threads, descriptors"][0]


def test_the_summary_has_the_table() -> None:
    record = made_up()
    assert "| When a prompt has come | hung turn |" in summary(gather(record, []), [])


def test_a_session_wrongly_touched_makes_the_trial_invalid_and_is_told_everywhere() -> None:
    wronged = suffered(told(), wrongly_touched={"lost": 2})
    reasons, _ = examine(trial(faults=wronged))
    found = [reason for reason in reasons if reason.check == "sessions wrongly touched"]
    assert [reason.verdict for reason in found] == ["INVALID"]
    assert "2 lost" in found[0].message
    assert "sessions that none had struck suffered as well: 2 with Flask" in words.sentence(made_up(flask=wronged))


def test_faults_that_touch_nobody_else_pass_the_check() -> None:
    reasons, _ = examine(trial(faults=suffered(told())))
    assert "sessions wrongly touched" not in [reason.check for reason in reasons]
