from itertools import pairwise

from bench.crew import ALONE, Here


def test_several_processes_meet_on_a_port_that_only_this_machine_reaches() -> None:
    crew = Here(2)
    options = dict(pairwise(crew.options()))
    assert (crew.workers, options["--processes"]) == (2, "2")
    assert options["--master-bind-host"] == options["--master-host"] == "127.0.0.1"
    assert options["--master-bind-port"] == options["--master-port"]


def test_one_process_needs_nobody_to_collect_its_records() -> None:
    assert (ALONE.workers, list(ALONE.options())) == (0, [])


def test_processes_of_this_machine_are_watched_from_it() -> None:
    assert not Here(2).elsewhere
    with Here(2).at_work("latency", "001-latency-quart"):
        pass
