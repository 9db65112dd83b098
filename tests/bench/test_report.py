"""The page is read as a browser reads it: by its elements, not by its bytes."""

import shutil
from html.parser import HTMLParser

import pytest
from made_up_certificate import certificate as made_certificate, level, reading
from made_up_elsewhere import elsewhere_run
from made_up_run import BLOCKING, QUART, QUIET, made_up_data, made_up_folder

from bench import charts, report
from bench.charts.data import gather
from bench.elsewhere import Caps
from bench.errors import BenchError
from bench.metrics import METRICS
from bench.results import Reason, Validity
from bench.stats import sample_floor

HOSTILE = "<script>alert(1)</script>\"'--><img src=http://example.com/x onerror=alert(2)> | `x` *b*"


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text, self._open = [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self._open.append(tag)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, text):
        if not {"script", "style"} & set(self._open):
            self.text += text

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A results folder with its report."""
    folder = made_up_folder(tmp_path_factory.mktemp("results") / "run", number=1)
    page, warnings = written(folder)
    assert page == folder / "report.html"
    assert warnings == []
    return folder


@pytest.fixture(scope="module")
def html():
    """The page of a whole run, without its pictures."""
    return report.page(made_up_data(), [])


def page_of(**choices):
    return Page(report.page(made_up_data(number=1, **choices), []))


def written(folder):
    warnings = []
    return report.write(folder, warnings.append), warnings


def test_report_has_page_summary_and_charts(folder):
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert (folder / "summary.md").read_text()
    drawn = {path.name for path in (folder / "charts").iterdir()}
    names = [name for name in charts.NAMES if name != "faults"]  # of which this run has none
    assert drawn == {f"{name}.{kind}" for name in names for kind in ("svg", "png")}


def test_same_folder_gives_the_same_bytes_wherever_it_lies(folder, tmp_path):
    copy = tmp_path / "there"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("charts", "report.html", "summary.md"))
    written(copy)
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(copy) for path in copy.rglob("*") if path.is_file())
    assert [str(name) for name in files if (folder / name).read_bytes() != (copy / name).read_bytes()] == []


def test_page_fetches_nothing(folder):
    html = (folder / "report.html").read_text()
    page = Page(html)
    fetching = [
        value
        for tag, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href", "data", "action", "srcset") and tag != "a"
    ]
    assert all(value.startswith(("#", "data:")) for value in fetching)
    links = [attributes["href"] for attributes in page.named("a")]
    assert links
    assert not any(":" in link or link.startswith("/") for link in links)
    assert "@import" not in html
    assert "url(http" not in html


def test_names_inside_the_page_are_unique_and_lead_somewhere(folder):
    page = Page((folder / "report.html").read_text())
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    targets = {value[1:] for _, a in page.elements if (value := a.get("xlink:href", "")).startswith("#")}
    assert targets
    assert targets <= set(names)


def test_text_of_a_run_is_never_taken_for_markup(tmp_path):
    evil = QUART.model_copy(update={"label": HOSTILE, "colour": "red;background:url(http://example.com)"})
    folder = made_up_folder(tmp_path / "run", targets=[BLOCKING, evil], number=1, id=HOSTILE, command=HOSTILE)
    html = written(folder)[0].read_text()
    page = Page(html)
    assert len(page.named("script")) == 1, "ours"
    assert not page.named("img")
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert "url(http" not in html
    assert HOSTILE in page.text


def test_page_begins_with_the_answer_and_its_cause():
    page = page_of()
    assert page.text.index("Flask talks on for 0.30\N{NO-BREAK SPACE}s") < page.text.index("Why:")
    assert page.text.index("Why:") < page.text.index("In pictures")


def test_page_of_an_incomplete_run_says_so():
    assert "INCOMPLETE" in page_of(complete=False).text
    assert "INCOMPLETE" not in page_of().text


def test_reasons_of_a_verdict_stand_on_the_page():
    data = made_up_data(number=1)
    reason = Reason(check="schedule", verdict="SUSPECT", message="prompts were late: use fewer sessions")
    data.run.validity = Validity(verdict="SUSPECT", reasons=[reason])
    page = Page(report.page(data, []))
    assert "SUSPECT" in page.text
    assert "schedule: prompts were late: use fewer sessions" in " ".join(page.text.split())


def test_estimates_carry_interval_trials_and_count(html):
    said = " ".join(Page(html).text.split())
    assert "0.30 s [0.30 s, 0.30 s]6 trials, 30 values" in said


def test_percentile_below_its_floor_says_what_it_needs(html):
    assert f"needs {sample_floor(95)}" in Page(html).text
    assert "6 of 6 trials have fewer, the least 5" in Page(html).text


def test_verdict_stands_beside_its_ratio(html):
    assert {"class": "better"} in Page(html).named("span")


def test_failures_are_counted_by_label():
    page = page_of(answered=False, scenarios=[QUIET])
    assert "closed with 1011: 8" in page.text
    assert "No turn failed" in page_of(scenarios=[QUIET]).text


def test_every_trial_metric_and_target_is_listed(html):
    page = Page(html)
    trials = made_up_data().run.trials
    assert page.text.count("INVALID") == 0
    assert sum("data-order" in attributes for attributes in page.named("td")) >= len(trials)
    for metric in METRICS.values():
        assert metric.formula in page.text
        assert metric.name in page.text
    assert BLOCKING.label in page.text


def test_command_to_do_it_again_is_given():
    page = page_of(command="live-bench run --profile smoke")
    assert ".venv/bin/live-bench run --profile smoke" in page.text


def test_run_without_trials_has_a_page():
    page = Page(report.page(made_up_data(number=0), []))
    assert "Nothing was measured." in page.text
    assert "There is nothing to draw" in page.text


def test_run_without_raw_turns_has_a_page_and_a_warning(tmp_path):
    folder = made_up_folder(tmp_path / "run", number=1)
    (folder / "turns.ndjson.gz").unlink()
    page, warnings = written(folder)
    assert page.is_file()
    assert len(warnings) == 1
    assert "turns.ndjson.gz" in warnings[0]


def test_charts_of_an_earlier_report_do_not_stay(tmp_path):
    folder = made_up_folder(tmp_path / "run", scenarios=[QUIET], number=1)
    (folder / "charts").mkdir()
    (folder / "charts" / "barge_in.svg").write_text("old")
    (folder / "charts" / "mine.svg").write_text("keep")
    written(folder)
    assert not (folder / "charts" / "barge_in.svg").exists()
    assert (folder / "charts" / "mine.svg").read_text() == "keep"


def test_folder_that_cannot_be_written_to_is_said_in_one_line(tmp_path):
    folder = made_up_folder(tmp_path / "run", scenarios=[QUIET], number=1)
    (folder / "charts").write_text("in the way")
    with pytest.raises(BenchError, match="cannot write the report"):
        written(folder)


def test_page_says_what_the_generator_itself_reads_wrong():
    certificate = made_certificate(level(225, ttft=reading(0.0002, 0.0019)), short=True)
    text = page_of(certificate=certificate).text
    assert "reads right up to 1,350\N{NO-BREAK SPACE}chunks a second and 225\N{NO-BREAK SPACE}people" in text
    assert "first words: off by, p99 (ms)1.90" in text.replace("\n", "")


def test_page_of_a_run_without_a_certificate_says_that_it_is_not_known():
    assert "No certificate was made before this run" in page_of().text


def test_page_of_addresses_tells_the_way_the_baseline_and_who_answers():
    text = " ".join(Page(report.page(gather(*elsewhere_run(number=1)), [])).text.split())
    assert "How far away, and what it is like alone" in text
    assert "quart: round trip 30 ms; one person alone: connects in 0.12 s" in text
    assert "round trip 40 ms; without it" in text
    assert "quart, at quart-abc-uc.a.run.app, revision quart-00003, 2 instances" in text
    assert "How far away" not in page_of().text


def test_failures_are_explained_where_they_are_counted():
    text = page_of(answered=False, scenarios=[QUIET]).text
    assert "What they mean, and what to check" in text
    assert text.index("closed with 1011: 8") < text.index("the logs of the load and of the server")


def test_page_says_what_a_run_was_allowed_to_cost():
    text = page_of(caps=Caps(max_sessions=20, max_turns=500, turns_begun=320)).text
    assert "20 people at a time; 320 of 500 turns begun" in text
