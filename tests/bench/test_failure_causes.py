import re
from pathlib import Path

import pytest
from made_up import run, trial

import loadtests
from bench import failure_words
from bench.failure_causes import CAUSES, cause_of, failed

LABELS = Path(loadtests.__file__).parent / "support" / "failures.py"


def test_every_label_of_the_load_is_explained():
    labels = re.findall(r"^\| ([a-z_]+) ", LABELS.read_text(), re.MULTILINE)
    unexplained = [label for label in labels if label != "label" and cause_of(label) == cause_of("never heard of")]
    assert len(labels) > 10 and unexplained == []


@pytest.mark.parametrize(
    ("older", "newer"),
    [("dropped", "lost"), ("http_429", "rejected_capacity"), ("http_503", "rejected_capacity"),
     ("http_401", "unauthorized"), ("http_403", "unauthorized")],
)  # fmt: skip
def test_labels_of_earlier_records_are_told_as_those_of_today(older, newer):
    assert cause_of(older) is CAUSES[newer]


def test_label_with_a_status_or_a_code_is_told_by_its_kind():
    assert "answered 404" in cause_of("http_404").means
    assert "'too_long'" in cause_of("error_too_long").means


def test_what_occurred_is_told_with_how_many_came_back():
    whole = run(
        trial("flask", number=1, failures={"going_away": 3, "lost": 1}, reconnects={"going_away": 2}),
        trial("flask", number=2, failures={"going_away": 1}),
        trial("quart", number=1, failures={"full": 2}),
        trial("quart", number=2, failures={"upstream": 9}, superseded=True),
    )
    found = [(item.target, item.label, item.turns, item.came_back) for item in failed(whole)]
    assert found == [("flask", "going_away", 4, 2), ("flask", "lost", 1, 0), ("quart", "full", 2, 0)]


def test_lines_say_what_it_means_and_what_to_check():
    whole = run(trial("flask", failures={"platform_timeout": 1}, reconnects={"platform_timeout": 1}))
    (line,) = failure_words.lines(whole)
    assert line.startswith("Flask, platform_timeout (1 turn, 1 person came back): something between load and server")
    assert "; check the platform's request time-out (Cloud Run: --timeout" in line
    assert failure_words.lines(run(trial("flask"))) == []


def test_lines_say_at_what_age_or_after_what_silence_sessions_were_cut():
    cut = {"platform_timeout": 2}
    whole = run(
        trial("flask", number=1, failures=cut, cut_seconds=30.01),
        trial("flask", number=2, failures=cut, cut_seconds=30.4),
        trial("flask", number=3, failures={"lost": 1}),
        trial("quart", failures=cut, cut_seconds=60.02, cut_in_silence=True),
    )
    told = [line.partition(":")[0] for line in failure_words.lines(whole)]
    assert told == [
        "Flask, platform_timeout (4 turns at an age of 30.0 s to 30.4 s)",
        "Flask, lost (1 turn)",
        "Quart, platform_timeout (2 turns after a silence of 60.0 s)",
    ]
