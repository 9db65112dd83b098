import re

from hypothesis import given, strategies as st
from made_up_certificate import certificate, level
from made_up_elsewhere import elsewhere_data
from made_up_run import BLOCKING, QUART, QUIET, made_up_data

from bench.charts import Picture
from bench.results import Reason, Validity
from bench.summary import plain, summary

PICTURE = Picture("barge_in", "Flask talks on", "the dots", "<svg/>", b"")


def test_summary_begins_with_the_answer():
    first = summary(made_up_data(), []).splitlines()[0]
    assert first.startswith("## Interrupted in mid-reply, Quart falls silent at once; Flask talks on for 0.30 s")


def test_numbers_stand_in_tables_with_interval_ratio_and_verdict():
    text = summary(made_up_data(), [])
    row = next(line for line in text.splitlines() if line.startswith("| Time to the new reply after an interruption"))
    assert re.search(r"0\.77 s \\\[0\.77 s, 0\.77 s\\\] \| 0\.46 s", row)
    assert row.endswith("better |")


def test_tables_are_whole():
    lines = [line for line in summary(made_up_data(), []).splitlines() if line.startswith("|")]
    assert lines
    assert {len(re.split(r"(?<!\\)\|", line)) for line in lines} == {6}


def test_one_target_has_no_ratios():
    lines = [line for line in summary(made_up_data(targets=[QUART]), []).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {3}


def test_too_few_values_say_how_many_are_needed():
    assert "needs 29" in summary(made_up_data(), [])


def test_number_from_few_trials_says_from_how_many():
    row = next(
        line for line in summary(made_up_data(number=2), []).splitlines() if "after an interruption, p50" in line
    )
    assert "0.30 s (2 trials)" in row
    assert "(2 pairs)" in row
    assert "trials)" not in summary(made_up_data(), []).split("\n|", 1)[1]


def test_charts_are_linked_beside_the_summary():
    assert "- [Flask talks on](charts/barge_in.svg)" in summary(made_up_data(number=1), [PICTURE])


def test_what_the_generator_itself_reads_wrong_is_told():
    text = summary(made_up_data(number=1, certificate=certificate(level(225), short=True)), [])
    assert "This generator on this machine reads right up to 1,350 chunks a second and 225 people." in text
    assert "reads right" not in summary(made_up_data(number=1), [])


def test_latency_at_an_address_stands_with_its_way_and_baseline():
    text = summary(elsewhere_data(), [])
    row = next(line for line in text.splitlines() if line.startswith("| Time to first words, p50"))
    assert "(round trip 40 ms; without it 0.51 s; alone 0.50 s)" in row
    assert "- quart: round trip 30 ms; one person alone: connects in 0.12 s" in text
    assert "round trip" not in summary(made_up_data(), [])


def test_what_failed_is_explained():
    text = summary(made_up_data(number=1, answered=False, scenarios=[QUIET]), [])
    assert "| what failed | label | how often | what it means | what to check |" in text
    assert "| Flask | closed with 1011 | 8 turns |" in text
    assert "what to check" not in summary(made_up_data(number=1), [])


def test_doubts_and_incompleteness_are_told():
    data = made_up_data(number=1, complete=False)
    reason = Reason(check="schedule", verdict="SUSPECT", message="late")
    data.run.validity = Validity(verdict="SUSPECT", reasons=[reason])
    text = summary(data, [])
    assert "**SUSPECT**. This run is **incomplete**" in text
    assert "- SUSPECT, schedule: late" in text


def test_run_says_how_to_repeat_it():
    assert "`live-bench run --seed 7`" in summary(made_up_data(number=1, command="live-bench run --seed 7"), [])


def test_run_without_trials_has_a_summary():
    assert summary(made_up_data(number=0), []).startswith("## Nothing was measured.")


def test_label_is_never_taken_for_markup():
    evil = QUART.model_copy(update={"label": "<b>x</b> | [y](http://example.com) `z`\n# n"})
    text = summary(made_up_data(targets=[BLOCKING, evil], number=1), [])
    assert "<b>" not in re.sub(r"\\.", "", text)
    assert "](http" not in re.sub(r"\\.", "", text)
    assert "\n# n" not in text


@given(st.text())
def test_plain_text_stays_on_one_line_and_can_be_read_back(text):
    escaped = plain(text)
    assert "\n" not in escaped
    assert re.sub(r"\\([\\`*_{}\[\]<>|#~])", r"\1", escaped) == " ".join(text.split())
