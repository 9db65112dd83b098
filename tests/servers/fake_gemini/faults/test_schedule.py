from servers.fake_gemini.faults.kinds import Moment
from servers.fake_gemini.faults.schedule import Schedule
from servers.fake_gemini.faults.script import read_script


def schedule(text: str, seed: int = 1) -> Schedule:
    return Schedule(read_script('description = "A test"\n' + text, "x", "x.toml").faults, seed)


def strikes(of: Schedule, opportunities: int, moment: Moment = "mid_reply") -> list[str | None]:
    """What is due at each of so many opportunities, one a second."""
    due = [of.due(moment, float(second)) for second in range(opportunities)]
    return [clockwork.fault.what if clockwork else None for clockwork in due]


STALL = '[[fault]]\nwhat = "stall"\n'


def test_fault_strikes_every_so_many_opportunities() -> None:
    assert strikes(schedule(STALL + "every = 3"), 7) == [None, None, "stall"] * 2 + [None]


def test_fault_that_says_nothing_strikes_always() -> None:
    assert strikes(schedule(STALL), 3) == ["stall"] * 3


def test_fault_strikes_no_more_often_than_its_times() -> None:
    assert strikes(schedule(STALL + "every = 2\ntimes = 2"), 8).count("stall") == 2


def test_fault_with_a_share_strikes_about_that_share_and_alike_for_one_seed() -> None:
    text = STALL + "share = 0.25"
    first = strikes(schedule(text), 2000)
    # Binomial: 500 on average, with a standard deviation of 19.
    assert 400 <= first.count("stall") <= 600
    assert strikes(schedule(text), 2000) == first != strikes(schedule(text, seed=2), 2000)


def test_fault_at_certain_seconds_takes_the_first_opportunity_after_each() -> None:
    assert strikes(schedule(STALL + "at_seconds = [1.5, 3.0]"), 6) == [None, None, "stall", "stall", None, None]


def test_moments_that_passed_together_are_owed_one_by_one() -> None:
    assert strikes(schedule(STALL + "at_seconds = [0.0, 0.0]"), 3) == ["stall", "stall", None]


def test_moments_are_counted_apart() -> None:
    both = schedule(STALL + 'every = 2\n[[fault]]\nwhat = "drop"\nwhen = "prompt"\nevery = 2')
    assert strikes(both, 2) == [None, "stall"]
    assert strikes(both, 2, "prompt") == [None, "drop"]
    assert both.awaits("prompt") and not both.awaits("idle")
    assert strikes(both, 2, "idle") == [None, None]


def test_fault_that_another_came_before_is_owed() -> None:
    both = schedule(STALL + 'every = 2\n[[fault]]\nwhat = "drop"\nevery = 2')
    assert strikes(both, 5) == [None, "stall", "drop", "stall", "drop"]


def test_fault_that_could_not_be_done_is_owed() -> None:
    of = schedule(STALL + "every = 3\ntimes = 1")
    assert strikes(of, 2) == [None, None]
    due = of.due("mid_reply", 3.0)
    assert due is not None and due in of
    due.give_back()
    assert strikes(of, 2) == ["stall", None]


def test_clockwork_of_another_schedule_is_not_in_it() -> None:
    due = schedule(STALL).due("mid_reply", 0.0)
    assert due is not None and due not in schedule(STALL)
