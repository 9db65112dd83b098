import json
from pathlib import Path

import bench
from bench.results import Environment
from bench.speed.make import turns
from bench.speed.record import Speed, Speeds, json_schema, ratio_of, sentences, summary, table


def environment() -> Environment:
    return Environment(
        commit="0123456789abcdef",
        dirty=False,
        cpu_model="a processor",
        cpu_count=2,
        memory_bytes=2**30,
        system="a system",
        python="3.11",
        pinning={},
        packages={},
    )


def measured(**chunks: list[int]) -> Speeds:
    """Chunks by round, each carried in two seconds with half a second of processor time."""
    speeds = [
        Speed(name=name.replace("_", "-"), round=number, sessions=60, window_seconds=2.0, chunks=count, cpu_seconds=0.5)
        for name, counts in chunks.items()
        for number, count in enumerate(counts, 1)
    ]
    return Speeds(
        id="a speed",
        started_at="2026-11-28T12:00:00+00:00",
        complete=True,
        command="python -m bench.speed",
        environment=environment(),
        speeds=speeds,
    )


def test_speed_is_told_by_the_clock_and_by_processor_time() -> None:
    (speed,) = measured(quart=[1000]).speeds
    assert (speed.chunks_per_second, speed.chunks_per_cpu_second) == (500, 2000)


def test_rounds_are_paired_and_six_of_them_have_an_interval() -> None:
    speeds = measured(demo=[100, 200, 300, 100, 200, 300], quart=[150, 280, 480, 160, 260, 450])
    ratio = ratio_of(speeds, "demo", "quart")
    assert (round(ratio.ratio or 0, 3), ratio.low, ratio.high) == (1.5, 1.3, 1.6)
    assert sentences(speeds) == [
        "quart carries 1.50 [1.30, 1.60] times the chunks of demo for a second of processor time (6 rounds)"
    ]


def test_one_round_is_told_without_an_interval_and_who_has_no_partner_not_at_all() -> None:
    speeds = measured(quart=[100], raw=[350])
    assert sentences(speeds) == ["raw carries 3.50 times the chunks of quart for a second of processor time (1 round)"]


def test_table_has_medians_and_by_how_much_the_fake_is_ahead() -> None:
    speeds = measured(fake=[1000, 3000, 2000], quart=[400, 500, 300])
    assert table(speeds)[1:] == [
        ["fake", "60", "1,000", "250 µs", "4,000", "1.0"],
        ["quart", "60", "200", "1250 µs", "800", "5.0"],
    ]


def test_summary_says_what_was_measured_with_what_and_whether_it_is_whole() -> None:
    speeds = measured(quart=[100], raw=[350])
    whole = summary(speeds)
    assert "- raw carries 3.50 times" in whole and "| quart | 60 | 50 | 5000 µs | 200 | - |" in whole
    assert "`python -m bench.speed` at commit `0123456789ab`, on a processor with 2 cores." in whole
    assert "Incomplete" not in whole and summary(speeds.model_copy(update={"complete": False})).startswith("**Incomp")


def test_each_round_turns_the_order_round() -> None:
    assert list(turns(3, {"a": 0, "b": 0})) == [(1, "a"), (1, "b"), (2, "b"), (2, "a"), (3, "a"), (3, "b")]


def test_record_comes_back_as_it_was_written() -> None:
    speeds = measured(quart=[100])
    assert Speeds.model_validate(json.loads(speeds.model_dump_json(by_alias=True))) == speeds


def test_published_schema_is_that_of_the_code() -> None:
    renew = "run: python -m bench.speed.record > bench/schema/speed.v1.json"
    published = Path(bench.__file__).parent / "schema" / "speed.v1.json"
    assert published.read_text() == json_schema(), renew
