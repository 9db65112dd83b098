from pathlib import Path

import orjson
import pytest
from made_up_comparison import made, reading, whole

import bench
from bench import charts
from bench.generator.contenders import CONTENDERS, OURS, PLAIN
from bench.generator.make import rounds_of
from bench.generator.reading import Timed, Watched, read, slope
from bench.generator.record import Comparison, error_p99, findings, is_invalid, json_schema, ratio_of
from bench.generator.search import is_limit_known, largest, nearest, next_in_climb, next_in_search
from bench.generator.summary import summary, table
from loadtests.support.turn import Turn, to_line

ACCOUNT = {
    "sessions_open": 10, "chunks": 900, "turns_completed": 100, "cpu_seconds": 2.0, "elapsed_seconds": 10.0,
    "lateness_seconds": {"p50": 0.0001, "p99": 0.003},
}  # fmt: skip


def watched(**changes: object) -> Watched:
    return Watched(100.0, 110.0, 5.0, [(0, 1000), (2, 5000), (10, 13_000)], {**ACCOUNT, **changes})


def test_reading_is_of_the_turns_that_began_in_the_window() -> None:
    inside = [Timed(100.0, 100.0 + number / 100, 0.5 + number / 1000, 0.5) for number in range(400)]
    outside = [Timed(99.0, 99.0, 9.0, 0.5), Timed(110.0, 110.0, 9.0, 0.5)]
    found = read(OURS, "round", 1, 10, [*inside, *outside], watched())
    assert (found.turns, found.frames, found.frames_per_second) == (400, 1000, 100.0)
    assert found.cpu_share == 0.5 and found.cpu_seconds_per_frame == pytest.approx(0.005)
    assert found.error_seconds_p50 == pytest.approx(0.199) and found.error_seconds_p99 == pytest.approx(0.395)
    assert found.schedule_delay_seconds_p99 == pytest.approx(3.95)
    assert found.server_cpu_share == pytest.approx(0.2) and found.memory_bytes_per_session == 1000.0


def test_too_few_turns_have_no_percentile() -> None:
    found = read(OURS, "round", 1, 10, [Timed(100.0, 101.0, 0.5, 0.5)] * 298, watched())
    assert found.error_seconds_p99 is None and not found.keeps_schedule


@pytest.mark.parametrize("memory", [[], [(5, 100)], [(0, 100), (5, 900)], [(5, 100), (5, 200)]])
def test_memory_of_one_number_of_sessions_has_no_slope(memory: list[tuple[int, int]]) -> None:
    assert slope(memory) is None


@pytest.mark.parametrize(
    ("changes", "saturated"),
    [({}, False), ({"server_cpu_share": 0.95}, True), ({"server_lateness_seconds_p50": 0.02}, True)],
)
def test_server_that_cannot_keep_up_is_told(changes: dict[str, float], saturated: bool) -> None:
    assert reading(**changes).is_server_saturated is saturated
    assert is_invalid(made(reading(**changes))) is saturated


def test_search_goes_by_the_share_of_the_core_and_ends_near_enough() -> None:
    first = reading(PLAIN, sessions=600, cpu_share=0.4)
    assert next_in_search([], most=5000) == 600
    assert next_in_search([first], most=5000) == 1200
    assert next_in_search([reading(PLAIN, sessions=600, cpu_share=0.01)], most=5000) == 1500
    assert next_in_search([first, reading(PLAIN, sessions=1200, cpu_share=0.78)], most=5000) is None
    assert next_in_search([first] * 4, most=5000) is None
    assert nearest([first, reading(PLAIN, sessions=1200, cpu_share=0.9)]) == 1200


def test_climb_ends_where_prompts_begin_to_be_late_or_in_time() -> None:
    fine, late = reading(sessions=1000), reading(sessions=1000, schedule_delay_seconds_p99=0.02)
    assert next_in_climb([fine], 1000, 5000) == 1300
    assert next_in_climb([late], 1000, 5000) == 769
    assert next_in_climb([late, reading(sessions=769)], 1000, 5000) is None
    assert next_in_climb([fine], 1000, 1000) is None
    assert next_in_climb([reading(server_cpu_share=1.0)], 1000, 5000) is None
    assert (largest([late, reading(sessions=769)]), largest([late]), is_limit_known([fine])) == (769, None, False)


def test_who_comes_first_alternates() -> None:
    assert [name for _, name in rounds_of(3)] == [PLAIN, OURS, OURS, PLAIN, PLAIN, OURS]


def test_errors_are_compared_by_their_size_and_by_round() -> None:
    ratio = ratio_of(whole(), error_p99)
    assert (ratio.ratio, ratio.trials, ratio.verdict) == (pytest.approx(0.05), 6, "better")


@pytest.mark.parametrize(
    ("ours", "held"),
    [
        ({}, [True, True, True, True]),
        ({"error_seconds_p99": 0.0041}, [False, True, True, True]),
        ({"cpu_seconds_per_frame": 37e-6}, [True, False, True, True]),
    ],
)
def test_targets_are_judged(ours: dict[str, float], held: list[bool]) -> None:
    assert [finding.held for finding in findings(whole(**ours))] == held


def test_crowd_that_did_not_come_in_full_misses_its_targets() -> None:
    crowd = reading(OURS, part="crowd", sessions=5000, sessions_connected=4999)
    assert [finding.held for finding in findings(made(crowd))] == [None, None, False, False]


def test_what_the_two_recorded_is_read_alike(tmp_path: Path) -> None:
    turn = Turn(
        id="1.1.1", session="1/1", sessions=1, prompt_characters=5, planned_at=10.0, begun_at=10.5, sent_at=10.5,
        chunks_at=[11.0], chunks_sent_at=[10.9], chunks_spent_seconds=[0.25], outcome="ok",
    )  # fmt: skip
    (tmp_path / "turns-0-1.ndjson").write_bytes(to_line(turn))
    (tmp_path / "plain.json").write_bytes(orjson.dumps([[10.0, 10.5, 0.5, "{1.1.1 0 17 250000} Well"]]))
    for contender in CONTENDERS.values():
        assert list(contender.turns_in(tmp_path)) == [Timed(10.0, 10.5, 0.5, 0.25)]


def test_summary_holds_the_table_and_the_verdicts() -> None:
    text = summary(whole())
    assert text.startswith(
        "## At the same load this generator misreads the p99 of first words by 1 ms, the plain recipe"
    )
    assert "| most people with prompts under 10 ms late, each load once | 2,000 | at least 2,600 |  |" in text
    assert "| rounds with prompts under 10 ms late (p99) | " in text
    assert text.count("- reached: ") == 4 and "Incomplete" not in text
    assert table(whole())[3][1:] == [
        "60.0 µs [60.0 µs, 60.0 µs]",
        "30.0 µs [30.0 µs, 30.0 µs]",
        "\N{MULTIPLICATION SIGN}0.5 [0.50, 0.50]",
    ]


def test_comparison_of_nothing_is_said_to_be_incomplete_and_has_no_chart() -> None:
    nothing = made(complete=False)
    assert "**Incomplete**" in summary(nothing) and "No round was measured" in summary(nothing)
    assert charts.picture("generator", nothing) is None


def test_chart_draws_medians_and_rounds_in_the_unit_it_names() -> None:
    from bench.charts import generator as chart

    figure = chart.draw(whole())
    assert figure
    errors, cpu, late, memory = figure.axes
    assert [round(bar.get_height(), 6) for bar in errors.patches] == [20.0, 1.0]  # type: ignore[attr-defined]
    assert [round(bar.get_height(), 6) for bar in cpu.patches] == [60.0, 30.0]  # type: ignore[attr-defined]
    assert [round(bar.get_height(), 6) for bar in memory.patches] == [18.0, 16.0]  # type: ignore[attr-defined]
    assert [line.get_ydata()[0] for line in late.lines if line.get_gid() == "bound"] == [10.0]  # type: ignore[index]


def test_record_comes_back_as_it_was_written() -> None:
    assert Comparison.model_validate_json(whole().model_dump_json()) == whole()


def test_published_schema_is_that_of_the_code() -> None:
    renew = "run: python -m bench.generator.record > bench/schema/generator.v1.json"
    published = Path(bench.__file__).parent / "schema" / "generator.v1.json"
    assert published.read_text() == json_schema(), renew
