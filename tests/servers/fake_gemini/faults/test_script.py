from pathlib import Path

import pytest

from servers.fake_gemini.faults.kinds import KINDS
from servers.fake_gemini.faults.script import ScriptError, Scripts, load_script, read_script, script_names
from servers.fake_gemini.limits import Limits

HEAD = 'description = "A test"\n'


def read(text: str, *, head: str = HEAD) -> object:
    return read_script(head + text, "x", "x.toml")


def test_entry_is_filled_in_from_its_kind() -> None:
    script = read_script(HEAD + '[[fault]]\nwhat = "stall"\n', "x", "x.toml")
    (fault,) = script.faults
    assert (fault.index, fault.what, fault.kind, fault.when) == (0, "stall", KINDS["stall"], "mid_reply")
    assert (fault.parameters, fault.every, fault.share, fault.at_seconds, fault.times) == (
        {"seconds": 2.0},
        None,
        None,
        None,
        None,
    )


def test_entry_says_more_than_its_kind() -> None:
    text = '[[fault]]\nwhat = "stall"\nwhen = "prompt"\nat_seconds = [9, 5.5]\ntimes = 2\nseconds = 7\n'
    (fault,) = read_script(HEAD + text, "x", "x.toml").faults
    assert (fault.when, fault.at_seconds, fault.times, fault.parameters) == ("prompt", (5.5, 9.0), 2, {"seconds": 7.0})


def test_limits_of_a_script_go_before_those_of_the_service() -> None:
    script = read_script(HEAD + "max_sessions = 2\nconnection_seconds = 3\n", "x", "x.toml")
    limited = script.limited(Limits(max_sessions=9, tokens_per_minute=5))
    assert limited == Limits(max_sessions=2, tokens_per_minute=5, connection_seconds=3.0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[fault", "x.toml is not TOML"),
        (
            '[[fault]]\nwhat = "stal"',
            "[[fault]] number 1, what: there is no fault 'stal'; there are expired_key, bad_key",
        ),
        (
            '[[fault]]\nwhat = "stall"\n[[fault]]\nwhat = "stall"\nminutes = 1',
            "[[fault]] number 2, stall: there is no parameter 'minutes'; there are what, when, every, share, "
            "at_seconds, times, seconds",
        ),
        (
            '[[fault]]\nwhat = "stall"\nwhen = "setup"',
            "stall: it cannot be when = 'setup'; it can be mid_reply, prompt, turn_end",
        ),
        ('[[fault]]\nwhat = "stall"\nwhen = 3', "number 1, when: Input should be a valid string"),
        ('[[fault]]\nwhat = "stall"\nseconds = -1', "stall: seconds is -1, and not a number from 0 up"),
        ('[[fault]]\nwhat = "stall"\nseconds = inf', "stall: seconds is inf, and not a number from 0 up"),
        ('[[fault]]\nwhat = "stall"\nseconds = "2"', "stall: seconds is '2', and not a number from 0 up"),
        ('[[fault]]\nwhat = "stall"\nseconds = true', "stall: seconds is True, and not a number from 0 up"),
        ('[[fault]]\nwhat = "stall"\nevery = 0', "number 1, every: Input should be greater than 0"),
        ('[[fault]]\nwhat = "stall"\nevery = -3', "number 1, every: Input should be greater than 0"),
        ('[[fault]]\nwhat = "stall"\nevery = true', "number 1, every: Input should be a valid integer"),
        ('[[fault]]\nwhat = "stall"\nshare = true', "number 1, share: Input should be a valid number"),
        ('[[fault]]\nwhat = "stall"\nshare = 1.5', "number 1, share: Input should be less than or equal to 1"),
        ('[[fault]]\nwhat = "stall"\ntimes = 0', "number 1, times: Input should be greater than 0"),
        ('[[fault]]\nwhat = "stall"\nat_seconds = [1, -2]', "number 1, at_seconds.1: Input should be greater than"),
        ('[[fault]]\nwhat = "stall"\nat_seconds = []', "number 1, at_seconds: Tuple should have at least 1 item"),
        ('[[fault]]\nwhat = "stall"\nevery = 2\nshare = 0.5', "stall: every and share exclude each other"),
        ("[[fault]]\nevery = 2", "number 1, what: Field required"),
        ("fault = 7", "fault: Input should be a valid tuple"),
        ("sessions = 7", "there is no key 'sessions'; there are description, seed, one_a_session, max_sessions"),
        ("max_sessions = 0", "max_sessions: Input should be greater than 0"),
    ],
)
def test_mistake_is_told_with_its_place_and_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(ScriptError) as caught:
        read(text)
    message = str(caught.value)
    assert message.startswith("fault script x.toml") and complaint in message
    assert "\n" not in message


def test_script_without_a_description_is_refused() -> None:
    with pytest.raises(ScriptError, match="description: Field required"):
        read("", head="")


def test_script_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"there is no fault script 'nope'; choose one of .*goaway"):
        load_script("nope")
    with pytest.raises(ScriptError, match=r"cannot read fault script .*/none\.toml: No such file"):
        load_script(str(tmp_path / "none.toml"))


def test_script_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ScriptError, match="is not TOML"):
        load_script(str(path))


@pytest.mark.parametrize("name", script_names())
def test_script_that_comes_with_the_fake_can_be_read(name: str) -> None:
    script = load_script(name)
    assert script.name == name
    assert script.faults or script.limits


def test_running_fake_arms_its_own_script_and_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD)
    own = load_script(str(path))
    assert Scripts(own).named(str(path)) is own
    with pytest.raises(ScriptError):
        Scripts().named(str(path))
    assert Scripts().named("goaway").name == "goaway"
