import contextlib
import socket
import threading
from dataclasses import asdict, replace

import pytest

from bench.errors import BenchError
from bench.workers.guest import introduction
from bench.workers.master import Master, Meeting, WorkersMissing
from loadtests.support.load_code import introduce, load_build
from tests.waiting import wait_until
from workers.meeting import HOST, OTHER_CODE, Party, free_pair, heard, party


def test_the_load_begins_when_all_workers_are_there() -> None:
    with party(2) as there:
        there.let_in()
        there.let_in(**introduction(3))
        first, second = there.master.gather()
        assert (first.processes, second.processes, there.master.workers) == (1, 3, 4)
        assert first.build == load_build() and first.address == "127.0.0.1" and first.python and first.locust
        options = " ".join(there.master.options())
        assert f"--master --master-bind-host {HOST} --master-bind-port {there.master.meeting.port + 1}" in options
        assert "--expect-workers 4 " in options


def test_workers_of_this_machine_are_known_by_name_and_address() -> None:
    with party(2) as there:
        there.let_in()
        assert not there.master.away
        other = asdict(replace(introduce(0), host="another-machine"))
        there.let_in(worker=other, processes=1)
        there.master.gather()
        assert there.master.away
        assert [guest.is_here for guest in there.master.guests] == [True, False]


def test_a_worker_elsewhere_that_made_load_stays_in_mind_when_it_is_gone() -> None:
    with party(1) as there:
        other = asdict(replace(introduce(0), host="another-machine"))
        first = there.let_in(worker=other, processes=1)
        there.master.gather()
        with there.master.at_work("latency", "001"):
            first.close()
        there.let_in()
        there.master.gather()
        assert there.master.away and there.master.guests[0].is_here


def test_a_worker_elsewhere_that_left_before_any_load_made_none() -> None:
    with party(1) as there:
        other = asdict(replace(introduce(0), host="another-machine"))
        first = there.let_in(worker=other, processes=1)
        assert there.master.gather() and there.master.away
        first.close()
        wait_until(lambda: not there.master.away, "the first has gone")
        second = there.let_in()
        there.master.gather()
        with there.master.at_work("latency", "001"):
            second.close()
        there.let_in(worker=other, processes=1)  # which has made no load yet
        assert not there.master.away


@pytest.mark.parametrize(("address", "is_here"), [("127.0.0.1", True), ("192.0.2.7", False), ("2001:db8::7", False)])
def test_an_address_that_is_not_of_this_machine_is_of_another(address: str, is_here: bool) -> None:
    with party(1) as there:
        there.let_in()
        (guest,) = there.master.gather() and there.master.guests
        assert replace(guest, address=address).is_here is is_here


def test_too_few_workers_are_told_of_by_number() -> None:
    with party(2, patience_seconds=0.2) as there:
        there.let_in()
        with pytest.raises(WorkersMissing, match=rf"1 of 2 workers came to {HOST}:[0-9]+ within 0.2 s: start the"):
            there.master.gather()
        assert there.said == ["waiting for workers: 1 of 2 are there"]


def test_a_worker_that_is_late_is_waited_for() -> None:
    with party(1) as there:
        late = threading.Timer(0.3, there.let_in)
        late.start()
        assert len(there.master.gather()) == 1
        late.join()


def test_other_load_code_is_refused_by_name_to_both() -> None:
    with party(2) as there:
        there.let_in()
        why = heard(there.come(**OTHER_CODE))["why"]
        with pytest.raises(BenchError) as refused:
            there.master.gather()
        assert str(refused.value) == why
        assert f"runs other load code, 000000000000 and not {load_build()}: install the same" in why
        assert why.startswith("the worker on ")


def test_one_worker_too_many_is_sent_away_and_the_others_stay() -> None:
    with party(1) as there:
        there.let_in()
        assert heard(there.come()) == {"kind": "refusal", "why": "the run has all of its 1 workers"}
        assert len(there.master.gather()) == 1


@pytest.mark.parametrize(
    "said", [{"worker": {}, "processes": 1}, {**introduction(1), "processes": 0}, {"worker": 1}, {"processes": 1}]
)
def test_who_is_no_worker_is_turned_away_without_a_word(said: dict[str, object]) -> None:
    with party(1) as there:
        stranger = there.come(**said)
        wait_until(lambda: stranger.gone, "the stranger was turned away")
        there.let_in()
        assert len(there.master.gather()) == 1


def test_a_worker_that_went_away_is_not_counted_and_another_may_take_its_place() -> None:
    with party(1, patience_seconds=0.2) as there:
        there.let_in().close()
        with pytest.raises(
            WorkersMissing, match=r"0 of 1 workers came to \S+ within 0.2 s and stayed; the worker on .+"
        ):
            wait_until(lambda: not there.master.gather(), "the worker is missed")
        there.let_in()
        assert len(there.master.gather()) == 1


def test_workers_are_sent_to_work_and_waited_for_until_they_have_ended() -> None:
    with party(1) as there:
        worker = there.let_in()
        there.master.gather()

        def ends_late() -> None:
            worker.send("ended", exit_code=1, last_word="ModuleNotFoundError: no locust")

        with there.master.at_work("latency", "001-latency-quart"):
            work = heard(worker)
            threading.Timer(0.2, ends_late).start()
        assert work == {
            **{"kind": "work", "scenario": "latency", "name": "001-latency-quart"},
            "port": there.master.meeting.port + 1,
        }
        (said,) = there.said
        assert said.endswith("ended with exit code 1: ModuleNotFoundError: no locust")
        assert len(there.master.gather()) == 1


def test_a_worker_that_vanishes_at_work_is_told_of_at_once() -> None:
    with party(2) as there:
        steady, lost = there.let_in(), there.let_in()
        there.master.gather()
        with there.master.at_work("latency", "001"):
            lost.close()
            wait_until(lambda: there.said, "the loss is told of")
            steady.send("ended", exit_code=0, last_word="")
        (said,) = there.said
        assert "is gone since " in said and said.endswith(": it closed the connection")
        assert len(there.master.guests) == 1


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, {"why": None, "by_hand": False}),
        (BenchError("the target has gone"), {"why": "the target has gone", "by_hand": False}),
        (KeyboardInterrupt(), {"why": None, "by_hand": True}),
    ],
)
def test_the_end_of_the_run_is_told_to_all_with_why_it_came_before_its_time(
    error: BaseException | None, told: dict[str, object]
) -> None:
    with contextlib.ExitStack() as wires:
        outcome = pytest.raises(type(error)) if error else contextlib.nullcontext()
        with outcome, Master(Meeting(HOST, free_pair(), 1, 60.0), lambda _: None) as master:
            worker = Party(master, [], wires).let_in()
            if error:
                raise error
        assert heard(worker) == {"kind": "over", **told}


@pytest.mark.parametrize("taken", [0, 1])
def test_a_port_that_is_taken_is_told_before_anybody_is_awaited(taken: int) -> None:
    port = free_pair()
    with socket.create_server((HOST, port + taken)), pytest.raises(BenchError) as error:
        Master(Meeting(HOST, port, 1, 1.0), lambda _: None).__enter__()
    assert str(error.value).startswith(f"cannot await workers on {HOST}:{port + taken}: Address already in use; choose")
