import pytest
from made_up import FLASK, QUART, case, run, trial
from made_up_pair import on

from bench.compare import settings, words
from bench.history.settings import workload_of
from bench.results import Run

A = run()


def said(differences):
    return [words.difference(one) for one in differences]


def with_case(**changes) -> Run:
    return run(cases=[case().model_copy(update=changes)])


def test_a_run_and_itself_do_not_differ():
    assert settings.workload(A, A) == settings.machine(A, A) == settings.others(A, A) == []


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        (run(cases=[case("shout")]), "scenarios: A talk, B shout"),
        (with_case(sessions=[2, 4]), "talk: sessions: A 2, B 2, 4"),
        (with_case(warm_up_seconds=3.0), "talk: warm-up seconds: A 2, B 3"),
        (with_case(window_seconds=8.5), "talk: window seconds: A 8, B 8.5"),
        (with_case(processes=2), "talk: load processes: A 1, B 2"),
        (with_case(arrivals="open"), "talk: arrivals: A closed, B open"),
        (with_case(arrival_rate=3.0), "talk: arrival rate: A none, B 3"),
        (with_case(options={"think-seconds": "0.2"}), "talk: think-seconds: A none, B 0.2"),
        (run(objective_seconds=1.5), "objective seconds: A 2.5, B 1.5"),
        (run(seed=2), "seed: A 1, B 2"),
        (run(fake_gemini={"profile": "fast"}), "fake Gemini's profile: A none, B fast"),
        (run(attribution="protocol"), "attribution: A tags, B protocol"),
    ],
)
def test_each_setting_of_the_workload_is_named_with_both_values(changed, difference):
    assert said(settings.workload(A, changed)) == [difference]


def test_scenario_at_two_loads_is_told_apart_by_them():
    both = run(cases=[case(), case().model_copy(update={"sessions": [4]})])
    longer = run(cases=[both.cases[0], both.cases[1].model_copy(update={"window_seconds": 9.0})])
    assert said(settings.workload(both, longer)) == ["talk at 4: window seconds: A 8, B 9"]


def test_number_of_trials_makes_no_other_workload_but_is_named():
    assert settings.workload(A, run(cases=[case(trials=9)])) == []
    assert said(settings.others(A, run(cases=[case(trials=9)]))) == ["talk: trials: A 6, B 9"]


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"cpu_model": "faster"}, "processor: A made up, B faster"),
        ({"cpu_count": 4}, "cores: A 2, B 4"),
        ({"memory_bytes": 16_000_000_000}, "memory: A 8 GB, B 16 GB"),
        ({"system": "Linux 7"}, "system: A none, B Linux 7"),
        ({"pinning": {"server": [0], "load": [1, 2]}}, "pinning: A none, B load 1, 2; server 0"),
    ],
)
def test_each_part_of_the_machine_is_named_with_both_values(changes, difference):
    assert said(settings.machine(A, on(A, **changes))) == [difference]


def test_a_little_less_memory_is_the_same_machine():
    assert settings.machine(A, on(A, memory_bytes=7_900_000_000)) == []


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        (on(A, commit="0123456789abcdef"), "commit: A none, B 0123456789ab"),
        (on(A, dirty=True), "uncommitted changes: A no, B yes"),
        (on(A, python="3.12"), "python: A none, B 3.12"),
        (on(A, packages={"quart": "1"}), "package quart: A none, B 1"),
        (run(profile="full"), "profile: A made-up, B full"),
        (run(targets=[FLASK]), "targets: A flask, quart, B flask"),
        (run(targets=[FLASK, QUART.model_copy(update={"label": "new"})]),
         "quart: label: A Quart, hypercorn, B new"),
        (run(targets=[FLASK, QUART.model_copy(update={"command": "run"})]), "quart: command: A none, B run"),
        (run(trial("quart", build="1.2")), "quart: build: A none, B 1.2"),
    ],
)  # fmt: skip
def test_what_one_wants_to_compare_is_named_and_is_neither_workload_nor_machine(changed, difference):
    assert said(settings.others(A, changed)) == [difference]
    assert settings.workload(A, changed) == settings.machine(A, changed) == []


def test_an_address_is_the_same_however_it_was_typed():
    typed, other, elsewhere = (
        run(targets=[FLASK, QUART.model_copy(update={"url": url})])
        for url in ("https://a.example", "wss://a.example", "wss://b.example")
    )
    assert settings.others(typed, other) == []
    assert said(settings.others(typed, elsewhere)) == ["quart: address: A wss://a.example, B wss://b.example"]
    assert workload_of(typed, "quart", "talk") == workload_of(other, "quart", "talk")
    assert workload_of(typed, "quart", "talk") != workload_of(elsewhere, "quart", "talk")
