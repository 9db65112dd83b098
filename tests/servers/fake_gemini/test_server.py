import asyncio
import json
import signal
import socket
import ssl

import pytest
from google.genai.errors import APIError
from websockets.exceptions import InvalidStatus

from tests.fake_gemini_process import DEADLINE_SECONDS, RunningFake, fake_gemini
from tests.servers.fake_gemini.conversation import ask, bare, developer, live, receive_turn, run, send, set_up


def test_health_is_answered(fake: RunningFake) -> None:
    assert fake.get("/healthz") == (200, '{"status": "ok"}\n')


def test_other_path_is_not_found(fake: RunningFake) -> None:
    status, body = fake.get("/elsewhere")
    assert (status, body) == (404, "nothing is served at /elsewhere\n")


def test_upgrade_elsewhere_is_refused(fake: RunningFake) -> None:
    async def conversation() -> int:
        with pytest.raises(InvalidStatus) as caught:
            async with bare(fake, "/ws/chat"):
                pass
        return caught.value.response.status_code

    assert run(conversation) == 404


def test_ledger_counts_a_session(fake: RunningFake) -> None:
    fake.count_anew()

    async def conversation() -> None:
        async with live(developer(fake)) as session:
            await ask(session, "One")
            await ask(session, "Two")

    run(conversation)
    account = fake.ledger_once(lambda account: account["sessions_open"] == 0)
    assert (account["sessions_total"], account["turns_started"], account["turns_completed"]) == (1, 2, 2)
    assert account["closes"] == {"1000": 1}
    assert account["cpu_seconds"] > 0
    assert (account["profile"], account["seed"]) == ("fast", 1)


def test_ledger_is_reset_by_the_request_that_reads_it(fake: RunningFake) -> None:
    async def conversation() -> None:
        async with live(developer(fake)) as session:
            await ask(session, "One")

    run(conversation)
    assert fake.ledger(reset=True)["turns_completed"] >= 1
    assert fake.ledger()["turns_completed"] == 0


def test_certificate_is_good_for_the_name_as_well(fake: RunningFake) -> None:
    port = int(fake.url.rpartition(":")[2])
    for name in ("localhost", "127.0.0.1", "::1"):
        with (
            socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS) as plain,
            fake.tls.wrap_socket(plain, server_hostname=name) as secure,
        ):
            assert secure.version() == "TLSv1.3"


def test_client_that_does_not_trust_the_certificate_is_not_let_in(fake: RunningFake) -> None:
    port = int(fake.url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_closes_sessions_as_going_away_and_exits_cleanly(endless_profile: object, number: int) -> None:
    with fake_gemini(str(endless_profile)) as fake:

        async def conversation() -> int:
            async with live(developer(fake)) as session:
                await send(session, "Hello")
                await anext(session.receive())
                fake.process.send_signal(number)
                with pytest.raises(APIError) as caught:
                    await receive_turn(session)
                return caught.value.code

        assert run(conversation) == 1001
        assert fake.process.wait(DEADLINE_SECONDS) == 0
        assert not fake.certificate.exists()


def test_client_that_never_speaks_does_not_hold_up_the_exit() -> None:
    with fake_gemini() as fake:
        port = int(fake.url.rpartition(":")[2])
        with (
            socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS) as plain,
            fake.tls.wrap_socket(plain, server_hostname="localhost"),
        ):
            fake.get("/healthz")  # by now the silent one is known to the server
            fake.process.terminate()
            # Left to itself, websockets waits 10 s for a client's first request.
            assert fake.process.wait(8.0) == 0


def test_prompt_larger_than_a_megabyte_is_taken(fake: RunningFake) -> None:
    async def conversation() -> str:
        async with bare(fake) as connection:
            await set_up(connection)
            await connection.send(json.dumps({"realtimeInput": {"text": "x" * 2**21}}))
            return str(await asyncio.wait_for(connection.recv(), DEADLINE_SECONDS))

    assert "serverContent" in run(conversation)
