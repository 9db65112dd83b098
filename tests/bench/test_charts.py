"""Numbers are read back from the figures; pixels are not looked at."""

import itertools
from importlib import import_module

import matplotlib
import pytest
from made_up import ELSEWHERE
from made_up_elsewhere import elsewhere_data
from made_up_run import (
    BARGE_INS,
    BLOCKING,
    CROWDING,
    INTERRUPTING,
    MODEL_SECONDS,
    PASSES_ON_SECONDS,
    QUART,
    QUIET,
    TALKS_ON_SECONDS,
    TARGETS,
    TURNS,
    made_up_data,
)
from pytest import approx

from bench.charts import NAMES, barge_in, crowd, look_for, ratios, resources, sequence, title_of, ttft, waterfall
from bench.charts.compared import row_of
from bench.charts.data import NO_COLOUR, colour_of, gather
from bench.charts.style import SETTINGS
from bench.evaluate import conclude
from bench.results import Comparison, Reason
from bench.stats import MARGIN, MINIMUM_TRIALS, sample_floor
from bench.store import Stored


@pytest.fixture(scope="module")
def data():
    return made_up_data()


def lines(figure, gid):
    return [line for axes in figure.axes for line in axes.lines if line.get_gid() == gid]


def heights(figure, gid):
    return [float(y) for line in lines(figure, gid) for y in line.get_ydata()]


def places(figure, gid):
    return [float(x) for line in lines(figure, gid) for x in line.get_xdata()]


def words(figure):
    return [text.get_text() for text in [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]]


def arrows(figure, gid):
    """Start and end of each arrow."""
    found = [text for axes in figure.axes for text in axes.texts if text.get_gid() == gid]
    return [(arrow.xyann, arrow.xy) for arrow in found]


def spoilt(data, *checks, where=lambda trial: True):
    """The same data with the trials chosen INVALID."""
    reasons = [Reason(check=check, verdict="INVALID", message="made up") for check in checks]
    trials = [trial.model_copy(update={"reasons": reasons}) if where(trial) else trial for trial in data.run.trials]
    return type(data)(conclude(data.run.model_copy(update={"trials": trials})), data.executions)


UNPRINTABLE = QUART.model_copy(update={"label": "\U0001f680 $x$ \u6f22\n", "colour": "red"})
VARIATIONS = {
    "as it should be": {},
    "one target": {"targets": [QUART]},
    "three targets": {"targets": [*TARGETS, ELSEWHERE]},
    "seven targets": {
        "targets": [BLOCKING.model_copy(update={"name": f"t{n}", "label": f"Server {n}, threads"}) for n in range(7)]
    },
    "a single trial": {"number": 1},
    "no tags": {"tags": False},
    "no turn that is ok": {"answered": False},
    "incomplete": {"complete": False},
    "quiet only": {"scenarios": [QUIET]},
    "interrupting only": {"scenarios": [INTERRUPTING]},
    "crowding only": {"scenarios": [CROWDING]},
    "no trial": {"number": 0},
    "letters that no font has": {"targets": [UNPRINTABLE]},
}  # fmt: skip


@pytest.mark.parametrize("variation", VARIATIONS)
def test_every_chart_draws_what_there_is_and_nothing_else(variation):
    varied = made_up_data(**{"number": 2, **VARIATIONS[variation]})
    for name in NAMES:
        with matplotlib.rc_context(SETTINGS):
            figure = import_module(f"bench.charts.{name}").draw(varied)
            if figure is not None:
                figure.draw_without_rendering()  # warns, which is an error here, where a letter is missing
                assert title_of(figure)


def test_chart_that_a_run_has_nothing_for_is_left_out():
    quiet = made_up_data(scenarios=[QUIET])
    assert [module.draw(quiet) for module in (barge_in, sequence, waterfall, crowd, resources)] == [None] * 5
    assert ttft.draw(made_up_data(scenarios=[CROWDING])) is None


def test_run_without_raw_turns_still_draws(data):
    bare = type(data)(data.run, {})
    for name in NAMES:
        figure = import_module(f"bench.charts.{name}").draw(bare)
        assert figure is not None or name in ("sequence", "faults")


def test_every_chart_says_what_to_look_for():
    for name in NAMES:
        assert look_for(import_module(f"bench.charts.{name}").__doc__)


def test_every_barge_in_is_a_dot(data):
    figure = barge_in.draw(data)
    for target in TARGETS:
        stops, resumes = lines(figure, f"each-{target.name}")
        assert len(stops.get_ydata()) == len(resumes.get_ydata()) == 6 * BARGE_INS
    assert heights(figure, "each-flask")[:30] == approx([TALKS_ON_SECONDS] * 30)
    assert heights(figure, "each-quart")[:30] == [0.0] * 30


def test_every_trial_is_a_dot_beside_its_median(data):
    figure = barge_in.draw(data)
    stops, _ = lines(figure, "trials-flask")
    assert list(stops.get_ydata()) == approx([TALKS_ON_SECONDS] * 6)
    assert heights(figure, "median-flask")[:2] == approx([TALKS_ON_SECONDS] * 2)


def test_dots_on_one_another_at_zero_are_counted_in_words(data):
    figure = barge_in.draw(data)
    labels = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert "30 dots, 30 at 0" in labels[1]
    assert "at 0" not in labels[0]


def test_dots_of_a_cloud_do_not_lie_on_one_another(data):
    stops, _ = lines(barge_in.draw(data), "each-quart")
    across = sorted(float(x) for x in stops.get_xdata())
    assert all(right - left > 0.01 for left, right in itertools.pairwise(across))


def test_title_states_the_finding(data):
    assert title_of(barge_in.draw(data)) == (
        "Interrupted in mid-reply, Flask talks on for 0.30 s; Quart falls silent at once"
    )
    assert "300 ms with Flask, after 2.0 ms with Quart" in title_of(sequence.draw(data))


def test_first_words_are_drawn_turn_by_turn_with_the_model_alone(data):
    figure = ttft.draw(data)
    drawn = places(figure, "ttft_from_plan_seconds-quart")
    assert len(drawn) == 6 * TURNS + 1, "a staircase has one corner more than it has steps"
    assert max(drawn) == approx(0.001 + MODEL_SECONDS + 0.005 + 0.06 + 0.001 * (TURNS - 1))
    assert max(places(figure, "model")) == approx(MODEL_SECONDS + 0.06 + 0.001 * (TURNS - 1))


def test_way_and_baseline_of_an_address_stand_beside_what_is_drawn():
    there = elsewhere_data()
    first_words = ttft.draw(there)
    assert places(first_words, "alone-quart") == [approx(0.491)]
    assert "round trip 30 ms, \N{WHITE DIAMOND} alone 0.49 s" in "\n".join(words(first_words))
    assert "the server and the way to it add 35 ms and 60 ms" in title_of(first_words)
    assert "round trip: flask 40 ms, quart 30 ms" in "\n".join(words(first_words))
    assert "round trip 40 ms; alone 43 ms" in str(
        [label.get_text() for label in barge_in.draw(there).axes[0].get_xticklabels()]
    )


def test_target_of_this_machine_has_no_way_beside_it(data):
    assert "round trip" not in "\n".join(words(ttft.draw(data)))
    assert not lines(ttft.draw(data), "alone-quart")


def test_percentile_below_its_floor_is_not_drawn():
    turns = sample_floor(90) - 1
    figure = ttft.draw(made_up_data(turns=turns, scenarios=[QUIET]))
    assert not lines(figure, "p90-median-quart")
    assert places(figure, "p90-trials-quart") == []
    assert f"needs {sample_floor(90)} turns a trial, has {turns}" in words(figure)
    assert lines(figure, "p50-median-quart")


def test_percentile_at_its_floor_is_drawn():
    figure = ttft.draw(made_up_data(turns=sample_floor(90), scenarios=[QUIET]))
    assert len(places(figure, "p90-trials-quart")) == 6
    assert lines(figure, "p90-median-quart")


def test_stale_chunks_lie_where_they_came(data):
    figure = waterfall.draw(data)
    assert sorted({round(x, 6) for x in places(figure, "stale")}) == [0.1, 0.2, TALKS_ON_SECONDS]
    assert all(at <= 0 for at in places(figure, "old"))
    assert {round(x, 6) for x in places(figure, "ack")} == {0.005}
    assert min(places(figure, "new")) == approx(PASSES_ON_SECONDS + MODEL_SECONDS + 0.005)


def test_lanes_span_the_shortest_to_the_longest_stop():
    lanes = list(range(100))
    assert waterfall.pick(lanes, 12)[0] == 0
    assert waterfall.pick(lanes, 12)[-1] == 99
    assert len(set(waterfall.pick(lanes, 12))) == 12
    assert waterfall.pick(lanes[:5], 12) == lanes[:5]


def test_sequence_shows_the_same_turn_for_every_target(data):
    assert "the same turn of the same person" in " ".join(words(sequence.draw(data)))


def test_prompt_lies_in_the_server_from_when_it_was_sent_until_gemini_had_it(data):
    figure = sequence.draw(data)
    blocking, other = lines(figure, "wait")
    interrupted = 1000 * (MODEL_SECONDS + 0.020 + 0.25)
    assert list(blocking.get_ydata()) == approx([interrupted, interrupted + 1000 * TALKS_ON_SECONDS], abs=0.01)
    assert other.get_ydata()[1] - other.get_ydata()[0] == approx(1000 * PASSES_ON_SECONDS, abs=0.01)
    assert any("lies unread" in text and "300 ms" in text for text in words(figure))


def test_arrows_of_a_reply_go_from_when_it_was_sent_to_when_it_arrived(data):
    stale = arrows(sequence.draw(data), "stale")
    assert len(stale) == 3
    for (start_x, start), (end_x, end) in stale:
        assert (start_x, end_x) == (sequence.GEMINI, sequence.CLIENT)
        assert end - start == approx(20, abs=0.01)


def test_geminis_side_is_left_out_where_it_was_not_seen():
    figure = sequence.draw(made_up_data(tags=False))
    assert not lines(figure, f"lifeline-{sequence.GEMINI:.0f}")
    assert not lines(figure, "wait")
    assert "Gemini's side was not seen" in " ".join(words(figure))
    assert all(start[0] == sequence.SERVER for start, _ in arrows(figure, "stale"))


def test_geminis_side_is_left_out_where_its_clock_contradicts_ours(data):
    for turns in data.executions.values():
        for turn in turns.values():
            assert turn.chunks_sent_at[0] < turn.chunks_at[0]
    ahead = made_up_data()
    for turns in ahead.executions.values():
        for turn in turns.values():
            turn.chunks_sent_at = [at + 3600 for at in turn.chunks_sent_at]
    assert not lines(sequence.draw(ahead), "wait")


def test_thread_limit_stands_at_the_targets_threads(data):
    for module in (crowd, resources):
        figure = module.draw(data)
        assert len(lines(figure, "limit-flask")) == 3
        assert set(places(figure, "limit-flask")) == {BLOCKING.threads}
        assert "Flask: 3 threads" in words(figure)
        assert not lines(figure, "limit-quart")


def test_every_step_of_every_trial_is_a_dot(data):
    figure = crowd.draw(data)
    assert sorted(set(places(figure, "p50-trials-quart"))) == [2, 4]
    assert len(places(figure, "p50-trials-quart")) == 2 * 6
    assert len(places(figure, "p50-median-quart")) == 2


def test_failed_turns_are_seen_in_the_crowd():
    figure = crowd.draw(made_up_data(answered=False))
    assert set(heights(figure, "lost-flask")) == {1.0}
    assert set(heights(figure, "value-trials-flask")) == {0.0}


def test_memory_of_one_more_person_is_the_slope_over_the_levels_whatever_the_idle_server_has(data):
    assert resources.bytes_per_person(data, QUART) == approx(1_000_000)
    loaded = with_resources(data, lambda trial: {"memory_bytes": trial.resources["memory_bytes"] + 30_000_000})
    assert resources.bytes_per_person(loaded, QUART) == approx(1_000_000)
    assert "+1 MB\na person" in " ".join(words(resources.draw(data)))


def with_resources(data, changed):
    trials = [
        trial.model_copy(update={"resources": {**trial.resources, **changed(trial)}}) for trial in data.run.trials
    ]
    return type(data)(conclude(data.run.model_copy(update={"trials": trials})), data.executions)


def without_memory_per_person_in_the_crowd(data):
    """As where people had to wait for a connection at the higher step."""
    name = "memory_bytes_per_session"
    trials = [
        trial.model_copy(
            update={
                key: {n: number for n, number in getattr(trial, key).items() if n != name}
                for key in ("resources", "metrics")
            }
        )
        if trial.sessions == 4
        else trial
        for trial in data.run.trials
    ]
    return type(data)(conclude(data.run.model_copy(update={"trials": trials})), data.executions)


def test_one_level_at_which_all_got_in_is_no_slope_and_the_head_to_head_is_told(data):
    crowded = without_memory_per_person_in_the_crowd(data)
    assert resources.bytes_per_person(crowded, QUART) is None
    figure = resources.draw(crowded)
    assert title_of(figure) == "A person costs 1 MB with Flask and 1 MB with Quart (2 people)"
    assert "a person" not in " ".join(words(figure)).replace(title_of(figure), "")


def test_turns_of_two_executions_of_one_trial_do_not_mix(data):
    (first, *_) = (trial for trial in data.run.trials if trial.scenario == QUIET)
    again = first.model_copy(update={"order": 999})
    run = data.run.model_copy(update={"trials": [*data.run.trials, again]})
    turn = next(iter(data.executions[first.order].values()))
    mixed = gather(run, [Stored(first.target, first.scenario, first.trial, 999, turn)])
    assert len(mixed.window(again).turns) == 1
    assert not mixed.window(first).turns


def test_trial_that_was_repeated_is_not_drawn(data):
    trials = [trial.model_copy(update={"superseded": trial.trial == 1}) for trial in data.run.trials]
    stops, _ = lines(
        barge_in.draw(type(data)(data.run.model_copy(update={"trials": trials}), data.executions)), "each-flask"
    )
    assert len(stops.get_ydata()) == 5 * BARGE_INS


def test_ratios_stand_where_the_comparisons_say(data):
    figure = ratios.draw(data)
    wanted = next(c for c in data.run.comparisons if (c.metric, c.statistic) == ("resume_seconds", "p50"))
    assert wanted.ratio is not None
    assert any(x == approx(wanted.ratio) for x in places(figure, "ratio-quart"))
    band = next(patch for patch in figure.axes[0].patches if patch.get_gid() == "margin")
    assert (band.get_x(), band.get_x() + band.get_width()) == approx((1 / (1 + MARGIN), 1 + MARGIN))
    assert figure.axes[0].get_xscale() == "log"


def test_ratio_of_zero_is_an_arrow_at_the_edge(data):
    figure = ratios.draw(data)
    left = figure.axes[0].get_xlim()[0]
    arrow = next(line for line in lines(figure, "ratio-quart") if line.get_marker() == "<")
    assert left <= arrow.get_xdata()[0] <= min(places(figure, "interval"))
    assert any(text.startswith("\N{MULTIPLICATION SIGN}0  [0, 0]") for text in words(figure))


def compared(**fields):
    usual = {
        "scenario": "s", "sessions": 2, "metric": "stop_seconds", "statistic": "p50", "base": "a", "other": "b",
        "ratio": None, "low": None, "high": None, "trials": 6, "verdict": "worse", "warnings": [],
    }  # fmt: skip
    return Comparison(**{**usual, **fields})


def test_ratio_to_a_base_of_zero_is_infinite_and_its_bounds_are_kept():
    row = row_of(compared(low=2.0, warnings=["the base is 0 in 4 of 6 trials"]))
    assert row is not None
    assert (row.ratio, row.low, row.high) == (float("inf"), 2.0, float("inf"))


def test_ratio_that_does_not_exist_has_no_row():
    assert row_of(compared(trials=0, verdict="inconclusive", warnings=["no trial measured both"])) is None


def test_too_few_trials_give_hollow_ratios_without_bars():
    figure = ratios.draw(made_up_data(number=MINIMUM_TRIALS - 1))
    assert not lines(figure, "interval")
    assert {line.get_markerfacecolor() for line in lines(figure, "ratio-quart")} == {"#FFFFFF"}


def test_colour_and_marker_belong_to_the_target_in_every_chart(data):
    for module, gid in ((barge_in, "trials-quart"), (crowd, "p50-trials-quart"), (ttft, "p50-trials-quart")):
        line = lines(module.draw(data), gid)[0]
        assert (line.get_markeredgecolor(), line.get_marker()) == (QUART.colour, "s")


def test_colour_that_is_none_is_grey():
    assert colour_of(QUART.model_copy(update={"colour": "url(http://example.com)"})) == NO_COLOUR


def test_invalid_trials_are_kept_out_where_there_are_others(data):
    mended = spoilt(data, "fake Gemini lag", where=lambda trial: trial.trial == 1)
    stops, _ = lines(barge_in.draw(mended), "each-flask")
    assert len(stops.get_ydata()) == 5 * BARGE_INS


def test_invalid_trials_are_shown_as_such_where_there_are_no_others(data):
    hopeless = spoilt(data, "fake Gemini lag", where=lambda trial: trial.target == "flask")
    figure = barge_in.draw(hopeless)
    assert "no valid trial" in figure.axes[0].get_xticklabels()[0].get_text()
    assert not lines(figure, "median-flask")
    assert "Flask" not in title_of(figure)
    assert any("INVALID trials shown, for want of others: Flask" in text for text in words(figure))
    dots = lines(crowd.draw(hopeless), "p50-trials-flask")
    assert {line.get_markerfacecolor() for line in dots} == {"#FFFFFF"}


def test_verdict_is_stamped_on_every_chart(data):
    for name in (name for name in NAMES if name != "faults"):
        chart = import_module(f"bench.charts.{name}")
        stamps = [text.get_text() for text in chart.draw(data).texts if text.get_gid() in ("stamp", "watermark")]
        assert stamps == ["VALID"]
        figure = chart.draw(spoilt(data, "two ledgers"))
        if figure is not None:
            stamps = [text.get_text() for text in figure.texts if text.get_gid() in ("stamp", "watermark")]
            assert stamps == ["INVALID", "INVALID"]


def test_incomplete_run_is_stamped_so():
    figure = barge_in.draw(made_up_data(complete=False))
    assert any("INCOMPLETE" in text.get_text() for text in figure.texts if text.get_gid() == "stamp")


def test_caption_says_what_a_chart_rests_on(data):
    said = " ".join(words(barge_in.draw(data)))
    for fact in ("6 trials per target", "2 people", "profile made-up, seed 1", "made up, 2 cores", "run made-up"):
        assert fact in said
