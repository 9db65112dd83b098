from itertools import groupby

from made_up_capacity import FLASK_SERVER, QUART_SERVER, begun, full_core, holding, made, measuring, only, spoiled, well

from bench.capacity.rounds import carry_out


def searched(capacity, target):
    return [(search.sessions, search.beyond, search.ended_by) for search in capacity.searches_of(target)]


def test_every_target_is_searched_once_in_each_round():
    capacity = made(repeats=3)
    rounds = [(probe.search, probe.target) for probe in capacity.probes]
    turns = [key for key, _ in groupby(rounds)]
    assert len(turns) == 6 and [number for number, _ in turns] == [1, 1, 2, 2, 3, 3]
    assert {target for number, target in turns if number == 2} == {"flask", "quart"}


def test_record_grows_with_every_probe_and_every_search():
    growths = list(carry_out(begun(repeats=1), measuring({"flask": FLASK_SERVER, "quart": QUART_SERVER})))
    sizes = [(len(record.probes), len(record.searches)) for record in growths]
    assert sizes == sorted(sizes) and len(set(sizes)) == len(sizes)
    assert [probe.order for probe in growths[-1].probes] == list(range(1, len(growths[-1].probes) + 1))


def test_later_searches_begin_where_the_earlier_ended():
    capacity = only(holding(103), repeats=3)
    first = [probe.sessions for probe in capacity.probes if probe.search == 1]
    later = [(probe.sessions, probe.confirms) for probe in capacity.probes if probe.search == 3]
    assert first[:3] == [50, 100, 200]
    assert later[0] == (searched(capacity, "quart")[0][0], True) and len(later) == 2


def test_target_that_misses_the_first_load_is_not_searched_again_and_the_others_are():
    capacity = made(flask=holding(20, full_core), repeats=3)
    assert searched(capacity, "flask") == [(0, 50, "missed")]
    assert len(searched(capacity, "quart")) == 3


def test_first_load_that_the_instrument_spoiled_is_searched_again():
    capacity = only(holding(640, in_1=spoiled), repeats=2)
    assert searched(capacity, "quart")[0] == (0, None, "spoiled")
    assert searched(capacity, "quart")[1][0] > 600


def test_first_load_that_cannot_be_judged_ends_the_searches_of_its_target():
    unknown = lambda attempt: well(attempt, numbers={"ttft_added_seconds p95": None})  # noqa: E731
    assert searched(only(unknown, repeats=4), "quart") == [(0, None, "not known")]
