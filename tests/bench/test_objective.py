import pytest
from hypothesis import given, strategies as st
from made_up import trial

from bench.errors import BenchError
from bench.metrics import METRICS
from bench.objective import DEFAULT, PATIENCE_SECONDS, Condition, judge, parse
from bench.results import Statistics

WELL = {"ttft_from_plan_seconds p95": 1.2, "failures_ratio value": 0.0, "unserved_ratio value": 0.0}


def conditions(text: str) -> list[tuple[str, str, str, float]]:
    """What an objective asks for, without what is added to each."""
    return [
        (condition.metric, condition.statistic, condition.sign, pytest.approx(condition.bound))
        for condition in parse(text).conditions
        if condition.metric != "unserved_ratio"
    ]


def answer(text: str, numbers: dict[str, float | None]) -> str:
    return judge(parse(text).examine(trial(numbers=numbers)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ttft_added p95 <= 0.1s", ("ttft_added_seconds", "p95", "<=", 0.1)),
        ("ttft_added_seconds p95 <= 100 ms", ("ttft_added_seconds", "p95", "<=", 0.1)),
        ("ttft<1.5s", ("ttft_seconds", "p95", "<", 1.5)),
        ("  ttft   p50<   .25   s ", ("ttft_seconds", "p50", "<", 0.25)),
        ("failures <= 1%", ("failures_ratio", "value", "<=", 0.01)),
        ("failures <= 0.01", ("failures_ratio", "value", "<=", 0.01)),
        ("goodput >= 99 %", ("goodput_ratio", "value", ">=", 0.99)),
        ("memory <= 300MB", ("memory_bytes", "value", "<=", 3e8)),
        ("memory_bytes_per_session < 200 kB", ("memory_bytes_per_session", "value", "<", 2e5)),
        ("threads <= 100", ("threads", "value", "<=", 100)),
        ("leaked_chunks max <= 0", ("leaked_chunks", "max", "<=", 0)),
        ("turns_per_second > 40", ("turns_per_second", "value", ">", 40)),
        ("stop <= 0", ("stop_seconds", "p95", "<=", 0)),
    ],
)
def test_condition_is_read_with_its_metric_statistic_and_unit(text: str, expected: tuple[str, str, str, float]) -> None:
    assert conditions(text) == [expected]


@given(st.sampled_from(list(METRICS.values())), st.data())
def test_every_metric_and_statistic_there_is_can_be_asked_for(metric, data) -> None:
    statistic = data.draw(st.sampled_from(list(metric.statistics)))
    sign = data.draw(st.sampled_from({"lower": ["<", "<="], "higher": [">", ">="], None: ["<", "<="]}[metric.better]))
    number, unit = {"s": (20, "ms"), "B": (3, "MB"), "ratio": (2, "%")}.get(metric.unit, (7, ""))
    (found, *_) = conditions(f"{metric.name} {statistic} {sign} {number}{unit}") or [None]
    if metric.name != "unserved_ratio":
        factor = {"ms": 1e-3, "MB": 1e6, "%": 1e-2, "": 1}[unit]
        assert found == (metric.name, statistic, sign, pytest.approx(number * factor))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "cannot read ''"),
        ("ttft p95 <= 1s,", "cannot read ''"),
        ("fast", "cannot read 'fast'; write it as in"),
        ("ttft p95 = 1s", "cannot read"),
        ("ttft p95 <= 1s and failures <= 1%", "cannot read"),
        ("tfft p95 <= 1s", "there is no metric 'tfft'; choose from ttft, ttft_from_plan"),
        ("ttft p96 <= 1s", "ttft_seconds has no 'p96'; choose from p50, p90, p95"),
        ("failures p95 <= 1%", "failures_ratio has no 'p95'; choose from value"),
        ("ttft p95 <= 1", "needs another unit: ttft_seconds is given in ms or s"),
        ("ttft p95 <= 1%", "needs another unit"),
        ("memory <= 300", "memory_bytes is given in kB or MB or GB"),
        ("threads <= 100 s", "threads is given in no unit"),
        ("failures <= 130%", "has a share beyond 100 %"),
        ("failures <= 1", "can hardly be missed, for the bound is 100 %; write it as in 1%"),
        ("failures <= -1%", "has a bound below 0"),
        ("failures < 0", "can never be met; include the bound itself, with <="),
        ("goodput > 100%", "can never be met; include the bound itself, with >="),
        ("ttft p95 >= 1s", "lower is better; turn it round with <="),
        ("goodput < 90%", "higher is better; turn it round with >"),
    ],
)
def test_what_is_no_objective_is_refused_with_what_to_do(text: str, complaint: str) -> None:
    with pytest.raises(BenchError, match=f"^objective: .*{complaint}") as refused:
        parse(text)
    assert "\n" not in str(refused.value)


def test_whatever_is_typed_is_read_or_refused_in_one_line() -> None:
    @given(st.text(alphabet="tfailurespm_ 0159.<>=,%-sMB", max_size=30))
    def try_it(text: str) -> None:
        try:
            assert all(isinstance(condition, Condition) for condition in parse(text).conditions)
        except BenchError as error:
            assert "\n" not in str(error)

    try_it()


def test_objective_is_held_where_every_condition_is_met() -> None:
    assert answer(DEFAULT, WELL) == "held"


def test_bound_itself_still_holds_and_what_is_strict_does_not() -> None:
    assert answer("ttft p95 <= 1s, unserved <= 1%", {"ttft_seconds p95": 1.0, "unserved_ratio value": 0.01}) == "held"
    assert answer("ttft p95 < 1s", {"ttft_seconds p95": 1.0, "unserved_ratio value": 0.0}) == "missed"


@pytest.mark.parametrize("name", WELL)
def test_one_condition_that_is_missed_decides(name: str) -> None:
    assert answer(DEFAULT, {**WELL, name: 3.0}) == "missed"


def test_percentile_with_too_few_values_is_not_known_and_says_how_many_it_needs() -> None:
    examined = parse(DEFAULT).examine(trial(numbers={**WELL, "ttft_from_plan_seconds p95": None}, count=31))
    assert judge(examined) == "not known"
    assert (examined[0].met, examined[0].count, examined[0].needed) == (None, 31, 59)


def test_metric_that_was_not_measured_is_not_known() -> None:
    examined = parse("stop p50 <= 1s").examine(trial(numbers=WELL))
    assert judge(examined) == "not known"
    assert (examined[0].value, examined[0].count) == (None, 0)


def test_what_is_missed_is_missed_whatever_else_is_not_known() -> None:
    assert answer(DEFAULT, {"failures_ratio value": 0.5}) == "missed"


def test_nobody_may_be_left_out_unless_the_objective_allows_it() -> None:
    crowded = {"ttft_seconds p95": 0.6, "unserved_ratio value": 0.02}
    assert answer("ttft p95 <= 1s", crowded) == "missed"
    assert answer("ttft p95 <= 1s, unserved <= 5%", crowded) == "held"
    assert parse("ttft p95 <= 1s").text == "ttft p95 <= 1s, unserved <= 0%"


def test_turns_are_held_to_the_bound_on_first_words() -> None:
    assert parse(DEFAULT).patience_seconds == 1.5
    assert parse("ttft p50 <= 800ms").patience_seconds == pytest.approx(0.8)
    assert parse("ttft_added <= 100ms").patience_seconds == PATIENCE_SECONDS


def test_numbers_that_were_measured_are_those_that_are_judged() -> None:
    one = trial(metrics={"ttft_seconds": Statistics(count=80, values={"p50": 0.5, "p95": 0.9})})
    (first, *_) = parse("ttft p95 <= 1s").examine(one)
    assert (first.value, first.count, first.met) == (0.9, 80, True)
