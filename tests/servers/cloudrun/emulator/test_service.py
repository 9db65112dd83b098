"""Room, and what happens where there is none: the queue, more instances, fewer, others."""

import json
import socket
import threading
import urllib.error
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.servers.cloudrun.emulator.emulator_process import Emulator, Json, container, emulator, manifest, once
from tests.waiting import wait_until

FIXED = {"run.googleapis.com/scalingMode": "manual", "run.googleapis.com/manualInstanceCount": "2"}


def told_of(running: Emulator, event: str) -> list[Json]:
    return [each for each in running.events if each["event"] == event]


def in_background(pool: ThreadPoolExecutor, running: Emulator) -> "Future[ClientConnection]":
    """A session that is being opened, and that the emulator holds back."""
    waiting = running.first()["waiting"]
    opening = pool.submit(running.chat)
    wait_until(lambda: running.first()["waiting"] == waiting + 1, "the request waits")
    return opening


def test_request_that_finds_no_room_is_told_429_after_its_wait(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(concurrency=1)], "--pending", "0.3") as running, running.chat():
        with pytest.raises(InvalidStatus) as refused:
            running.chat()
        assert refused.value.response.status_code == 429
        assert "no instance had room within" in str(told_of(running, "refused")[-1]["reason"])
        assert running.first()["waiting"] == 0


def test_room_that_is_given_back_lets_the_one_in_who_waited_longest(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(concurrency=1)]) as running, ThreadPoolExecutor() as pool:
        with running.chat():
            first, second = in_background(pool, running), in_background(pool, running)
        with first.result() as chat:
            chat.send("at last")
            assert chat.recv() == "at last"
            assert not second.done() and running.first()["waiting"] == 1
        with second.result() as chat:
            chat.send("and then")
            assert chat.recv() == "and then"


def test_who_leaves_the_queue_takes_no_room(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(concurrency=1)], "--pending", "600") as running:
        with running.chat():
            address = ("127.0.0.1", urlsplit(running.url).port or 0)
            with socket.create_connection(address) as plain:
                tls = running.tls.wrap_socket(plain, server_hostname="127.0.0.1")
                tls.sendall(f"GET / HTTP/1.1\r\nAuthorization: Bearer {running.token()}\r\n\r\n".encode())
                wait_until(lambda: running.first()["waiting"] == 1, "the request waits")
                tls.close()
            wait_until(lambda: running.first()["waiting"] == 0, "nobody waits")
        wait_until(lambda: running.instances()[0]["requests"] == 0, "the instance is free")
        assert running.get("/").status == 200


def test_instances_are_added_as_far_as_the_most_that_there_may_be(tmp_path: Path) -> None:
    with (
        emulator(tmp_path, [manifest(concurrency=2, instances=(0, 3))], "--pending", "20") as running,
        ExitStack() as chats,
    ):
        for _ in range(6):
            chats.enter_context(running.chat())
        assert [instance["requests"] for instance in once(running, 3)] == [2, 2, 2]
        assert len({instance["id"] for instance in running.instances()}) == 3
        assert len(told_of(running, "instance_started")) == 3


def test_instance_is_added_before_the_others_are_full(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(concurrency=10, instances=(0, 2))]) as running, ExitStack() as chats:
        for _ in range(6):
            chats.enter_context(running.chat())
        assert len(running.instances()) == 1
        chats.enter_context(running.chat())
        once(running, 2)


def test_instances_that_are_not_needed_are_stopped_and_the_next_request_starts_one(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest()], "--idle", "0.2") as running:
        once(running, 0)
        wait_until(lambda: len(running.ended()) == 1, "it has ended")
        assert running.ended()[0]["reason"] == "it was idle"
        assert running.ended()[0]["killed"] == []
        assert running.get("/").status == 200


def test_fewest_instances_are_kept_though_they_are_idle(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(concurrency=1, instances=(1, 2))], "--idle", "0.2") as running:
        with running.chat(), running.chat():
            once(running, 2)
        once(running, 1)
        assert len(running.ended()) <= 1


def test_number_of_instances_can_be_fixed(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(service=FIXED)]) as running:
        instances = running.instances()
        assert len(instances) == 2
        for _ in range(4):
            assert running.get("/").status == 200
        assert running.instances()[0]["served"] + running.instances()[1]["served"] == 4


def test_person_with_the_cookie_comes_to_the_same_instance_again(tmp_path: Path) -> None:
    sticky = {"run.googleapis.com/sessionAffinity": "true"}
    with emulator(tmp_path, [manifest(service=FIXED, revision=sticky)]) as running, running.chat() as first:
        assert first.response is not None
        cookie = first.response.headers["Set-Cookie"]
        assert "Max-Age=2592000" in cookie
        headers = {"Cookie": f"theme=dark; {cookie.partition(';')[0]}"}
        with running.chat(headers), running.chat(headers):
            assert sorted(instance["requests"] for instance in running.instances()) == [0, 3]


def test_person_whose_instance_has_no_room_or_is_gone_comes_to_another(tmp_path: Path) -> None:
    sticky = {"run.googleapis.com/sessionAffinity": "true"}
    with (
        emulator(tmp_path, [manifest(service=FIXED, revision=sticky, concurrency=1)]) as running,
        running.chat() as first,
    ):
        assert first.response is not None
        cookie = first.response.headers["Set-Cookie"].partition(";")[0]
        with running.chat({"Cookie": cookie}) as second:
            assert second.response is not None
            assert second.response.headers["Set-Cookie"].partition(";")[0] != cookie


def test_without_the_annotation_there_is_no_cookie(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(service=FIXED)]) as running:
        assert "Set-Cookie" not in running.get("/").headers
        cookie = {"Cookie": "GAESA=" + running.instances()[0]["id"]}
        with running.chat(cookie), running.chat(cookie):
            assert [instance["requests"] for instance in running.instances()] == [1, 1]


def test_new_revision_takes_over_and_the_old_one_serves_what_it_began(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest()]) as running, running.chat() as chat:
        replacement = json.dumps(manifest(container("second"))).encode()
        running.ask("/emulator/services", replacement)
        assert running.get("/told").told["argv"] == ["second"]
        assert running.get("/told").told["environ"]["K_REVISION"].startswith("echo-00002-")
        chat.send("still here")
        assert chat.recv() == "still here"
        assert running.ended() == []
        chat.close()
        wait_until(running.ended, "the old instance has ended")
        assert running.ended()[0]["reason"] == "its revision was replaced"
        assert running.get("/").status == 200


def test_revision_that_does_not_start_changes_nothing(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest()]) as running:
        broken = manifest({"command": ["python", "-c", "raise SystemExit('no such door')"]})
        with pytest.raises(urllib.error.HTTPError) as refused:
            running.ask("/emulator/services", json.dumps(broken).encode())
        assert "no such door" in refused.value.read().decode()
        assert running.get("/").status == 200
        assert running.first()["revision"].startswith("echo-00001-")


def test_instance_that_is_shut_down_is_asked_first_and_gets_no_more_requests(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(instances=(1, 1))]) as running, running.chat() as chat:
        (instance,) = running.instances()
        running.shut_down(instance["id"])
        with pytest.raises(ConnectionClosed) as closed:
            chat.recv()
        wait_until(running.ended, "it has ended")
        assert running.get("/").status == 200
        assert instance["id"] not in [other["id"] for other in running.instances()]
        (ending,) = running.ended()
        assert (ending["killed"], list(ending["exit_codes"].values())) == ([], [-15])
        assert closed.value is not None


def test_container_that_heeds_no_signal_is_killed_when_its_time_is_up(tmp_path: Path) -> None:
    stubborn = manifest(container(env={"STUBBORN": "1"}))
    with emulator(tmp_path, [stubborn], "--grace", "0.5") as running, running.chat() as chat:
        running.shut_down(running.instances()[0]["id"])
        chat.send("not yet")
        assert chat.recv() == "not yet"
        with pytest.raises(ConnectionClosed) as cut:
            chat.recv()
        assert cut.value.rcvd is None
        wait_until(running.ended, "it has ended")
        (ending,) = running.ended()
        assert (ending["killed"], list(ending["exit_codes"].values())) == (["container-1"], [-9])
        assert ending["seconds"] >= 0.5


def test_requests_wait_for_an_instance_that_starts(tmp_path: Path) -> None:
    opened = tmp_path / "open"
    opened.touch()
    slow = manifest(container(env={"STARTS_WHEN": str(opened)}))
    with emulator(tmp_path, [slow]) as running, ThreadPoolExecutor() as pool:
        opened.unlink()
        running.shut_down(running.instances()[0]["id"])
        opening = in_background(pool, running)
        threading.Timer(0.1, opened.touch).start()
        with opening.result() as chat:
            chat.send("hello")
            assert chat.recv() == "hello"
