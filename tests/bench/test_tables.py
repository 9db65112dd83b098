from made_up import trial as made_up_trial
from made_up_elsewhere import elsewhere_data
from made_up_run import CROWDING, INTERRUPTING, QUIET, TARGETS, made_up_data
from pytest import approx

from bench.tables import (
    INSTRUMENT,
    all_tables,
    approach,
    bound,
    failed_trials,
    instrument,
    is_elsewhere,
    key_tables,
    ledgers,
    rates,
)


def row_of(table, title, statistic):
    return next(row for row in table.rows if (row.title, row.statistic) == (title, statistic))


def test_key_numbers_come_from_where_they_tell_most():
    assert [(table.scenario, table.sessions) for table in key_tables(made_up_data())] == [
        (INTERRUPTING, 2),
        (QUIET, 2),
        (CROWDING, 4),
    ]


def test_every_estimate_has_its_cell():
    data = made_up_data()
    cells = sum(len(row.estimates) for table in all_tables(data) for row in table.rows)
    assert cells >= len(data.run.estimates)
    assert {(table.scenario, table.sessions) for table in all_tables(data)} == {
        (estimate.scenario, estimate.sessions) for estimate in data.run.estimates
    }


def test_cell_holds_the_estimate_and_what_it_rests_on():
    table = key_tables(made_up_data())[0]
    cell = row_of(table, "Time to silence after an interruption", "p50").estimates[0]
    assert (cell.text, cell.interval, cell.basis) == ("0.30 s", "[0.30 s, 0.30 s]", "6 trials, 30 values")
    assert cell.order == approx(0.3)


def test_warning_stands_in_the_cell_it_qualifies():
    cell = row_of(key_tables(made_up_data(number=2))[0], "Time to silence after an interruption", "p50").estimates[0]
    assert list(cell.warnings) == ["an interval at 95 % needs 6 trials, there are 2"]
    assert (cell.interval, cell.note) == ("", "2 trials")


def test_percentile_without_values_enough_says_how_many_it_needs():
    row = row_of(key_tables(made_up_data())[0], "Time to silence after an interruption", "p90")
    assert {cell.text for cell in row.estimates} == {"needs 29"}
    assert row.ratios[0].verdict is None


def test_ratio_is_of_each_other_target_to_the_first():
    turned = made_up_data(targets=list(reversed(TARGETS)))
    row = row_of(key_tables(turned)[0], "Time to silence after an interruption", "p50")
    assert (row.ratios[0].text, row.ratios[0].verdict) == ("\N{MULTIPLICATION SIGN}\N{INFINITY}", "worse")


def test_end_of_an_interval_that_json_cannot_hold_is_infinite():
    assert (bound(None), bound(0.5)) == ("\N{INFINITY}", "0.50")


def test_trials_with_failures_are_named():
    assert failed_trials(made_up_data().run) == []
    assert len(failed_trials(made_up_data(number=2, answered=False, scenarios=[QUIET]).run)) == 4


def test_unknown_numbers_of_the_instrument_are_dashes():
    trial = made_up_data(number=1, scenarios=[QUIET]).run.trials[0]
    cells = dict(zip(INSTRUMENT, instrument(trial), strict=True))
    assert cells["greenlet_lag_seconds_p99"].text == "2 ms"
    assert cells["generator_lag_seconds_p99"].text == "-"
    assert cells["fake_lag_seconds_p99"].text == "-"


def test_ledgers_that_disagree_look_different():
    trial = made_up_data(number=1, scenarios=[QUIET]).run.trials[0]
    unknown = {name: number for name, number in trial.instrument.items() if name != "locust_turns"}
    assert ledgers(trial.model_copy(update={"instrument": unknown})) == "-"
    for counted, said in ((8, "8 = 8"), (7, "7 \N{NOT EQUAL TO} 8")):
        assert ledgers(trial.model_copy(update={"instrument": {**trial.instrument, "locust_turns": counted}})) == said


def test_rate_that_was_achieved_is_a_share_of_the_one_requested():
    numbers = {
        "requested_turns_per_second value": 12.5,
        "achieved_turns_per_second value": 11.25,
        "requested_sessions_per_second value": 0.0,
        "achieved_sessions_per_second value": 0.0,
    }
    assert [cell.text for cell in rates(made_up_trial(numbers=numbers))] == ["90 % of 12/s", "-"]
    assert [cell.text for cell in rates(made_up_trial())] == ["-", "-"]


def test_latency_at_an_address_has_its_way_beside_it():
    tables = key_tables(elsewhere_data())
    row = row_of(tables[0], "Time to silence after an interruption", "p50")
    assert [cell.beside for cell in row.estimates] == [
        "round trip 40 ms; without it 0.30 s; alone 43 ms",
        "round trip 30 ms; without it 0 ms; alone 33 ms",
    ]
    quiet = row_of(tables[1], "Time to first words", "p50").estimates[0]
    assert quiet.beside == "round trip 40 ms; without it 0.51 s; alone 0.50 s"
    assert not any(
        cell.beside for cell in row_of(key_tables(made_up_data())[1], "Time to first words", "p50").estimates
    )


def test_number_that_cannot_be_told_has_nothing_beside_it():
    row = row_of(key_tables(elsewhere_data())[0], "Time to silence after an interruption", "p90")
    assert [(cell.text, cell.beside) for cell in row.estimates] == [("needs 29", "")] * 2


def test_what_is_left_without_the_way_is_compared_as_well():
    table = next(table for table in all_tables(elsewhere_data()) if table.scenario == QUIET)
    row = row_of(table, "Time to first words that the server added, less the round trip", "p50")
    assert [cell.text for cell in row.estimates] == ["20 ms", "5 ms"]
    assert row.ratios[0].text == "\N{MULTIPLICATION SIGN}0.25"


def test_way_and_instances_of_each_trial_are_told():
    data = elsewhere_data(number=1, scenarios=[QUIET])
    way, instances = approach(data.run.trials[1])
    assert (way.text, way.interval) == ("30 ms", "27 ms to p95 36 ms")
    assert instances.text == "2 instances with 4 sessions each"
    assert [cell.text for cell in approach(made_up_trial())] == ["-", "-"]
    assert is_elsewhere(data.run) and not is_elsewhere(made_up_data(number=1).run)
