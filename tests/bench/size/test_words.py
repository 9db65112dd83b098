from datetime import date

from made_up_capacity import made as made_capacity
from made_up_size import NOW, made, priced

from bench.results import Reason, Validity
from bench.size import words


def test_headline_has_a_sentence_for_each_target():
    assert words.headline(made(utilization=1.0, users=960)) == (
        "Flask takes 10 instances for 960 people at a time, 4.50 USD for a thousand session-hours. "
        "Quart takes 2 instances for 960 people at a time, 0.90 USD for a thousand session-hours."
    )


def test_who_holds_nobody_is_said_to_serve_nobody():
    said = words.headline(made(objective="ttft_added p95 <= 1ms"))
    assert said.startswith("Flask cannot serve 1,000 people: it holds none of the loads that were tried.")


def test_money_keeps_two_digits_however_small_it_is():
    size = made()
    assert [words.money(size, amount) for amount in (12.345, 0.1, 0.0123, None)] == [
        "12.35 USD", "0.10 USD", "0.012 USD", "-",
    ]  # fmt: skip


def test_price_of_a_second_has_no_exponent():
    assert words.tiny(0.000018) == "0.000018"
    assert words.tiny(0.0) == "0"


def test_assumptions_name_the_day_and_the_source_of_the_prices_and_what_is_left_out():
    said = " ".join(words.assumptions(made()))
    assert "Prices of 2026-01-02 (made up; here, instance-based)" in said
    assert "what Gemini itself costs" in said
    assert "No prices were given" in " ".join(words.assumptions(made(prices=None)))


def test_old_prices_are_doubted_and_so_are_those_of_tomorrow():
    assert words.warnings(made(), NOW.date()) == []
    (old,) = words.warnings(made(prices=priced(as_of=date(2024, 1, 31))), NOW.date())
    assert old == "the prices were true 731 days ago: look whether they still are"
    (future,) = words.warnings(made(prices=priced(as_of=date(2026, 2, 1))), NOW.date())
    assert "2026-02-01, which has not come yet" in future


def test_what_is_said_against_the_search_is_said_against_the_sizing():
    doubt = Reason(check="drift", verdict="SUSPECT", message="it got slower")
    doubtful = made_capacity().model_copy(
        update={"validity": Validity(verdict="SUSPECT", reasons=[doubt]), "complete": False}
    )
    assert words.warnings(made(doubtful), NOW.date()) == [
        "the search is SUSPECT: drift: it got slower",
        "the search was ended before its last search had",
    ]
