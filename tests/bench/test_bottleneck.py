import pytest
from made_up import FLASK, QUART, trial

from bench.bottleneck import bottleneck
from bench.results import Reason, Statistics, Target, Trial, Turns

MACHINE_BYTES = 1_000_000_000
LAG = Reason(check="load core", verdict="SUSPECT", message="the load used 90 % of its core")


def crowded(number: int = 1, **fields) -> Trial:
    return trial(sessions=150, number=number, **fields)


def found(target: Target, *trials: Trial) -> tuple[str, str] | None:
    binding = bottleneck(target, trials, MACHINE_BYTES)
    return (binding.kind, binding.because) if binding else None


def test_threads_bind_where_somebody_waited_for_one() -> None:
    numbers = {"connect_seconds max": 4.8, "cpu_share value": 0.97}
    assert found(FLASK, crowded(numbers=numbers)) == (
        "threads",
        "all its 100 threads are taken: people waited up to 4.80 s to connect",
    )


def test_threads_bind_where_people_waited_all_the_time_and_nothing_else_failed() -> None:
    waiting = {"unserved_ratio": Statistics(count=150, values={"value": 50 / 150})}
    because = "all its 100 threads are taken: 50 people waited all the time"
    assert found(FLASK, crowded(metrics=waiting)) == ("threads", because)
    others = crowded(metrics=waiting, turns=Turns(ok=40, failed=20), failures={"upstream": 20})
    assert found(FLASK, others) == ("errors", "20 of its 60 turns failed, most often: upstream")
    assert found(QUART, crowded(metrics=waiting)) is None


def test_threads_do_not_bind_where_a_trial_had_enough_of_them() -> None:
    waits = {"connect_seconds max": 4.8}
    assert found(FLASK, crowded(numbers=waits), trial(sessions=90, numbers=waits)) is None


def test_processor_binds_where_most_trials_filled_the_core() -> None:
    shares = [crowded(number, numbers={"cpu_share value": share}) for number, share in enumerate((0.5, 0.95, 0.99), 1)]
    assert found(QUART, *shares) == (
        "processor",
        "its core is full (95 %): one Python process can hardly use more than one",
    )
    assert found(QUART, shares[0]) is None


def test_memory_binds_where_the_server_holds_nearly_all_of_it() -> None:
    assert found(QUART, crowded(numbers={"memory_bytes value": 9.2e8})) == (
        "memory",
        "it holds 920 MB of the machine's 1 GB of memory",
    )


def test_server_that_died_is_bound_by_that() -> None:
    died = Reason(check="server died", verdict="INVALID", message="quart died under load: exit code -9")
    assert found(QUART, crowded(reasons=[died]), crowded(2)) == ("errors", "it died in 1 of 2 trials")


@pytest.mark.parametrize(("struck", "kind"), [(2, "machine"), (1, None)])
def test_machine_is_named_only_where_nothing_else_is_and_most_trials_doubt_it(struck: int, kind: str | None) -> None:
    trials = [crowded(number, reasons=[LAG] * (number <= struck)) for number in (1, 2)]
    binding = bottleneck(QUART, trials, MACHINE_BYTES)
    assert (binding.kind if binding else None) == kind


def test_full_core_is_named_before_the_machine() -> None:
    binding = bottleneck(QUART, [crowded(numbers={"cpu_share value": 0.97}, reasons=[LAG])], MACHINE_BYTES)
    assert binding is not None and binding.kind == "processor"


def test_nothing_is_said_where_the_numbers_say_nothing() -> None:
    assert found(FLASK, crowded()) is None
    assert found(QUART) is None
