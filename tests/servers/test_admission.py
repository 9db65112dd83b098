from threading import Barrier, Thread

import pytest

from servers.admission import Admission
from servers.farewells import Refused
from servers.introduction import Introduction
from servers.settings import Settings
from tests.servers.test_metrics import samples

MYSELF = Introduction("quart", "b", "i", None, 0.0)


class Left(Exception):
    pass


def admission(**settings: int) -> Admission:
    return Admission(Settings("custom", "m", "TEXT", **settings), MYSELF, left=Left)  # type: ignore[arg-type]


def test_whoever_comes_is_let_in_where_there_is_no_limit() -> None:
    desk = admission()
    with desk.visit(), desk.visit(), desk.visit():
        assert samples(desk.metrics)["chat_sessions_open"] == 3
    assert samples(desk.metrics)["chat_sessions_open"] == 0


def test_who_comes_when_it_is_full_is_told_to_try_later_and_who_comes_afterwards_is_let_in() -> None:
    desk = admission(max_sessions=1)
    with desk.visit(), pytest.raises(Refused) as told, desk.visit():
        pass
    assert (told.value.farewell.code, told.value.farewell.close_code) == ("full", 1013)
    with desk.visit():
        pass
    counts = samples(desk.metrics)
    assert (counts["chat_sessions_opened_total"], counts["chat_refusals_total,cause=full"]) == (2, 1)
    assert counts["chat_sessions_open"] == 0


def test_threads_that_come_at_once_are_not_more_than_the_limit() -> None:
    desk, together, done = admission(max_sessions=5), Barrier(20), Barrier(20)
    let_in: list[bool] = []

    def come() -> None:
        together.wait(60)
        try:
            with desk.visit():
                let_in.append(True)
                done.wait(60)
        except Refused:
            let_in.append(False)
            done.wait(60)

    threads = [Thread(target=come) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(let_in) == [False] * 15 + [True] * 5


def test_client_that_leaves_has_not_failed_and_its_leaving_passes() -> None:
    desk = admission()
    with pytest.raises(Left), desk.visit() as visit:
        visit.refusal_of("Hello")
        raise Left
    with pytest.raises(ExceptionGroup), desk.visit() as visit:
        visit.refusal_of("Hello")
        raise ExceptionGroup("of a group of tasks", [ExceptionGroup("", [Left()])])
    assert samples(desk.metrics)["chat_turns_total,outcome=left"] == 2


def test_error_in_a_group_is_counted_as_what_it_is() -> None:
    desk = admission()
    with pytest.raises(ExceptionGroup), desk.visit():
        raise ExceptionGroup("of a group of tasks", [Refused("idle", "x")])
    assert samples(desk.metrics)["chat_refusals_total,cause=idle"] == 1


def test_tokens_are_shared_by_all_sessions_and_prompts_are_not() -> None:
    desk = admission(tokens_per_minute=60, prompts_per_minute=1)
    with desk.visit() as one, desk.visit() as other:
        assert one.refusal_of("Hello") is None
        assert one.refusal_of("Hello") is not None
        assert other.refusal_of("Hello") is None
        one.used(3600)
        with desk.visit() as newcomer:
            assert newcomer.refusal_of("Hello") is not None


def test_page_of_somebody_elses_is_barred_and_counted() -> None:
    desk = admission()
    assert not desk.bars({"host": "a.org"})
    assert not desk.bars({"host": "a.org", "origin": "https://a.org"})
    assert desk.bars({"host": "a.org", "origin": "https://b.org"})
    assert samples(desk.metrics)["chat_refusals_total,cause=origin"] == 1
