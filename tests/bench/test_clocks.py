import pytest
from made_up import execution, process, turn

from bench.clocks import read_clocks, warnings
from bench.evaluate import trials
from loadtests.support.turn import Worker


def worker(index=0, offset=0.0, uncertainty=0.0002, is_set=False):
    return Worker(index, f"node-{index}", 7, "abc", "3.11.7", "2.47.0", offset, uncertainty, is_set)


def measured(*workers):
    files = [[who, *process(turn(str(who.worker), 5))] for who in workers]
    (trial,) = trials(execution(*files, sessions=[2 * len(files)], workers=len(files), elsewhere=True))
    return trial


def test_clocks_that_agree_are_worth_no_word():
    assert warnings([[worker()], [worker(1, 0.01, is_set=True)]]) == []
    trial = measured(worker(), worker(1, 0.01, 0.0003, is_set=True))
    assert trial.instrument["clocks_set"] == 1
    assert trial.instrument["clock_offset_seconds"] == 0.01
    assert trial.instrument["clock_uncertainty_seconds"] == 0.0003
    assert "clocks" not in {reason.check for reason in trial.reasons}


def test_a_clock_that_was_far_off_is_told_of_though_it_was_set():
    trial = measured(worker(), worker(1, 3.2, 0.0004, is_set=True), worker(2, -0.3, 0.001, is_set=True))
    assert [warning for warning in trial.warnings if "clock" in warning] == [
        "the clock of worker 1 on node-1 was 3.20 s behind its master's and was set by it, to within 0.4 ms",
        "the clock of worker 2 on node-2 was 0.30 s ahead of its master's and was set by it, to within 1 ms",
    ]
    assert "clocks" not in {reason.check for reason in trial.reasons}


@pytest.mark.parametrize(("uncertainty", "verdict"), [(0.06, "SUSPECT"), (1.5, "INVALID")])
def test_clocks_that_cannot_be_compared_well_make_windows_doubtful(uncertainty, verdict):
    (reason,) = [reason for reason in measured(worker(uncertainty=uncertainty)).reasons if reason.check == "clocks"]
    assert reason.verdict == verdict
    assert "a worker's clock agrees with its master's to no better than" in reason.message


def test_a_clock_that_came_too_late_to_be_set_is_wrong_by_its_offset():
    assert read_clocks([[worker(0, 2.0, 0.1)]])["clock_uncertainty_seconds"] == pytest.approx(2.0)
    assert "could not be set any more" in warnings([[worker(0, 2.0, 0.1)]])[0]


def test_workers_that_say_nothing_of_their_clocks_leave_the_check_unmade():
    (trial,) = trials(execution(process(turn("a", 5)), workers=1, elsewhere=True))
    assert trial.unchecked["clocks"] == "no worker said what its clock shows"


def test_processes_of_one_machine_have_one_clock():
    (trial,) = trials(execution([worker(0, 3.0), *process(turn("a", 5))]))
    assert not [name for name in trial.instrument if name.startswith("clock")]
    assert "clocks" not in trial.unchecked
