"""Arming, and the account of what struck, over HTTP as the bench does it."""

import json
import time

import pytest

from servers.fake_gemini.faults.armed import Faults
from servers.fake_gemini.faults.kinds import KINDS
from servers.fake_gemini.faults.script import load_script, read_script
from servers.fake_gemini.limits import Limits
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.fake_gemini.conversation import ask, developer, kinds_of, live, run
from tests.servers.fake_gemini.suffering import Suffering, arming

STALL = '[[fault]]\nwhat = "stall"\nseconds = 0.01\n'


def faults_of(fake: RunningFake, query: str = "") -> dict[str, object]:
    status, body = fake.get("/faults" + query)
    assert status == 200, body
    account: dict[str, object] = json.loads(body)
    return account


def converse(fake: RunningFake, *prompts: str) -> None:
    async def conversation() -> None:
        async with live(developer(fake)) as session:
            for prompt in prompts:
                await ask(session, prompt)

    run(conversation)


def test_nothing_strikes_where_nothing_is_armed(fake: RunningFake) -> None:
    converse(fake, "#a Hello")
    assert faults_of(fake) == {"script": None, "armed_at": None, "struck": []}


def test_script_is_armed_and_disarmed_while_the_fake_runs(suffering: Suffering) -> None:
    before = time.time()
    fake = suffering("")
    armed = faults_of(fake, "?arm=flaky")
    assert armed["script"] == "flaky" and armed["struck"] == []
    assert isinstance(armed["armed_at"], float) and before <= armed["armed_at"] <= time.time()
    assert faults_of(fake)["armed_at"] == armed["armed_at"]
    assert faults_of(fake, "?arm=") == {"script": None, "armed_at": None, "struck": []}


def test_account_says_what_struck_whom_and_when(suffering: Suffering) -> None:
    fake = suffering(f'[[fault]]\nwhat = "hung_turn"\nevery = 99\n{STALL}every = 2\n')
    before = time.time()
    converse(fake, "#a Hello", "#b Hello")
    converse(fake, "#c Hello", "Hello")
    first, second = faults_of(fake)["struck"]  # type: ignore[misc]
    assert before <= first.pop("at") <= second.pop("at") <= time.time()
    session = first.pop("session")
    assert first == {"fault": "stall", "index": 1, "turn": "b", "last_turn": "b"}
    assert second == {"fault": "stall", "index": 1, "turn": None, "last_turn": None, "session": session + 1}


def test_account_begins_anew_with_each_arming(suffering: Suffering) -> None:
    fake = suffering(STALL + "every = 2\n")
    converse(fake, "#a Hello", "#b Hello", "#c Hello")
    assert len(faults_of(fake)["struck"]) == 1  # type: ignore[arg-type]
    assert faults_of(suffering(STALL + "every = 2\n"))["struck"] == []
    converse(fake, "#d Hello")
    assert faults_of(fake)["struck"] == [], "the opportunities are counted anew as well"


def test_script_that_is_not_known_or_holds_a_mistake_leaves_the_armed_one(suffering: Suffering) -> None:
    fake = suffering(STALL)
    status, told = fake.get("/faults?arm=nope")
    assert (status, told.count("\n")) == (400, 1)
    assert told.startswith("there is no fault script 'nope'; choose one of each, flaky, goaway")
    status, told = fake.get(arming('[[fault]]\nwhat = "stroll"'))
    assert status == 400
    assert told.startswith("fault script a test: [[fault]] number 1, what: there is no fault 'stroll'")
    assert faults_of(fake)["script"] == "a test"


def test_account_is_for_who_has_the_key() -> None:
    with fake_gemini("fast", "--api-key", "k", "--faults", "stalls") as fake:
        assert faults_of(fake)["script"] == "stalls"
        stranger = RunningFake(fake.process, fake.url, fake.certificate)
        assert stranger.get("/faults?arm=")[0] == 403
        assert faults_of(fake)["script"] == "stalls"


def test_two_fakes_with_one_script_and_one_seed_suffer_alike(suffering: Suffering) -> None:
    def struck(seed: int) -> list[str]:
        fake = suffering(f"seed = {seed}\n{STALL}share = 0.5\n")
        converse(fake, *(f"#{number} Hello" for number in range(12)))
        return [one["turn"] for one in faults_of(fake)["struck"]]  # type: ignore[attr-defined]

    first = struck(3)
    assert 0 < len(first) < 12
    assert struck(3) == first != struck(4)


def test_seed_of_the_script_goes_before_that_of_the_fake() -> None:
    def due(script_seed: str, seed: int) -> list[bool]:
        faults = Faults()
        faults.arm(read_script(f'description = "x"\n{script_seed}{STALL}share = 0.5', "x", "x"), seed)
        return [faults.due("mid_reply") is not None for _ in range(40)]

    assert due("seed = 1\n", 1) == due("seed = 1\n", 2)
    assert due("", 1) != due("", 2)


def test_fault_that_was_due_before_another_script_was_armed_is_not_held_any_more() -> None:
    faults = Faults(Limits(max_sessions=5))
    script = read_script(f'description = "x"\nmax_sessions = 1\n{STALL}', "x", "x")
    faults.arm(script, 1)
    due = faults.due("mid_reply")
    assert due and faults.holds(due) and faults.limits.max_sessions == 1
    faults.arm(script, 1)
    assert not faults.holds(due)
    faults.arm(None, 1)
    assert faults.limits.max_sessions == 5 and faults.due("mid_reply") is None


def test_script_of_each_fault_has_each_fault_once_that_shows_within_seconds() -> None:
    faults = load_script("each").faults
    assert sorted(fault.what for fault in faults) == sorted(KINDS.keys() - {"slow_pong", "no_pong"})
    assert all(fault.at_seconds and len(fault.at_seconds) == 1 for fault in faults)


SPARING = 'description = "x"\none_a_session = true\n[[fault]]\nwhat = "stall"\n[[fault]]\nwhat = "goaway"\n'


def test_who_was_struck_is_spared_where_the_script_says_so_and_others_are_not() -> None:
    faults = Faults()
    faults.arm(read_script(SPARING, "x", "x"), 1)
    struck, other = faults.sufferer(), faults.sufferer()
    assert faults.due("idle", struck)
    faults.struck("goaway", 1, struck)
    assert not faults.due("mid_reply", struck) and not faults.due("idle", struck)
    assert faults.due("mid_reply", other)
    faults.arm(read_script(SPARING.replace("true", "false"), "x", "x"), 1)
    assert faults.due("mid_reply", struck)


def test_conversation_that_goes_on_in_another_session_is_spared_as_well() -> None:
    faults = Faults()
    faults.arm(read_script(SPARING, "x", "x"), 1)
    struck, asked_again, resumed, other = (faults.sufferer() for _ in range(4))
    faults.last_asked(struck, "a")
    faults.struck("goaway", 1, struck)
    faults.last_asked(struck, "b")
    faults.last_asked(asked_again, "b")
    faults.last_asked(resumed, "a")
    faults.last_asked(other, "c")
    assert [bool(faults.due("mid_reply", each)) for each in (struck, asked_again, resumed, other)] == [False] * 3 + [
        True
    ]


@pytest.mark.parametrize("name", ["flaky", "stalls", "quota"])
def test_most_turns_go_well_under_a_script(suffering: Suffering, name: str) -> None:
    fake = suffering("")
    faults_of(fake, f"?arm={name}")

    async def conversation() -> list[str]:
        async with live(developer(fake)) as session:
            return kinds_of(await ask(session, "#a Hello"))

    assert run(conversation)[-1] == "turn_complete+usage"
