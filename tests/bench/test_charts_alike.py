"""What the titles say of many targets: those that read alike together, and none before one that it is not told from."""

import matplotlib
import pytest
from made_up import run, trial

from bench import units
from bench.charts import alike, barge_in, crowd, resources, title_of, ttft
from bench.charts.data import gather
from bench.charts.style import SETTINGS
from bench.evaluate import conclude
from bench.targets import resolve

TARGETS = resolve(["all"])
NAMES = [target.name for target in TARGETS]


def measured(scenario, sessions, metric, numbers, **fields):
    """Six trials of each target, with what each trial adds to every target's number."""
    return [
        trial(name, scenario, sessions, number, numbers={metric: value}, **fields)
        for name, values in numbers.items()
        for number, value in enumerate(values if isinstance(values, list) else [values] * 6, 1)
    ]


def title(chart, *trials):
    with matplotlib.rc_context(SETTINGS):
        return title_of(chart.draw(gather(conclude(run(*trials, targets=TARGETS)), [])))


def first_words(**different):
    numbers = dict.fromkeys(NAMES, 0.54) | {name.replace("_", "-"): value for name, value in different.items()}
    both = ("ttft_seconds p50", "ttft_from_plan_seconds p50")
    trials = [measured("latency", 20, metric, numbers) for metric in both]
    merged = [
        one.model_copy(update={"metrics": one.metrics | other.metrics})
        for one, other in zip(*trials, strict=True)
    ]  # fmt: skip
    return title(ttft, *merged)


def answered(*shares):
    return title(
        crowd,
        *measured("steps", 90, "goodput_ratio value", dict.fromkeys(NAMES, 1.0)),
        *measured("steps", 180, "goodput_ratio value", dict(zip(NAMES, shares, strict=True))),
    )


def test_targets_that_answer_alike_are_said_together_by_name_or_by_count():
    assert answered(0.41, 0.96, 0.41, 0.03, 0.96, 0.96, 0.96) == (
        "With 180 people 4 of 7 answer 96 % of prompts within 2.5 s, Flask and Flask duplex 41 %, Flask 8t 3 %"
    )


def test_targets_that_all_differ_share_a_span_between_the_first_and_the_last():
    assert answered(0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3) == (
        "With 180 people Flask answers 90 % of prompts within 2.5 s, "
        "Quart 80 %, 4 of 7 answer 40 % to 70 %, Original demo 30 %"
    )


def test_those_that_talk_on_alike_are_said_together():
    stops = dict(zip(NAMES, (0.6, 0, 0, 0.6, 0, 0.05, 0), strict=True))
    assert title(barge_in, *measured("talk", 20, "stop_seconds p50", stops)) == (
        "Interrupted in mid-reply, Flask and Flask 8t talk on for 0.60 s; 5 of 7 fall silent within 50 ms"
    )


def test_groups_are_as_many_as_asked_for_and_lose_nobody():
    numbers = list(zip(TARGETS, range(7), strict=True))
    found = alike.groups(numbers, units.count, 3)
    assert [group.said for group in found] == ["0", "1 to 5", "6"]
    assert [target for group in found for target in group.targets] == TARGETS


def test_first_words_that_no_comparison_tells_apart_are_not_ranked():
    varying = [0.40, 0.70, 0.45, 0.60, 0.5, 0.52]
    assert first_words(flask_8t=varying) == (
        "First words come equally soon with 6 of 7 (0.54 s); Flask 8t cannot be told apart from Flask"
    )


def test_first_words_that_come_equally_soon_from_all_are_said_to():
    assert first_words() == "First words come equally soon with all 7 (0.54 s)"


def test_first_words_that_come_later_are_told_beside_what_they_are_later_than():
    assert first_words(raw=0.8, demo=0.4) == (
        "First words come sooner with Original demo (0.40 s) than with Quart (0.54 s); later with Raw relay (0.80 s) "
        "than with Quart (0.54 s); equally soon with 5 of 7 (0.54 s)"
    )


def test_first_words_that_vary_everywhere_have_no_rank_at_all():
    varying = {name.replace("-", "_"): [0.3, 0.9, 0.5, 0.6, 0.4, 0.7] for name in NAMES}
    said = first_words(**varying | {"flask": [0.8, 0.4, 0.6, 0.5, 0.7, 0.3]})
    assert "cannot be told apart from Flask" in said
    assert "sooner" not in said and "later" not in said


@pytest.mark.parametrize("flat", [(), ("flask-8t",)])
def test_memory_of_one_more_person_is_the_same_number_in_title_and_key(flat):
    trials = []
    for name, size, threads in zip(NAMES, (5, 1, 5, 2, 1, 1, 3), (200, 1, 300, 18, 4, 4, 2), strict=True):
        for people in (10, 20):
            seen = {"memory_bytes": 1e6 * size * people}
            if name not in flat:
                seen["memory_bytes_per_session"] = 9e6
            numbers = {"goodput_ratio value": 1.0, "threads value": float(threads)}
            trials += [trial(name, "steps", people, number, numbers=numbers, resources=seen) for number in (1, 2)]
    with matplotlib.rc_context(SETTINGS):
        figure = resources.draw(gather(conclude(run(*trials, targets=TARGETS)), []))
    between = "3 MB with Original demo" if flat else "2 MB to 3 MB with Flask 8t and Original demo"
    assert title_of(figure) == (
        f"One more person costs 5 MB with Flask and Flask duplex, {between}, 1 MB with 3 of 7; "
        "threads with 20 people: Flask duplex 300, Flask 200, 5 of 7 at most 18"
    )
    key = [text.get_text() for axes in figure.axes for text in axes.texts if text.get_gid() == "name-flask-8t"]
    assert key == ["Flask 8t" if flat else "Flask 8t\n+2 MB each"]
