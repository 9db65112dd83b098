import gzip
import json

import pytest
from click.testing import CliRunner
from made_up import turn
from made_up_elsewhere import approach, baseline
from made_up_shards import PEOPLE, TRIALS, all_left, end, keep, left, order, process

from bench import store
from bench.cli import app
from bench.errors import BenchError
from bench.merge import shards as found
from bench.results import Reason
from bench.shards import folder as shard_folder
from bench.shards.record import BaselineRecord
from loadtests.support.shard import Shard
from loadtests.support.turn import Turn, to_line


def merged(tmp_path, *folders, **options):
    """The exit code, what was said, and the run."""
    results = tmp_path / "merged"
    given = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    arguments = ["merge", *map(str, folders), "--results", str(results), *given]
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, arguments, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, done.output, store.read_run(results / "latest")


def refused(tmp_path, *folders, **options):
    with pytest.raises(BenchError) as refusal:
        merged(tmp_path, *folders, **options)
    assert not (tmp_path / "merged").exists(), "nothing is made"
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_merged_run_is_of_all_people_and_names_its_shards(tmp_path):
    all_left(tmp_path / "job", 2)
    code, out, run = merged(tmp_path, tmp_path / "job")
    assert (code, run.complete, run.validity.verdict) == (0, True, "VALID")
    assert [(trial.sessions, trial.trial, trial.turns.ok) for trial in run.trials] == [
        (PEOPLE, number, 15 * PEOPLE) for number in range(1, TRIALS + 1)
    ]
    assert [(shard.index, shard.host, shard.executions) for shard in run.shards] == [(0, "host-0", 2), (1, "host-1", 2)]
    assert [(case.sessions, case.processes) for case in run.cases] == [([PEOPLE], 2)]
    assert "shard 1" in out and "between -0.50 s and +0.50 s" in out


def test_every_turn_of_every_shard_is_kept(tmp_path):
    all_left(tmp_path / "job", 2)
    merged(tmp_path, tmp_path / "job")
    stored = list(store.read_turns(tmp_path / "merged" / "latest", pytest.fail))
    recorded = sum(isinstance(line, Turn) for index in range(2) for line in process(Shard(index, 2)))
    assert len(stored) == len({(one.order, one.turn.id) for one in stored}) == TRIALS * recorded


def test_merged_folder_can_be_reported_and_compared(tmp_path):
    all_left(tmp_path / "job", 2)
    merged(tmp_path, tmp_path / "job")
    folder = tmp_path / "merged" / "latest"
    page = (folder / "report.html").read_text()
    assert "host-1" in page and "between -0.50 s and +0.50 s" in page
    assert "added up from shards 0 on host-0, 1 on host-1" in (folder / "summary.md").read_text()
    command = ["compare", str(folder), str(folder), "--results", str(tmp_path / "compared")]
    done = CliRunner().invoke(app, command, standalone_mode=False)
    assert (done.exception, done.return_value) == (None, None)


def test_shards_may_be_named_one_by_one_and_in_any_order(tmp_path):
    one, other = all_left(tmp_path / "job", 2)
    _, _, together = merged(tmp_path, tmp_path / "job")
    _, _, single = merged(tmp_path / "again", other, one)
    assert single.trials == together.trials


def test_shard_of_other_settings_is_refused_and_the_setting_is_named(tmp_path):
    left(tmp_path / "job", Shard(0, 2))
    left(tmp_path / "job", Shard(1, 2), seed=2)
    said = refused(tmp_path, tmp_path / "job")
    assert "job/0 and " in said and "job/1 did not measure the same (seed 1 and 2)" in said


def test_shard_of_another_profile_is_refused(tmp_path):
    profile = order().profile
    case = profile.case[0].model_copy(update={"window_seconds": 5.0})
    left(tmp_path / "job", Shard(0, 2))
    left(tmp_path / "job", Shard(1, 2), profile=profile.model_copy(update={"case": [case]}))
    assert "(profile.case[1].window_seconds 15.0 and 5.0)" in refused(tmp_path, tmp_path / "job")


def test_shards_of_two_divisions_are_refused(tmp_path):
    left(tmp_path / "job", Shard(0, 2))
    left(tmp_path / "job", Shard(1, 3))
    assert "(shards 2 and 3)" in refused(tmp_path, tmp_path / "job")


def test_shard_with_other_software_is_merged_and_the_difference_is_told(tmp_path):
    left(tmp_path / "job", Shard(0, 2))
    folder = left(tmp_path / "job", Shard(1, 2))
    record = json.loads((folder / "shard.json").read_text())
    record["environment"]["packages"]["gevent"] = "0.1"
    (folder / "shard.json").write_text(json.dumps(record))
    _, out, run = merged(tmp_path, tmp_path / "job")
    (difference,) = run.shards[1].differences
    assert difference.startswith("packages.gevent ") and difference.endswith(' and "0.1"')
    assert difference in out and run.shards[0].differences == []


def test_same_shard_twice_is_refused(tmp_path):
    one, _ = all_left(tmp_path / "job", 2)
    again = left(tmp_path / "again", Shard(0, 2))
    assert refused(tmp_path, one, again).endswith("are both shard 0: leave one of them out")


def test_folder_given_twice_counts_once(tmp_path):
    one, _ = all_left(tmp_path / "job", 2)
    assert merged(tmp_path, tmp_path / "job", one)[2].complete


def test_other_executions_are_refused(tmp_path):
    left(tmp_path / "job", Shard(0, 2))
    folder = left(tmp_path / "job", Shard(1, 2), executions=1)
    keep(folder, Shard(1, 2), 2, target="other")
    assert "has other latency trial 2 as execution 2, which is mine latency trial 2" in refused(
        tmp_path, tmp_path / "job"
    )


def test_missing_shard_leaves_no_number_behind(tmp_path):
    left(tmp_path / "job", Shard(0, 2))
    code, out, run = merged(tmp_path, tmp_path / "job")
    assert code == 3 and not run.complete and run.validity.verdict == "INVALID"
    assert not any(trial.metrics for trial in run.trials) and not run.estimates
    assert "shard 1 of 2 is missing: nothing of it was given" in out
    assert "not all of the load was measured: shard 1 left nothing" in out


def test_missing_execution_is_named_and_the_others_stand(tmp_path):
    left(tmp_path / "job", Shard(0, 2))
    left(tmp_path / "job", Shard(1, 2), executions=1, complete=False)
    code, out, run = merged(tmp_path, tmp_path / "job")
    assert code == 3 and not run.complete and run.validity.verdict == "SUSPECT"
    first, second = run.trials
    assert first.turns.ok == 15 * PEOPLE and not first.reasons
    assert [reason.check for reason in second.reasons] == ["shards missing"]
    assert "1 execution on host-1" in out and "cut off" in out


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"whole": False}, "shard 1 was ended by hand"),
        ({"whole": False, "error": "no route"}, "shard 1 could not measure it (no route)"),
        ({"lines": [1, 1]}, "shard 1 lacks 1 of its files"),
    ],
)
def test_execution_that_one_shard_did_not_finish_gives_no_number(tmp_path, fields, said):
    left(tmp_path / "job", Shard(0, 2))
    folder = left(tmp_path / "job", Shard(1, 2), executions=1)
    keep(folder, Shard(1, 2), 2, **fields)
    code, _, run = merged(tmp_path, tmp_path / "job")
    assert code == 3
    (reason,) = run.trials[1].reasons
    assert said in reason.message and not run.trials[1].metrics


def test_late_shard_is_told_and_the_window_is_what_all_have(tmp_path):
    left(tmp_path / "job", Shard(0, 2), executions=0)
    folder = left(tmp_path / "job", Shard(1, 2), executions=0)
    for number in range(1, TRIALS + 1):
        keep(tmp_path / "job" / "0", Shard(0, 2), number)
        keep(folder, Shard(1, 2), number, late=4.0)
    _, out, run = merged(tmp_path, tmp_path / "job")
    assert all(reason.verdict == "SUSPECT" for reason in run.trials[0].reasons)
    assert "the shards made load at the same time for 67 % of the execution only, below 90 %" in out
    assert "shard 1" in out and "began 4.00 s after the agreed moment at most" in out
    assert run.trials[0].window_seconds == pytest.approx(20 - 4 - 0.2 - 2.0)


def test_file_that_is_cut_short_is_told_and_makes_no_number_better(tmp_path):
    all_left(tmp_path / "job", 2)
    path = tmp_path / "job" / "1" / "executions" / "001" / "turns-0.ndjson.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-300]))
    code, out, run = merged(tmp_path, tmp_path / "job")
    assert "its last line is left out" in out
    checks = {reason.check: reason.verdict for reason in run.trials[0].reasons}
    assert checks["lost turns"] == "INVALID" and code == 3
    assert not run.trials[1].reasons


def test_file_that_is_damaged_within_is_refused_in_one_line(tmp_path):
    all_left(tmp_path / "job", 2)
    path = tmp_path / "job" / "1" / "executions" / "002" / "turns-0.ndjson.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    lines[3] = lines[3][:40] + b"\n"
    path.write_bytes(gzip.compress(b"".join(lines)))
    assert "turns-0.ndjson.gz line 4 is not a turn record" in refused(tmp_path, tmp_path / "job")


def test_busy_generator_of_one_shard_is_flagged(tmp_path):
    left(tmp_path / "job", Shard(0, 2))
    folder = left(tmp_path / "job", Shard(1, 2), executions=0)
    for number in range(1, TRIALS + 1):
        busy = [(1000.0 + 100 * (number - 1) + second, 0.97 * second) for second in range(40)]
        keep(folder, Shard(1, 2), number, generator=busy)
    code, _, run = merged(tmp_path, tmp_path / "job")
    assert code == 3
    assert {"load generator CPU"} <= {reason.check for reason in run.trials[0].reasons}


def test_what_a_shard_found_against_its_own_generator_stays_on_the_trial(tmp_path):
    left(tmp_path / "job", Shard(0, 2))
    folder = left(tmp_path / "job", Shard(1, 2), executions=0)
    late = Reason(check="schedule", verdict="SUSPECT", message="late by a second")
    for number in range(1, TRIALS + 1):
        keep(folder, Shard(1, 2), number, findings=[late])
    _, out, _ = merged(tmp_path, tmp_path / "job")
    assert "SUSPECT: shard 1: late by a second" in out


def test_folder_without_anything_to_merge_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "holds neither shards (shard.json) nor records" in refused(tmp_path, tmp_path / "empty")
    assert "is not a folder" in refused(tmp_path, tmp_path / "nowhere")


def test_shards_beside_something_else_are_refused(tmp_path):
    all_left(tmp_path / "job", 2)
    (tmp_path / "empty").mkdir()
    assert "empty holds no shard, as the other folders do" in refused(tmp_path, tmp_path / "job", tmp_path / "empty")


def test_options_of_records_are_refused_for_shards(tmp_path):
    all_left(tmp_path / "job", 2)
    assert refused(tmp_path, tmp_path / "job", sessions=3).startswith("--sessions is of records")


def recorded(folder, *shards, count, table=True):
    """As stock Locust's --record leaves it."""
    folder.mkdir(parents=True)
    turns = 0
    for index in shards:
        lines = process(Shard(index, count))
        turns += sum(isinstance(line, Turn) for line in lines)
        (folder / f"turns-{index}-7.ndjson").write_bytes(b"".join(map(to_line, lines)))
    if table:
        rows = [{"name": "turn", "num_requests": turns}, {"name": "connect", "num_requests": 1}]
        (folder / "locust.json").write_text(json.dumps(rows))
    return folder


def test_records_of_a_stock_locust_are_a_run(tmp_path):
    folder = recorded(tmp_path / "kubernetes", 0, 1, count=2)
    code, _, run = merged(tmp_path, folder, scenario="latency")
    (trial,) = run.trials
    assert (code, trial.scenario, trial.sessions, trial.target, run.seed) == (0, "latency", PEOPLE, "target", 1)
    assert trial.turns.ok == 16 * PEOPLE, "planned from the end of the warm-up to the stop"
    assert trial.instrument["locust_turns"] == trial.instrument["recorded_turns"] > 0
    assert run.environment.cpu_model == "unknown"


def test_records_in_several_folders_are_shares_of_one_load(tmp_path):
    folders = [recorded(tmp_path / str(index), index, count=2) for index in range(2)]
    _, _, run = merged(tmp_path, *folders, scenario="latency", target="quart", warm_up="1s")
    (trial,) = run.trials
    assert (trial.sessions, trial.target, trial.instrument["shards"]) == (PEOPLE, "quart", 2.0)


def test_records_without_a_table_were_not_counted_twice_and_it_is_said(tmp_path):
    folder = recorded(tmp_path / "kubernetes", 0, 1, count=2, table=False)
    code, _, run = merged(tmp_path, folder, scenario="latency")
    (trial,) = run.trials
    assert code == 0 and "two ledgers" in trial.unchecked
    assert not [reason for reason in trial.reasons if reason.check == "two ledgers"]


def test_records_without_their_scenario_are_refused(tmp_path):
    said = refused(tmp_path, recorded(tmp_path / "kubernetes", 0, 1, count=2))
    assert said == "records do not say what people did: name it, as in --scenario latency"


def test_level_that_was_asked_for_and_never_reached_is_no_number(tmp_path):
    folder = recorded(tmp_path / "kubernetes", 0, 1, count=2)
    code, _, run = merged(tmp_path, folder, scenario="latency", sessions=9)
    assert code == 3
    assert [(trial.sessions, trial.metrics) for trial in run.trials] == [(9, {})]


def test_records_of_the_same_people_twice_are_refused(tmp_path):
    one = recorded(tmp_path / "one", 0, 1, count=2)
    other = recorded(tmp_path / "other", 1, count=2)
    assert "is in two of the files" in refused(tmp_path, one, other, scenario="latency")


def test_nothing_is_read_of_what_a_merge_itself_made(tmp_path):
    all_left(tmp_path / "job", 2)
    CliRunner().invoke(app, ["merge", str(tmp_path / "job"), "--results", str(tmp_path / "job")], standalone_mode=False)
    code, _, run = merged(tmp_path, tmp_path / "job")
    assert code == 0 and len(run.shards) == 2


def looked(tmp_path, *trips, **said):
    """Shards that each found the server so far away; the last of them found what is `said` in its last look."""
    for index, trip in enumerate(trips):
        shard = Shard(index, len(trips))
        folder = left(tmp_path / "job", shard, executions=0)
        for number in range(1, TRIALS + 1):
            differently = said if (index, number) == (len(trips) - 1, TRIALS) else {}
            keep(folder, shard, number, approach=approach("quart", trip, **differently))
    return tmp_path / "job"


def alone(job, *, whole=True):
    """One person alone, as shard 0 keeps it."""
    turns = [turn(f"1000.1.{number}", 10.0 + number, session="1/1") for number in range(5)]
    record = BaselineRecord(baseline=baseline("quart").model_copy(update={"target": "mine", "order": 0}))
    shard_folder.write_baseline(job / "0", 0, record if whole else None, [[*turns, end(turns)]])


def test_merged_run_tells_round_trip_and_one_person_alone_as_that_of_one_machine(tmp_path):
    job = looked(tmp_path, 0.030, 0.031)
    alone(job)
    code, out, run = merged(tmp_path, job)
    assert (code, run.validity.verdict) == (0, "VALID")
    assert [trial.approach.round_trip.p50_seconds for trial in run.trials] == pytest.approx([0.0305, 0.0305])
    assert [found.medians["ttft_seconds"].p50 for found in run.baselines] == [pytest.approx(0.49)]
    assert (run.targets[0].app, run.targets[0].style) == ("quart", "non-blocking")
    assert "mine: round trip 30 ms" in out and "one person alone: connects in 0.12 s" in out
    folder = tmp_path / "merged" / "latest"
    for name in ("report.html", "summary.md"):
        text = " ".join((folder / name).read_text().split())  # some of its spaces do not break
        assert "round trip 30 ms" in text and "alone 0.49 s" in text and "without it 0.4" in text
    stored = list(store.read_turns(folder, pytest.fail))
    assert [one.turn.id for one in stored if one.order == 0] == [f"1000.1.{number}" for number in range(5)]
    assert not any(one.warnings for one in run.trials)


def test_shards_that_are_not_equally_far_away_are_told(tmp_path):
    _, _, run = merged(tmp_path, looked(tmp_path, 0.01, 0.2))
    for trial in run.trials:
        assert any("10 ms from shard 0, 0.20 s from shard 1" in warning for warning in trial.warnings)
        assert trial.metrics["ttft_less_round_trip_seconds"].count == trial.metrics["ttft_seconds"].count


def test_new_revision_that_one_shard_met_is_noticed(tmp_path):
    _, out, run = merged(tmp_path, looked(tmp_path, 0.01, 0.01, revision="quart-00004"))
    assert [reason.check for reason in run.validity.reasons if reason.verdict == "SUSPECT"] == ["one server"]
    assert "mine was not the same server in all trials, but revision quart-00003, revision quart-00004" in out


def test_what_somebody_else_did_alone_is_not_taken_for_this_person_s(tmp_path):
    job = looked(tmp_path, 0.030, 0.031)
    other = baseline("quart").model_copy(update={"target": "mine", "order": 0, "scenario": "interruption"})
    shard_folder.write_baseline(job / "0", 0, BaselineRecord(baseline=other), [])
    with pytest.raises(BenchError, match="has mine interruption of one person alone in place 0, which is mine latency"):
        found.read([job / "0", job / "1"]).alone()


def test_person_alone_who_was_cut_short_leaves_turns_and_no_number(tmp_path):
    job = looked(tmp_path, 0.03, 0.03)
    alone(job, whole=False)
    _, _, run = merged(tmp_path, job)
    assert run.baselines == []
    assert sum(one.order == 0 for one in store.read_turns(tmp_path / "merged" / "latest", pytest.fail)) == 5


def test_shards_that_did_not_look_are_merged_as_they_were(tmp_path):
    all_left(tmp_path / "job", 2)
    _, out, run = merged(tmp_path, tmp_path / "job")
    assert run.baselines == [] and not any(trial.approach or trial.approaches for trial in run.trials)
    assert "round trip" not in out and "alone" not in out
