from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.faults.reach import check_faults
from bench.load import scenario_names
from bench.profile import CasePlan, load_profile, profile_names
from bench.results import Target
from bench.stats import MINIMUM_TRIALS
from servers.deployments import DEPLOYMENTS

CASE = '[[case]]\nscenario = "latency"\nsessions = 2\ntrials = 1\nwarm_up_seconds = 1\nwindow_seconds = 1\n'


def written(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", profile_names())
def test_every_bundled_profile_names_what_exists(name: str) -> None:
    profile = load_profile(name)
    assert set(profile.targets) <= set(DEPLOYMENTS)
    assert {case.scenario for case in profile.case} <= set(scenario_names())


@pytest.mark.parametrize("name", ["default", "full"])
def test_profiles_for_evidence_have_trials_enough_for_intervals(name: str) -> None:
    head_to_head = [case for case in load_profile(name).case if case.steps == 1]
    assert all(case.trials >= MINIMUM_TRIALS for case in head_to_head)


@pytest.mark.parametrize("name", profile_names())
def test_head_to_head_cases_leave_the_blocking_server_a_thread_for_everybody(name: str) -> None:
    profile = load_profile(name)
    threads = [DEPLOYMENTS[target].threads for target in profile.targets]
    crowd = max(case.sessions for case in profile.case if case.steps == 1)
    assert all(crowd <= bound for bound in threads if bound is not None)


def test_a_profile_may_be_a_file_of_ones_own(tmp_path: Path) -> None:
    profile = load_profile(written(tmp_path, f'title = "Mine"\ntargets = ["quart"]\n{CASE}'))
    assert profile.name == "mine"
    assert profile.case[0].sessions == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title = ", "is not TOML"),
        ('title = "No case"\ntargets = []\n', "case: Field required"),
        (f'title = "Typo"\ntargets = []\nseeed = 1\n{CASE}', "seeed: Extra inputs are not permitted"),
        (
            f'title = "Endless"\ntargets = []\n{CASE.replace("window_seconds = 1", "window_seconds = inf")}',
            "finite number",
        ),
        (f'title = "Nobody"\ntargets = []\n{CASE.replace("sessions = 2", "sessions = 0")}', "case.0.sessions"),
    ],
)
def test_a_profile_that_is_wrong_says_where(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BenchError, match=complaint):
        load_profile(written(tmp_path, text))


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ('arrivals = "ajar"\n', "case.0.arrivals: Input should be 'closed', 'open' or 'partly-open'"),
        ('arrivals = "open"\narrival_rate = 0\n', "case.0.arrival_rate: Input should be greater than 0"),
        ('arrivals = "open"\narrival_rate = nan\n', "case.0.arrival_rate: Input should be"),
        ("arrival_rate = 2.0\n", "case.0: arrival_rate is of open arrivals"),
        ("options = { arrival-rate = -1 }\n", "case.0: arrival-rate is no option: give arrival_rate beside"),
        ('options = { arrivals = "ajar" }\n', "case.0: arrivals is no option: give arrivals beside"),
    ],
)
def test_arrivals_that_make_no_sense_are_refused_in_one_line(tmp_path: Path, more: str, complaint: str) -> None:
    with pytest.raises(BenchError, match=complaint) as refused:
        load_profile(written(tmp_path, f'title = "Arrivals"\ntargets = []\n{CASE}{more}'))
    assert "\n" not in str(refused.value)


def test_one_scenario_may_be_met_by_as_many_people_in_each_way_they_come(tmp_path: Path) -> None:
    modes = "".join(f'{CASE}arrivals = "{mode}"\n' for mode in ("closed", "open", "partly-open"))
    profile = load_profile(written(tmp_path, f'title = "Arrivals"\ntargets = []\n{modes}'))
    assert [case.name for case in profile.case] == ["latency", "latency-open", "latency-partly-open"]
    with pytest.raises(BenchError, match="scenario latency-open at 2 people is there twice"):
        twice = f'{CASE}arrivals = "open"\n' * 2
        load_profile(written(tmp_path, f'title = "Arrivals"\ntargets = []\n{twice}'))


@pytest.mark.parametrize("name", profile_names())
def test_bundled_profiles_say_of_every_case_how_people_come(name: str) -> None:
    assert all("arrivals" in case.model_fields_set for case in load_profile(name).case)


def test_certificate_takes_people_of_a_known_pace(tmp_path: Path) -> None:
    for options in ("", 'options = { think-seconds = "abc" }\n'):
        with pytest.raises(BenchError, match=r"certify takes a number of think-seconds .* latency has none"):
            load_profile(written(tmp_path, f'title = "Certified"\ntargets = []\ncertify = true\n{CASE}{options}'))


def test_an_unknown_profile_names_those_there_are() -> None:
    with pytest.raises(BenchError, match="choose one of arrivals, default, faults, four-hundred, full, gate, smoke"):
        load_profile("thorough")


def test_steps_divide_the_crowd_evenly() -> None:
    case = CasePlan(scenario="concurrency", sessions=150, steps=6, trials=1, warm_up_seconds=1, window_seconds=2)
    assert case.levels == [25, 50, 75, 100, 125, 150]
    assert case.run_seconds == 18


def test_a_fault_script_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"case\.0\.faults: there is no fault script 'earthquake'; choose one of each"):
        load_profile(written(tmp_path, f'title = "x"\ntargets = ["quart"]\n{CASE}faults = "earthquake"\n'))


def test_faults_cannot_strike_behind_an_address() -> None:
    target = Target(name="far", style="unknown", label="far", colour="#000000", url="ws://example.com")
    with pytest.raises(BenchError, match="cannot strike behind an address"):
        check_faults(load_profile("faults"), [target])
