import pytest
from made_up_history import CASE, CPU, MEMORY, MODEL, STOP, a_run, days, estimate, gathered, noisy

from bench.history.gather import gated, is_better
from bench.history.series import FOLLOWED
from bench.metrics import METRICS

ELSEWHERE = {"cpu_model": "another"}


def only_line(found):
    ((line,),) = [each.lines for each in found.series]
    return line


def test_followed_metrics_are_of_the_table_and_better_when_lower():
    for rule in FOLLOWED:
        assert rule.statistic in METRICS[rule.metric].statistics
        assert METRICS[rule.metric].better == "lower" and rule.margin > 0 and rule.floor > 0
        assert is_better(rule, 0.9) and not is_better(rule, 1.1)


def test_step_is_told_with_the_runs_around_it():
    line = only_line(gathered(days(30, noisy(0.007, at_15=1.2))))
    (change,) = line.changes
    assert (change.last_run_before, change.first_run_after) == (14, 15)
    assert change.ratio == pytest.approx(1.2, rel=0.05) and not change.better
    assert [(each.first_run, each.last_run, each.points) for each in line.levels] == [(0, 14, 15), (15, 29, 15)]


def test_one_series_for_each_target_load_metric_and_statistic():
    some = [estimate(1.0), estimate(1.0, "flask"), estimate(1.0, sessions=4), estimate(1.0, metric=MEMORY)]
    ignored = [estimate(1.0, metric="goodput_ratio"), estimate(None, metric=STOP, statistic="p50")]
    found = gathered([a_run(0, *some, *ignored)])
    told = [(each.metric, each.target, each.sessions) for each in found.series]
    assert told == [(CPU, "flask", 2), (CPU, "quart", 2), (CPU, "quart", 4), (MEMORY, "quart", 2)]
    assert gated(found.series[0]).margin == 0.05


def test_targets_can_be_kept_to():
    found = gathered([a_run(0, estimate(1.0), estimate(1.0, "flask"))], ["flask"])
    assert [each.target for each in found.series] == ["flask"] == [each.name for each in found.targets]


def test_points_have_the_estimates_interval_and_gaps_are_no_points():
    runs = [a_run(0, estimate(2.0)), a_run(1), a_run(2, estimate(3.0))]
    line = only_line(gathered(runs))
    assert [(each.run, each.value, each.low, each.high) for each in line.points] == [
        (0, 2.0, 1.9, 2.1),
        (2, 3.0, pytest.approx(2.85), pytest.approx(3.15)),
    ]


def alternating(value, first, second):
    return [
        a_run(day, estimate(value(day) * (2.0 if day % 2 else 1.0)), **(second if day % 2 else first))
        for day in range(40)
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"machine": ELSEWHERE},
        {"machine": {"cpu_count": 64}},
        {"machine": {"system": "another"}},
        {"case": CASE.model_copy(update={"options": {"think-seconds": "9"}})},
        {"case": CASE.model_copy(update={"window_seconds": 9.0})},
        {"case": CASE.model_copy(update={"arrivals": "open"})},
        {"fake_gemini": {"profile": "slow", "seed": 1}},
        {"attribution": "protocol"},
        {"objective_seconds": 9.0},
    ],
)
def test_runs_under_other_conditions_are_lines_of_their_own(other):
    found = gathered(alternating(noisy(0.007), {}, other))
    (series,) = found.series
    assert [[point.run % 2 for point in line.points] for line in series.lines] == [[0] * 20, [1] * 20]
    assert len({(line.machine, line.workload) for line in series.lines}) == 2
    assert all(not line.changes for line in series.lines)


@pytest.mark.parametrize(
    "same", [{"fake_gemini": {**MODEL, "seed": 7}}, {"case": CASE.model_copy(update={"trials": 9, "title": "Other"})}]
)
def test_seed_and_number_of_trials_part_nothing(same):
    assert len(only_line(gathered(alternating(noisy(0.007), {}, same))).points) == 40


def test_machine_that_comes_late_is_no_change_of_the_first():
    runs = days(15, noisy(0.007)) + [a_run(day, estimate(0.02), machine=ELSEWHERE) for day in range(15, 20)]
    found = gathered(runs)
    first, second = found.series[0].lines
    assert (first.looked, first.changes, second.looked, second.changes) == (True, [], False, [])
    assert [(each.name, each.cpu_model) for each in found.machines] == [("A", "made up"), ("B", "another")]


def test_invalid_runs_are_shown_and_left_out_of_the_search():
    value = noisy(0.007)
    runs = [
        a_run(day, estimate(3.0 * value(day)), verdict="INVALID")
        if 10 <= day < 14
        else a_run(day, estimate(value(day)))
        for day in range(30)
    ]
    line = only_line(gathered(runs))
    assert (len(line.points), line.changes, line.levels[0].points) == (30, [], 26)
    suspect = [each.model_copy(update={"validity": a_run(0, verdict="SUSPECT").validity}) for each in runs]
    assert len(only_line(gathered(suspect)).changes) == 2


def test_too_few_runs_that_count_are_not_looked_at():
    line = only_line(gathered([*days(9, noisy(0.007, at_5=2.0)), a_run(9, estimate(0.01), verdict="INVALID")]))
    assert (line.looked, line.noise, line.levels, line.changes) == (False, None, [], [])


def test_drift_is_told_without_levels():
    line = only_line(gathered([a_run(day, estimate(0.007 * 1.02**day)) for day in range(30)]))
    assert line.drift and not line.drift.better and not line.changes and not line.levels
    assert line.drift.ratio == pytest.approx(1.02**29, rel=0.02)
