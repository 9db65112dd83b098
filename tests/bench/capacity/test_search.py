from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest
from hypothesis import given, strategies as st

from bench.capacity.search import Answer, Bounds, Found, Probe, search

BOUNDS = Bounds(start=20, most=1000, precision=0.05)


def carried_out(
    system: Callable[[Probe], Answer], bounds: Bounds = BOUNDS, around: int | None = None
) -> tuple[Found, list[tuple[Probe, Answer]]]:
    """What a search finds in a made-up system, and what it asked on the way."""
    asked: list[tuple[Probe, Answer]] = []
    looking = search(bounds, around)
    try:
        probe = next(looking)
        while True:
            asked.append((probe, system(probe)))
            probe = looking.send(asked[-1][1])
    except StopIteration as end:
        found: Found = end.value
        return found, asked


def holds_up_to(capacity: int, **exceptions: Answer) -> Callable[[Probe], Answer]:
    """`exceptions`: `at_N` to the answer there."""
    return lambda probe: exceptions.get(f"at_{probe.sessions}", "held" if probe.sessions <= capacity else "missed")


def answered_by(answers: Iterator[Answer]) -> Callable[[Probe], Answer]:
    return lambda _: next(answers)


def loads(asked: list[tuple[Probe, Answer]], *, confirms: bool) -> list[int]:
    return [probe.sessions for probe, _ in asked if probe.confirms is confirms]


def test_load_is_doubled_then_halved_between_what_held_and_what_did_not_then_confirmed() -> None:
    found, asked = carried_out(holds_up_to(100))
    assert loads(asked, confirms=False) == [20, 40, 80, 160, 120, 100, 110, 105]
    assert loads(asked, confirms=True) == [100]
    assert found == Found(100, beyond=105, ended_by="missed", ended_at=105)


def test_later_search_confirms_what_earlier_ones_found_and_looks_one_step_further() -> None:
    found, asked = carried_out(holds_up_to(103), around=100)
    assert [(probe.sessions, probe.confirms) for probe, _ in asked] == [(100, True), (105, False)]
    assert found == Found(100, beyond=105, ended_by="missed", ended_at=105)


def test_later_search_goes_as_far_up_as_it_must() -> None:
    found, asked = carried_out(holds_up_to(160), around=100)
    assert loads(asked, confirms=False)[:4] == [105, 110, 120, 140]
    assert 153 <= found.sessions <= 160
    assert (Probe(found.sessions, confirms=True), "held") in asked


def test_later_search_steps_down_where_what_was_found_does_not_hold_any_more() -> None:
    found, asked = carried_out(holds_up_to(93), around=100)
    assert loads(asked, confirms=True) == [100, 95, 91]
    assert found == Found(91, beyond=95, ended_by="missed", ended_at=95)


def test_load_that_is_not_sustained_is_stepped_down_from() -> None:
    sustained = 84
    found, asked = carried_out(
        lambda probe: "held" if probe.sessions <= (sustained if probe.confirms else 100) else "missed"
    )
    assert loads(asked, confirms=True) == [100, 95, 91, 87, 83]
    assert found == Found(83, beyond=87, ended_by="missed", ended_at=87)


def test_search_whose_first_step_misses_ends_there() -> None:
    found, asked = carried_out(holds_up_to(19))
    assert [probe for probe, _ in asked] == [Probe(20, confirms=False)]
    assert found == Found(0, beyond=20, ended_by="missed", ended_at=20)


def test_smallest_load_that_is_not_sustained_is_not_found() -> None:
    found, asked = carried_out(lambda probe: "missed" if probe.confirms or probe.sessions > 20 else "held")
    assert found.sessions == 0
    assert loads(asked, confirms=True) == [20]


def test_search_that_reaches_the_most_says_that_there_may_be_more() -> None:
    found, asked = carried_out(holds_up_to(5000))
    assert found == Found(1000, beyond=None, ended_by="most", ended_at=None)
    assert (Probe(1000, confirms=True), "held") in asked


def test_later_search_around_the_most_confirms_it_and_ends() -> None:
    found, asked = carried_out(holds_up_to(5000), around=1000)
    assert found.sessions == 1000
    assert [probe for probe, _ in asked] == [Probe(1000, confirms=True)]


def test_what_the_instrument_spoiled_is_asked_once_more() -> None:
    answers = chain(["held", "spoiled", "missed", "held"], repeat("missed"))
    _, asked = carried_out(answered_by(answers))
    assert loads(asked, confirms=False)[:4] == [20, 40, 40, 30]


@pytest.mark.parametrize("answer", ["spoiled", "not known"])
def test_load_that_cannot_be_judged_ends_the_search_below_it(answer: Answer) -> None:
    found, asked = carried_out(holds_up_to(500, at_160=answer))
    assert found == Found(80, beyond=None, ended_by=answer, ended_at=160)
    assert loads(asked, confirms=True) == [80]


def test_load_that_cannot_be_judged_between_others_ends_the_halving() -> None:
    found, _ = carried_out(holds_up_to(100, at_120="spoiled"))
    assert found == Found(80, beyond=160, ended_by="spoiled", ended_at=120)


def test_confirmation_that_cannot_be_judged_leaves_only_a_lower_limit() -> None:
    found, _ = carried_out(
        lambda probe: "spoiled" if probe.confirms and probe.sessions > 96 else holds_up_to(100)(probe)
    )
    assert found == Found(95, beyond=105, ended_by="spoiled", ended_at=100)


ANSWERS = st.sampled_from(["held", "missed", "not known", "spoiled"])


@st.composite
def anywhere(draw: st.DrawFn) -> tuple[Bounds, int | None]:
    start = draw(st.integers(1, 300))
    most = draw(st.integers(start, 3000))
    around = draw(st.none() | st.integers(0, 3200))
    return Bounds(start, most, draw(st.floats(0.01, 0.5))), around


@given(anywhere(), st.data())
def test_whatever_is_answered_the_search_ends_and_gives_only_what_was_confirmed(place, data) -> None:
    bounds, around = place
    found, asked = carried_out(lambda _: data.draw(ANSWERS), bounds, around)
    confirmed = {probe.sessions for probe, answer in asked if probe.confirms and answer == "held"}
    missed = {probe.sessions for probe, answer in asked if answer == "missed"}
    assert found.sessions in confirmed | {0}
    assert all(bounds.start <= probe.sessions <= bounds.most for probe, _ in asked)
    assert found.beyond is None or (found.beyond in missed and found.beyond > found.sessions)
    assert (found.ended_by == "most") == (found.ended_at is None)
    assert found.ended_by != "missed" or found.ended_at == found.beyond
    assert not found.sessions or all(sessions > found.sessions for sessions in missed)


@given(anywhere(), st.data())
def test_in_a_steady_system_what_is_found_is_within_a_step_of_the_truth(place, data) -> None:
    bounds, around = place
    capacity = data.draw(st.integers(1, 3500))
    found, _ = carried_out(holds_up_to(capacity), bounds, around)
    truth = min(capacity, bounds.most)
    if truth < bounds.start:
        assert found.sessions == 0
    else:
        assert found.sessions <= truth < (found.beyond or bounds.most + 1)
        assert truth - found.sessions <= 2 * bounds.step(truth)
        assert found.ended_by == ("most" if capacity >= bounds.most else "missed")


@given(anywhere(), st.data())
def test_load_is_never_asked_about_again_but_for_what_was_spoiled_or_has_to_be_sustained(place, data) -> None:
    bounds, around = place
    _, asked = carried_out(lambda _: data.draw(ANSWERS), bounds, around)
    for probe in {probe for probe, _ in asked}:
        answers = [answer for other, answer in asked if other == probe]
        assert len(answers) == 1 or (len(answers) == 2 and answers[0] == "spoiled")


@given(st.integers(20, 1000), st.floats(0, 0.2), st.randoms(use_true_random=False))
def test_in_a_noisy_system_what_is_found_was_seen_to_hold_and_what_lies_beyond_to_miss(capacity, noise, dice) -> None:
    def system(probe: Probe) -> Answer:
        spread = noise / 4 if probe.confirms else noise
        return "held" if probe.sessions <= capacity * dice.gauss(1, spread) else "missed"

    found, asked = carried_out(system)
    if found.sessions:
        assert (Probe(found.sessions, confirms=True), "held") in asked
    if found.beyond:
        assert {(Probe(found.beyond, confirms), "missed") for confirms in (False, True)} & set(asked)
