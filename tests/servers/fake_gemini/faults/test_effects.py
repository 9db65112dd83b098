"""What a client sees of each fault: with the real SDK, or with bare frames where it would hide them."""

import asyncio
import json
import time
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path

import pytest
from google.genai.errors import APIError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidMessage, InvalidStatus

from servers.fake_gemini.faults.kinds import KINDS, MOMENTS
from servers.fake_gemini.refusals import upgrade_error
from tests.fake_gemini_process import RunningFake
from tests.servers.fake_gemini.conversation import (
    DEVELOPER_PATH,
    ask,
    bare,
    developer,
    frames_until_complete,
    kinds_of,
    live,
    receive_turn,
    refusal_of,
    run,
    send,
    set_up,
    texts_of,
)
from tests.servers.fake_gemini.suffering import Suffering


def entry(what: str, **more: object) -> str:
    return f'[[fault]]\nwhat = "{what}"\n' + "".join(f"{name} = {json.dumps(value)}\n" for name, value in more.items())


def prompt(text: str = "#t Hello") -> str:
    return json.dumps({"realtimeInput": {"text": text}})


def closed_after_prompt(fake: RunningFake, text: str = "#t Hello") -> tuple[int, str, list[bytes]]:
    """Code and reason of the close that a prompt leads to, and the frames before it."""

    async def conversation() -> tuple[int, str, list[bytes]]:
        frames: list[bytes] = []
        async with bare(fake) as connection:
            await set_up(connection)
            await connection.send(prompt(text))
            with pytest.raises(ConnectionClosed):
                while True:
                    frames.append(await connection.recv(decode=False))
        return connection.close_code or 0, connection.close_reason or "", frames

    return run(conversation)


def struck(fake: RunningFake) -> list[tuple[str, str | None, str | None]]:
    """What struck: the fault, the turn and the latest turn."""
    account = json.loads(fake.get("/faults")[1])
    return [(one["fault"], one["turn"], one["last_turn"]) for one in account["struck"]]


CLOSES = [name for name, kind in KINDS.items() if kind.act == "close"]

ROWS = [
    (1007, "API key expired. Please renew the API key.", "expired_key"),
    (1007, "API key not valid. Please pass a valid API key.", "bad_key"),
    (1007, "Cannot extract voices from a non-audio request.", "no_voices"),
    (1007, "Request contains an invalid argument.", "invalid_argument"),
    (1011, "Internal error encountered.", "internal"),
    (1007, "The requested combination of response modalities (TEXT) is not supported by", "unsupported_modality"),
    (1007, "Invalid JSON payload received. Unknown name \"proactivity\" at 'setup'", "unknown_name"),
    (1008, "models/gemini-live is not found for API version v1beta, or is not supported for bidi", "unknown_model"),
    (1008, "Publisher Model `projects/p/", "unknown_vertex_model"),
    (1008, "BidiGenerateContent session not found", "session_not_found"),
    (1008, "Operation is not implemented, or supported, or enabled.", "not_implemented"),
    (1008, "Connection aborted because the client failed to close the connection after receiving a GoAway", "goaway"),
    (1011, "Deadline expired before operation could complete.", "goaway_deadline"),
    (1008, "The operation was aborted", "aborted"),
    (1011, "You exceeded your current quota, please check your plan and billing details. For more ", "quota"),
    (1011, "Request trace id: 5f3c9a1e07b24d68, [ORIGINAL ERROR] generic::resource_exhausted: RESOURCE_EXHAUSTED: "
     "Maximum concurrent se", "too_many_sessions"),
    (1011, "Request trace id: 5f3c9a1e07b24d68, [ORIGINAL ERROR] extensible_stubs::OVERLOADED_TOO_MANY_RETRIES_PER_"
     "REQUEST: You are mos", "overloaded"),
    (1011, "Request trace id: 5f3c9a1e07b24d68, [ORIGINAL ERROR] RPC::DEADLINE_EXCEEDED: ", "deadline"),
    (1011, "The service is currently unavailable.", "unavailable"),
    (1011, "Internal error occurred.", "internal_occurred"),
    (1011, "Internal error encountered.", "resume_conflict"),
    (1011, "Resource has been exhausted (e.g. check quota).", "resource_exhausted"),
    (1000, "", "normal_end"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "reason", "what"), ROWS, ids=[what for _, _, what in ROWS])
def test_close_has_the_code_and_the_text_that_were_seen(code: int, reason: str, what: str) -> None:
    refusal = KINDS[what].refusal
    assert refusal is not None
    assert refusal.code == code
    assert refusal.reason.startswith(reason) and (reason or not refusal.reason)
    assert len(refusal.reason.encode()) <= 123


def test_every_close_is_one_that_was_seen() -> None:
    assert {*CLOSES, "goaway", "goaway_deadline"} == {what for _, _, what in ROWS}


def test_traced_reasons_are_cut_where_the_service_cut_them() -> None:
    for what in ("too_many_sessions", "overloaded"):
        refusal = KINDS[what].refusal
        assert refusal is not None and len(refusal.text) > 123 and len(refusal.reason) == 123


@pytest.mark.parametrize("what", KINDS)
def test_each_fault_has_moments_that_exist(what: str) -> None:
    assert KINDS[what].moments and set(KINDS[what].moments) <= set(MOMENTS)
    assert len(set(KINDS[what].moments)) == len(KINDS[what].moments)


def test_setup_is_refused_in_each_of_the_ways(suffering: Suffering) -> None:
    names = [name for name in CLOSES if "setup" in KINDS[name].moments]
    fake = suffering("".join(entry(name, when="setup", times=1, seconds=0) for name in names))
    client = developer(fake)
    seen = [refusal_of(client) for _ in names]
    told = [KINDS[name].refusal for name in names]
    assert seen == [(refusal.code, refusal.reason) for refusal in told if refusal]
    assert [what for what, _, _ in struck(fake)] == names
    assert turns(fake, "Hello")[0][-1] == "turn_complete+usage"


@pytest.mark.parametrize("moment", ["prompt", "mid_reply", "turn_end"])
def test_close_comes_at_its_moment_and_is_accounted_for(suffering: Suffering, moment: str) -> None:
    fake = suffering(entry("unavailable", when=moment))
    code, reason, frames = closed_after_prompt(fake)
    assert (code, reason) == (1011, "The service is currently unavailable.")
    chunks = sum(b'"text"' in frame for frame in frames)
    complete = sum(b"turnComplete" in frame for frame in frames)
    match moment:
        case "prompt":
            assert frames == []
        case "mid_reply":
            assert (chunks > 0, complete) == (True, 0)
        case _:
            assert (chunks > 0, complete) == (True, 1)
    assert struck(fake) == [("unavailable", "t", "t")]
    assert fake.ledger_once(lambda account: account["sessions_open"] == 0)["closes"] == {"1011": 1}


def test_session_that_is_idle_is_closed(suffering: Suffering) -> None:
    fake = suffering(entry("internal", when="idle"))

    async def conversation() -> APIError:
        async with live(developer(fake)) as session:
            with pytest.raises(APIError) as caught:
                await receive_turn(session)
            return caught.value

    error = run(conversation)
    assert (error.code, error.details) == (1011, "Internal error encountered.")
    assert struck(fake) == [("internal", None, None)]


@pytest.mark.parametrize("what", ["drop", "drop_in_frame"])
def test_connection_is_lost_without_a_close_frame(suffering: Suffering, what: str) -> None:
    fake = suffering(entry(what, when="mid_reply"))
    code, reason, frames = closed_after_prompt(fake)
    assert (code, reason) == (1006, "")
    assert frames and not any(b"turnComplete" in frame for frame in frames)
    assert fake.ledger_once(lambda account: account["sessions_open"] == 0)["closes"] == {"1006": 1}


def test_sdk_calls_a_drop_1006(suffering: Suffering) -> None:
    fake = suffering(entry("drop", when="prompt"))

    async def conversation() -> int:
        async with live(developer(fake)) as session:
            with pytest.raises(APIError) as caught:
                await ask(session, "Hello")
            return caught.value.code

    assert run(conversation) == 1006


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_upgrade_is_refused_with_the_apis_error(suffering: Suffering, status: int) -> None:
    fake = suffering(entry(f"upgrade_{status}", times=1))

    async def conversation() -> InvalidStatus:
        with pytest.raises(InvalidStatus) as caught:
            async with live(developer(fake)):
                pass
        async with live(developer(fake)) as session:
            await ask(session, "Hello")
        return caught.value

    answer = run(conversation).response
    assert answer.status_code == status
    assert json.loads(answer.body) == upgrade_error(HTTPStatus(status))
    assert struck(fake) == [(f"upgrade_{status}", None, None)]


def test_connection_is_lost_before_the_upgrade_is_answered(suffering: Suffering) -> None:
    fake = suffering(entry("drop", when="connect", times=1))

    async def conversation() -> None:
        with pytest.raises((InvalidMessage, OSError)):
            async with bare(fake):
                pass
        async with bare(fake) as connection:
            await set_up(connection)

    run(conversation)


def test_setup_is_answered_late(suffering: Suffering) -> None:
    fake = suffering(entry("setup_stall", seconds=0.3))

    async def conversation() -> float:
        began_at = time.perf_counter()
        async with live(developer(fake)) as session:
            assert session.setup_complete is not None
        return time.perf_counter() - began_at

    assert run(conversation) >= 0.3


def test_setup_is_never_answered(suffering: Suffering) -> None:
    fake = suffering(entry("setup_stall"))

    async def conversation() -> None:
        async with bare(fake) as connection:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(set_up(connection), 0.5)

    run(conversation)
    assert fake.ledger_once(lambda account: account["sessions_open"] == 0)["closes"] == {"1000": 1}


def test_reply_stops_in_its_middle_and_goes_on(suffering: Suffering) -> None:
    fake = suffering(entry("stall", seconds=0.4))

    async def conversation() -> list[str]:
        async with live(developer(fake)) as session:
            await send(session, "#t Hello")
            return [text async for message in session.receive() for text in texts_of([message])]

    stamps = [text.partition("}")[0].split() for text in run(conversation)]
    sent_at_seconds = [int(stamp[3]) / 1e6 for stamp in stamps]  # by the fake's clock: who reads may be late
    assert max(later - earlier for earlier, later in pairwise(sent_at_seconds)) >= 0.4
    assert [stamp[1] for stamp in stamps] == [str(index) for index in range(len(stamps))]
    # What a fault has held up is not the fake's own lateness.
    assert fake.ledger()["lateness_seconds"]["max"] < 0.4


def test_answer_is_late_where_the_prompt_stalls(suffering: Suffering) -> None:
    fake = suffering(entry("stall", when="prompt", seconds=0.4))

    async def conversation() -> int:
        async with live(developer(fake)) as session:
            return int(texts_of(await ask(session, "#t Hello"))[0].partition("}")[0].split()[3])

    assert run(conversation) >= 400_000


async def ping_answered_after(connection: ClientConnection, within_seconds: float) -> float | None:
    answered = await connection.ping()
    try:
        return await asyncio.wait_for(asyncio.shield(answered), within_seconds)
    except TimeoutError:
        return None


def test_pongs_come_late_and_nothing_else_does(suffering: Suffering) -> None:
    fake = suffering(entry("slow_pong", when="setup", seconds=0.5))

    async def conversation() -> float:
        async with bare(fake) as connection:
            await set_up(connection)
            answered = await connection.ping()
            for _ in range(2):
                await connection.send(prompt())
                await frames_until_complete(connection)
            again = await connection.ping()
            await asyncio.wait_for(again, 30.0)
            return await answered

    assert run(conversation) >= 0.5


def test_pongs_never_come_and_the_client_gives_up(suffering: Suffering) -> None:
    fake = suffering(entry("no_pong", when="setup"))

    async def conversation() -> ConnectionClosedError:
        address = fake.url.replace("https", "wss") + DEVELOPER_PATH + "?key=any"
        async with connect(address, ssl=fake.tls, proxy=None, ping_interval=0.2, ping_timeout=0.4) as connection:
            await set_up(connection)
            with pytest.raises(ConnectionClosedError) as caught:
                await connection.recv()
            return caught.value

    closed = run(conversation)
    assert closed.sent is not None
    assert (closed.sent.code, closed.sent.reason) == (1011, "keepalive ping timeout")


def test_close_is_answered_late(suffering: Suffering) -> None:
    fake = suffering(entry("slow_close", when="setup", seconds=0.6))

    async def conversation() -> float:
        async with bare(fake) as connection:
            await set_up(connection)
            await connection.send(prompt())
            await frames_until_complete(connection)
            began_at = time.perf_counter()
        assert connection.close_code == 1000
        return time.perf_counter() - began_at

    assert run(conversation) >= 0.6


@pytest.mark.parametrize(
    ("what", "error"), [("unknown_frame", TypeError), ("error_frame", TypeError), ("not_json", ValueError)]
)
def test_frame_that_the_sdk_does_not_know_breaks_its_receive(
    suffering: Suffering, what: str, error: type[Exception]
) -> None:
    fake = suffering(entry(what, when="mid_reply"))

    async def conversation() -> None:
        async with live(developer(fake)) as session:
            with pytest.raises(error):
                await ask(session, "Hello")

    run(conversation)


def test_frame_above_a_megabyte_is_refused_by_the_client(suffering: Suffering) -> None:
    fake = suffering(entry("oversize_frame", when="mid_reply"))

    async def conversation() -> int:
        async with live(developer(fake)) as session:
            with pytest.raises(APIError) as caught:
                await ask(session, "Hello")
            return caught.value.code

    assert run(conversation) == 1006
    assert fake.ledger_once(lambda account: account["sessions_open"] == 0)["closes"] == {"1009": 1}


def test_frames_in_between_harm_no_one_who_reads_them(suffering: Suffering) -> None:
    fake = suffering("".join(entry(what, when="mid_reply", times=1) for what in ("unknown_frame", "error_frame")))

    async def conversation() -> list[bytes]:
        frames = []
        async with bare(fake) as connection:
            await set_up(connection)
            for _ in range(2):
                await connection.send(prompt())
                frames += await frames_until_complete(connection)
        return frames

    keys = [next(iter(json.loads(frame))) for frame in run(conversation)]
    assert (keys.count("sessionWeather"), keys.count("error")) == (1, 1)


def turns(fake: RunningFake, *texts: str) -> list[list[str]]:
    """The kinds of message in the turns that these prompts lead to, one after the other."""

    async def conversation() -> list[list[str]]:
        async with live(developer(fake)) as session:
            return [kinds_of(await ask(session, text)) for text in texts]

    return run(conversation)


def test_interruption_that_nobody_caused_cuts_the_reply(suffering: Suffering) -> None:
    fake = suffering(entry("phantom_interrupted", times=1))
    cut, whole = turns(fake, "#a Hello", "#b Hello")
    assert cut[-2:] == ["interrupted", "turn_complete+usage"] and "generation_complete" not in cut
    assert whole[-2:] == ["generation_complete", "turn_complete+usage"]
    account = fake.ledger()
    assert (account["turns_interrupted"], account["turns_completed"]) == (1, 1)


def test_turn_is_said_and_never_completed(suffering: Suffering) -> None:
    fake = suffering(entry("missing_turn_complete", times=1))

    async def conversation() -> list[str]:
        async with live(developer(fake)) as session:
            await send(session, "#a Hello")
            async for message in session.receive():
                if kinds_of([message]) == ["generation_complete"]:
                    break
            return texts_of(await ask(session, "#b Hello"))

    assert all(text.startswith("{b ") for text in run(conversation))
    account = fake.ledger()
    assert (account["turns_started"], account["turns_completed"]) == (2, 1)


def test_prompt_is_never_answered_and_the_next_one_is(suffering: Suffering) -> None:
    fake = suffering(entry("hung_turn", times=1))

    async def conversation() -> list[str]:
        async with live(developer(fake)) as session:
            await send(session, "#a Hello")
            return texts_of(await ask(session, "#b Hello"))

    assert all(text.startswith("{b ") for text in run(conversation))
    assert struck(fake) == [("hung_turn", "a", struck(fake)[0][2])]


def test_turn_is_empty(suffering: Suffering) -> None:
    assert turns(suffering(entry("empty_turn")), "#a Hello") == [["generation_complete", "turn_complete+usage"]]


def test_prompt_waits_for_the_end_of_a_reply_that_nothing_cuts(suffering: Suffering) -> None:
    fake = suffering(entry("queue", times=1), "live-text")

    async def conversation() -> list[list[str]]:
        async with live(developer(fake)) as session:
            await send(session, "#a Hello")
            await anext(session.receive())
            await send(session, "#b Hello")
            return [kinds_of(await receive_turn(session)) for _ in range(2)]

    assert all(turn[-2] == "generation_complete" for turn in run(conversation))


@pytest.mark.parametrize("what", ["goaway", "goaway_deadline"])
def test_goaway_is_said_and_then_meant(suffering: Suffering, halting_profile: Path, what: str) -> None:
    fake = suffering(entry(what, when="mid_reply", seconds=0.3), halting_profile)
    code, reason, frames = closed_after_prompt(fake)
    refusal = KINDS[what].refusal
    assert refusal is not None and (code, reason) == (refusal.code, refusal.reason)
    assert json.loads(frames[-1]) == {"goAway": {"timeLeft": "0.3s"}}
    assert [fault for fault, _, _ in struck(fake)] == [what, "goaway_ignored"]


def test_fault_that_a_reply_was_cut_before_is_owed_to_the_next(suffering: Suffering) -> None:
    """The burst cuts its first prompts before they have a middle, and its last one gets there."""
    fake = suffering(entry("unavailable", when="mid_reply", times=1), "live-text")

    async def conversation() -> int:
        async with live(developer(fake)) as session:
            for tag in "abc":
                await send(session, f"#{tag} Hello")
            with pytest.raises(APIError) as caught:
                while True:
                    await receive_turn(session)
            return caught.value.code

    assert run(conversation) == 1011
    assert struck(fake) == [("unavailable", "c", "c")]
