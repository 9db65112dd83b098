from argparse import Namespace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers

from loadtests.support.arrivals import Arrivals
from loadtests.support.shard import Shard, shard_of, written
from loadtests.support.turn import Mark
from tests.known_delay_server import KnownDelayServer, Timing, running
from tests.loadtests.locust_run import Finished, LocustRun, for_a_while, headless


def shards(count: int) -> list[Shard]:
    return [Shard(index, count) for index in range(count)]


@given(people=integers(0, 10_000), count=integers(1, 500))
def test_the_shares_of_all_shards_add_up_and_differ_by_one_person_at_most(people: int, count: int) -> None:
    shares = [shard.share(people) for shard in shards(count)]
    assert sum(shares) == people
    assert max(shares) - min(shares) <= 1


@given(fewer=integers(0, 1000), more=integers(0, 1000), count=integers(1, 50))
def test_a_shard_never_has_fewer_people_of_a_larger_crowd(fewer: int, more: int, count: int) -> None:
    assert all(shard.share(fewer) <= shard.share(fewer + more) for shard in shards(count))


@given(people=integers(1, 5000), count=integers(1, 50), per_second=floats(0.01, 1000))
def test_rates_add_up_and_all_shards_are_done_with_their_people_at_the_same_time(
    people: int, count: int, per_second: float
) -> None:
    rates = [shard.rate(people, per_second) for shard in shards(count)]
    assert sum(rates) == pytest.approx(per_second)
    for shard, rate in zip(shards(count), rates, strict=True):
        assert shard.share(people) == pytest.approx(rate * people / per_second)


@given(people=integers(2, 500), count=integers(1, 50), per_second=floats(0.01, 100))
def test_the_sources_of_all_shards_bring_people_at_the_rate_that_was_asked_for(
    people: int, count: int, per_second: float
) -> None:
    options = Namespace(
        arrivals="open", arrival_rate=per_second, turns_per_visit=None, think_seconds=1.0, people=people, num_users=0
    )
    of_one_source = Arrivals.of(options).source_per_second
    assert sum(shard.share(people) * of_one_source for shard in shards(count)) == pytest.approx(per_second)


def test_no_two_shards_have_a_person_of_the_same_name() -> None:
    names = {shard.named(person) for shard in shards(12) for person in ("1", "11", "1-1")}
    assert len(names) == 36


@pytest.mark.parametrize("text", ["2/2", "3", "-1/2", "0/0", "a/b", "1/2/3", "", "0 / 2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a shard: write it as I/N"):
        written(text)


def test_a_load_that_was_not_divided_is_no_shard() -> None:
    assert shard_of(Namespace(shard=None)) is None
    assert shard_of(Namespace(shard="1/3")) == Shard(1, 3)


PEOPLE, COUNT, STEPS = 7, 3, 2


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> list[Finished]:
    """Three shards of a crowd that climbs in two steps, side by side, with a server that answers at once."""
    folder = tmp_path_factory.mktemp("shards")
    with running(KnownDelayServer(Timing(gap=0.01, chunks=3))) as server:
        started = [
            LocustRun(
                folder / str(index),
                "concurrency",
                *headless(server.url, PEOPLE, "--think-seconds", "0.05", "--steps", str(STEPS)),
                *(*for_a_while(folder / str(index), "4s"), "--shard", f"{index}/{COUNT}"),
            )
            for index in range(COUNT)
        ]
        return [run.finish() for run in started]


def test_shards_of_a_climbing_load_add_up_at_every_step(all_of_them: list[Finished]) -> None:
    levels = [[mark.sessions for mark in run.marks if mark.mark == "level"] for run in all_of_them]
    assert [sum(step) for step in zip(*levels, strict=True)] == [round(PEOPLE / 2), PEOPLE]


def test_every_shard_reaches_its_share(all_of_them: list[Finished]) -> None:
    for run in all_of_them:
        kinds = [(mark.mark, mark.sessions) for mark in run.marks if isinstance(mark, Mark)]
        assert ("reached", kinds[-1][1]) in kinds


def test_shards_ask_other_things_under_other_names(all_of_them: list[Finished]) -> None:
    names = [{turn.id for turn in run.turns} for run in all_of_them]
    assert all(names) and sum(map(len, names)) == len(set.union(*names))
    for index, run in enumerate(all_of_them):
        assert {turn.session[: len("s0-")] for turn in run.turns} == {f"s{index}-"}


def test_one_shard_with_few_people_says_so(tmp_path: Path) -> None:
    run = LocustRun(
        tmp_path, "latency", "--headless", "--host", "ws://127.0.0.1:1", "-u", "2", "--shard", "2/3"
    ).finish()
    assert run.exit_code == 2
    assert "error: -u 2 leaves nobody to some of 3 shards" in run.output


def test_a_shard_with_nobody_in_its_first_step_says_so(tmp_path: Path) -> None:
    options = ("--headless", "--host", "ws://127.0.0.1:1", "-u", "6", "--steps", "6", "--shard", "2/3")
    run = LocustRun(tmp_path, "concurrency", *options).finish()
    assert run.exit_code == 2
    assert "error: --shard 2/3 has nobody in the first of 6 steps" in run.output
