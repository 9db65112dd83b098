import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bench.crew import Here, check_processes
from bench.errors import BenchError
from bench.load import Load, check_scenario, scenario_names, scenario_title
from bench.plan import Planned
from bench.profile import CasePlan
from loadtests.support.identity import Auth
from loadtests.support.shard import Shard
from loadtests.support.turn import End, Mark, to_line


def planned(**case: object) -> Planned:
    values = {"scenario": "latency", "sessions": 4, "trials": 1, "warm_up_seconds": 1, "window_seconds": 2, **case}
    return Planned(order=1, trial=1, case=CasePlan.model_validate(values), target="flask", seed=7)


def test_scenarios_are_the_locustfiles() -> None:
    assert {"latency", "interruption", "concurrency"} <= set(scenario_names())


def test_a_scenario_is_titled_by_its_own_first_line() -> None:
    assert scenario_title("latency").startswith("Latency: ")


def test_an_unknown_scenario_is_refused() -> None:
    with pytest.raises(BenchError, match="there is no scenario 'latencey': choose from concurrency"):
        check_scenario("latencey")


def test_options_of_a_case_reach_the_command_line(tmp_path: Path) -> None:
    command = Load(tmp_path).command(planned(options={"think-seconds": 0.3}), "ws://host:1", tags=True)
    assert command[command.index("--think-seconds") + 1] == "0.3"
    assert command[command.index("--seed") + 1] == "7"
    assert "--no-tags" not in command and "--steps" not in command


def test_steps_and_missing_tags_reach_the_command_line(tmp_path: Path) -> None:
    command = Load(tmp_path).command(planned(scenario="concurrency", steps=2), "ws://host:1", tags=False)
    assert command[command.index("--steps") + 1] == "2"
    assert "--no-tags" in command and "--allow-real-model" in command


def test_turns_are_capped_where_they_are_to_be(tmp_path: Path) -> None:
    command = Load(tmp_path).command(replace(planned(), max_turns=12), "ws://host:1", tags=True)
    assert command[command.index("--max-turns") + 1] == "12"
    assert "--max-turns" not in Load(tmp_path).command(planned(), "ws://host:1", tags=True)


def test_people_come_as_the_case_says(tmp_path: Path) -> None:
    command = Load(tmp_path).command(planned(), "ws://host:1", tags=True)
    assert command[command.index("--arrivals") + 1] == "closed" and "--arrival-rate" not in command
    command = Load(tmp_path).command(planned(arrivals="open", arrival_rate=2.5), "ws://host:1", tags=True)
    assert command[command.index("--arrivals") + 1] == "open"
    assert command[command.index("--arrival-rate") + 1] == "2.5"


def test_a_load_is_told_where_to_get_a_token_and_is_given_none(tmp_path: Path) -> None:
    auth = Auth.of("token-file", "a/token", "custom")
    command = Load(tmp_path, auth=auth).command(planned(), "wss://host:1", tags=True)
    options = dict(pairwise(command))
    assert (options["--auth"], options["--token-file"], options["--audience"]) == ("token-file", "a/token", "custom")
    assert "--auth" not in Load(tmp_path).command(planned(), "ws://host:1", tags=True)


def test_a_share_is_told_of_the_whole_load_and_its_number(tmp_path: Path) -> None:
    options = dict(pairwise(Load(tmp_path, shard=Shard(1, 3)).command(planned(), "ws://host:1", tags=True)))
    assert (options["--shard"], options["-u"]) == ("1/3", "4")
    assert "--shard" not in Load(tmp_path).command(planned(), "ws://host:1", tags=True)


def test_several_processes_are_workers_of_a_master_that_only_this_machine_reaches(tmp_path: Path) -> None:
    command = Load(tmp_path, Here(2)).command(planned(), "ws://host:1", tags=True)
    options = dict(pairwise(command))
    assert options["--processes"] == "2"
    assert options["--master-bind-host"] == options["--master-host"] == "127.0.0.1"
    assert options["--master-bind-port"] == options["--master-port"]


def test_one_process_needs_no_master(tmp_path: Path) -> None:
    command = Load(tmp_path).command(planned(), "ws://host:1", tags=True)
    assert not [part for part in command if "master" in part or "processes" in part]


@pytest.mark.parametrize("number", [0, -1, 10**6])
def test_a_number_of_processes_that_the_machine_has_not_the_cores_for_is_refused(number: int) -> None:
    with pytest.raises(BenchError, match=f"{number} load processes: give a number from 1 to"):
        check_processes(number)


def test_a_last_line_cut_by_a_kill_is_left_out(tmp_path: Path) -> None:
    whole = to_line(Mark("level", 1.0, 4))
    (tmp_path / "turns-0-1.ndjson").write_bytes(whole + to_line(End(0, 0, 0, 0, 0))[:10])
    assert Load(tmp_path).processes() == [[Mark("level", 1.0, 4)]]


def test_locusts_own_count_is_of_turns_only(tmp_path: Path) -> None:
    rows = [{"name": "turn", "num_requests": 12}, {"name": "first words", "num_requests": 11}]
    (tmp_path / "locust.json").write_text(json.dumps(rows))
    assert Load(tmp_path).locust_turns() == 12


def test_a_load_that_left_no_account_counts_nothing(tmp_path: Path) -> None:
    assert Load(tmp_path).locust_turns() is None
