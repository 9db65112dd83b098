from statistics import mean

import pytest

from loadtests.support.choices import Choices
from loadtests.support.prompts import prompts


def test_the_same_person_decides_the_same_every_time() -> None:
    def decisions() -> list[object]:
        person = Choices(7, "3")
        return [
            (person.turn_id(n), person.prompt(n), person.think_seconds(n, 2.0), person.barge_in_seconds(n, 0.8))
            for n in range(20)
        ]

    assert decisions() == decisions()


def test_a_decision_does_not_depend_on_those_before_it() -> None:
    first, second = Choices(1, "1"), Choices(1, "1")
    for n in range(5):
        first.think_seconds(n, 1.0)
    assert first.prompt(9) == second.prompt(9)
    assert first.think_seconds(9, 1.0) == second.think_seconds(9, 1.0)


@pytest.mark.parametrize("other", [Choices(2, "1"), Choices(1, "2"), Choices(1, "11")])
def test_other_people_and_other_seeds_decide_otherwise(other: Choices) -> None:
    one = Choices(1, "1")
    assert [one.prompt(n) for n in range(9)] != [other.prompt(n) for n in range(9)]
    assert one.think_seconds(1, 1.0) != other.think_seconds(1, 1.0)


def test_people_think_as_long_as_asked_on_average() -> None:
    pauses = [Choices(1, str(person)).think_seconds(1, 3.0) for person in range(2000)]
    # Standard error of the mean of 2000 log-normal pauses with sigma 0.5: 3 * 0.53 / sqrt(2000) = 0.036.
    assert mean(pauses) == pytest.approx(3.0, abs=0.18)
    assert min(pauses) > 0


def test_without_think_time_nobody_pauses() -> None:
    assert Choices(1, "1").think_seconds(1, 0.0) == 0.0


def test_moments_to_barge_in_fill_the_time_given() -> None:
    moments = [Choices(1, str(person)).barge_in_seconds(1, 0.8) for person in range(500)]
    assert 0.05 <= min(moments) < 0.1
    assert 0.75 < max(moments) <= 0.8


def test_a_time_shorter_than_the_shortest_patience_is_kept() -> None:
    assert Choices(1, "1").barge_in_seconds(1, 0.02) == 0.02


def test_visits_have_the_mean_length_asked_for() -> None:
    lengths = [Choices(1, str(person)).turns_of_visit(1, 3) for person in range(1000)]
    assert set(lengths) == {1, 2, 3, 4, 5}
    assert mean(lengths) == pytest.approx(3, abs=0.25)
    assert {Choices(1, str(person)).turns_of_visit(1, 1) for person in range(50)} == {1}


def test_some_but_not_all_barge_in_again() -> None:
    again = [Choices(1, str(person)).barges_in_again(1) for person in range(500)]
    assert 0.2 < mean(again) < 0.4


def test_every_prompt_is_said_by_somebody() -> None:
    said = {Choices(1, str(person)).prompt(turn) for person in range(60) for turn in range(60)}
    assert said == set(prompts())


def test_there_is_enough_to_say_and_nothing_twice() -> None:
    assert len(prompts()) >= 200
    assert len(set(prompts())) == len(prompts())


def test_no_prompt_can_be_taken_for_a_tag() -> None:
    assert not [prompt for prompt in prompts() if prompt.startswith("#")]


def test_whims_are_of_every_kind() -> None:
    whims = [Choices(1, "1").whim(turn) for turn in range(400)]
    assert all(0 <= whim < 1 for whim in whims)
    assert 0.45 < mean(whims) < 0.55
