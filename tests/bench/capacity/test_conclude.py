import pytest
from made_up_capacity import begun, holding, made, only, spoiled, well

from bench.capacity.conclude import conclude
from bench.capacity.record import Searched


def found(*searches: tuple[int, str]):
    """The record of one target with searches that came to this."""
    records = [
        Searched(
            target="quart", search=number, sessions=sessions, beyond=sessions + 10 if ended_by == "missed" else None,
            ended_by=ended_by, ended_at=None if ended_by == "most" else sessions + 10,
        )
        for number, (sessions, ended_by) in enumerate(searches, 1)
    ]  # fmt: skip
    probes = only(holding(1)).probes  # only what they say of what is beyond
    return begun(targets=only(holding(1)).targets, searches=records, probes=probes)


def held(*searches: tuple[int, str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bench.capacity.words.headline", lambda capacity: "")
    (one,) = conclude(found(*searches)).held
    return one


def test_median_and_interval_are_over_the_searches(monkeypatch):
    one = held(*((n, "missed") for n in (640, 600, 660, 650, 610, 640)), monkeypatch=monkeypatch)
    assert (one.sessions, one.low, one.high, one.searches, one.at_least) == (640, 600, 660, 6, False)


def test_even_number_of_searches_gives_a_load_that_was_confirmed(monkeypatch):
    one = held(*((n, "missed") for n in (600, 640)), monkeypatch=monkeypatch)
    assert one.sessions == 600


def test_fewer_than_six_searches_have_no_interval(monkeypatch):
    one = held(*((640, "missed") for _ in range(5)), monkeypatch=monkeypatch)
    assert (one.low, one.high) == (None, None)


@pytest.mark.parametrize("ending", ["most", "spoiled", "not known"])
def test_search_that_the_server_did_not_end_is_a_lower_limit(ending, monkeypatch):
    one = held((640, ending), monkeypatch=monkeypatch)
    assert (one.sessions, one.at_least, one.ended_by) == (640, True, ending)


def test_one_open_search_above_the_median_leaves_the_median_and_opens_the_interval(monkeypatch):
    one = held(*((n, "missed") for n in (600, 610, 620, 630, 640)), (700, "spoiled"), monkeypatch=monkeypatch)
    assert (one.sessions, one.at_least, one.low, one.high) == (620, False, 600, None)


def test_one_open_search_below_the_median_may_lie_anywhere(monkeypatch):
    one = held(*((n, "missed") for n in (600, 610, 620, 630)), (100, "spoiled"), monkeypatch=monkeypatch)
    assert (one.sessions, one.at_least, one.ended_by) == (610, True, "spoiled")


def test_what_binds_is_read_from_the_smallest_loads_beyond():
    flask, quart = made().held
    assert (flask.sessions, flask.beyond, flask.binding) == (100, 103, "threads")
    assert (quart.binding, quart.beyond) == ("processor", min(search.beyond for search in made().searches_of("quart")))
    assert "98 %" in quart.because


def test_nothing_is_said_to_bind_where_there_may_be_more():
    (one,) = only(holding(5000)).held
    assert (one.sessions, one.at_least, one.binding, one.because) == (2000, True, None, "")


def test_search_goes_on_beyond_what_the_instrument_spoils_only_once():
    answers = iter([spoiled])
    quart = holding(640, at_100=lambda attempt: next(answers, well)(attempt))
    assert only(quart, repeats=1).validity.verdict == "VALID"
