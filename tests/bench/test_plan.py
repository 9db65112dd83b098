from bench.plan import plan
from bench.profile import CasePlan, Profile


def profile(*trials: int) -> Profile:
    return Profile(
        name="test",
        title="",
        targets=[],
        case=[
            CasePlan(scenario=f"case-{number}", sessions=1, trials=count, warm_up_seconds=1, window_seconds=1)
            for number, count in enumerate(trials)
        ],
    )


def test_every_target_runs_every_trial_of_every_case_once() -> None:
    executions = plan(profile(3, 2), ["a", "b"], seed=1)
    seen = sorted((planned.case.scenario, planned.trial, planned.target) for planned in executions)
    expected = [("case-0", trial, target) for trial in (1, 2, 3) for target in "ab"]
    expected += [("case-1", trial, target) for trial in (1, 2) for target in "ab"]
    assert seen == sorted(expected)


def test_targets_of_one_trial_stand_next_to_each_other() -> None:
    executions = plan(profile(6, 6), ["a", "b", "c"], seed=1)
    for start in range(0, len(executions), 3):
        block = executions[start : start + 3]
        assert len({(planned.case.scenario, planned.trial) for planned in block}) == 1


def test_the_order_of_targets_changes_from_trial_to_trial_and_with_the_seed() -> None:
    orders = [tuple(planned.target for planned in plan(profile(8), ["a", "b"], seed)) for seed in (1, 2)]
    assert orders[0] != orders[1]
    pairs = {orders[0][start : start + 2] for start in range(0, 16, 2)}
    assert pairs == {("a", "b"), ("b", "a")}


def test_the_same_seed_gives_the_same_plan() -> None:
    assert plan(profile(4), ["a", "b"], seed=5) == plan(profile(4), ["a", "b"], seed=5)


def test_people_are_seeded_alike_for_all_targets_and_anew_for_each_trial() -> None:
    executions = plan(profile(3), ["a", "b"], seed=2)
    seeds = {trial: {planned.seed for planned in executions if planned.trial == trial} for trial in (1, 2, 3)}
    assert all(len(of_trial) == 1 for of_trial in seeds.values())
    assert len(set.union(*seeds.values())) == 3


def test_places_in_the_order_count_from_one() -> None:
    assert [planned.order for planned in plan(profile(2, 1), ["a", "b"], seed=1)] == [1, 2, 3, 4, 5, 6]
