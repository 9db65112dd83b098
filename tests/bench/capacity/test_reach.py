import pytest
from made_up import ELSEWHERE, QUART

from bench.capacity import reach
from bench.capacity.command import OBJECTIVE
from bench.capacity.reach import check_first_session, check_objective
from bench.cores import Cores
from bench.errors import BenchError
from bench.objective import DEFAULT, parse
from bench.trial import Bench
from servers.deployments import Deployment

ADDRESS = ELSEWHERE.model_copy(update={"url": "ws://example.com"})


@pytest.mark.parametrize(
    ("text", "targets", "tags", "complaint"),
    [
        ("resume p95 <= 1s", [QUART], True, "nobody interrupts"),
        ("generator_lag p99 <= 1ms", [QUART], True, "is of the load and not of the server"),
        ("schedule_delay p99 <= 1ms", [QUART], True, "is of the load and not of the server"),
        (OBJECTIVE, [ADDRESS], False, "takes a fake Gemini behind every target"),
        ("relay p95 <= 1s", [QUART, ADDRESS], True, "cannot be known of other, which runs elsewhere"),
        ("ttft_less_round_trip <= 1s", [ADDRESS], True, "the way there is not looked at"),
        ("memory <= 1GB", [QUART, ADDRESS], True, "cannot be known of other, which runs elsewhere"),
    ],
)
def test_condition_of_which_nothing_would_be_known_is_refused(text, targets, tags, complaint):
    with pytest.raises(BenchError, match=complaint):
        check_objective(parse(text), targets, tags)


def test_what_can_be_known_may_be_asked():
    check_objective(parse(f"{OBJECTIVE}, relay p95 <= 1s, memory <= 1GB"), [QUART], tags=True)
    check_objective(parse(OBJECTIVE), [ADDRESS], tags=True)
    check_objective(parse(DEFAULT), [ADDRESS], tags=False)


def test_server_that_does_not_come_up_is_told_with_its_log(monkeypatch, tmp_path):
    broken = Deployment("quart", "Quart", "non-blocking", "#0072B2", ("servers.nowhere",))
    monkeypatch.setattr(reach, "DEPLOYMENTS", {"quart": broken})
    bench = Bench(None, Cores(frozenset(), frozenset()), tmp_path, objective_seconds=1.0, tags=True)
    with pytest.raises(
        BenchError, match=r"target 'quart' never came to its first session: .* ended with code 1"
    ) as told:
        check_first_session(QUART, bench)
    assert "servers.nowhere" in str(told.value)
