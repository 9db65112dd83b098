import pytest
from made_up_gate import CPU, LATE_TTFT, MEMORY, STOP, USUAL, begun, losing, made, spoiled, to, without

from bench import charts
from bench.charts import gate as chart, style
from bench.gate.conclude import judge
from bench.gate.gated import GATED
from bench.gate.record import Arm
from bench.results import Statistics

NAME = "cpu_seconds_per_turn"


def axes_of(gate):
    (axes,) = chart.draw(gate).axes
    return axes


def lines(gate):
    return {line.get_gid(): line for line in axes_of(gate).lines if line.get_gid()}


def texts(gate) -> list[str]:
    return [text.get_text() for text in axes_of(gate).texts]


def silent(measured):
    metrics = {**measured.metrics, "stop_seconds": Statistics(count=50, values={"p50": 0.0})}
    return measured.model_copy(update={"metrics": metrics})


def test_every_block_that_counts_is_a_dot_at_its_ratio():
    gate = made({CPU: 1.3}, 22, change=spoiled([1, 2]))
    drawn = list(lines(gate)[f"blocks-{NAME}"].get_xdata())
    pairs = {}
    for trial in gate.trials:
        pairs.setdefault(trial.trial, {})[trial.target] = trial.metrics[NAME].values["value"]
    assert drawn == pytest.approx([pairs[block]["head"] / pairs[block]["base"] for block in range(3, 23)])


def test_estimate_and_interval_are_those_that_were_decided():
    gate = made({CPU: 1.3})
    drawn, cpu = lines(gate), gate.decisions[0]
    assert list(drawn[f"ratio-{NAME}"].get_xdata()) == [cpu.ratio.center]
    assert list(drawn[f"interval-{NAME}"].get_xdata()) == [cpu.ratio.low, cpu.ratio.high]
    assert drawn[f"ratio-{NAME}"].get_color() == style.STALE and drawn[f"ratio-{NAME}"].get_marker() == "X"
    assert drawn["ratio-stop_seconds.p50"].get_color() == style.STAMPS["VALID"]


def test_green_zone_ends_where_the_margin_does_or_the_floor_if_that_is_more():
    axes = axes_of(made())
    ends = {patch.get_gid(): patch.get_x() + patch.get_width() for patch in axes.patches}
    assert ends == pytest.approx({f"allowed-{gated.name}": 1 + gated.margin for gated in GATED})

    def quick(measured):
        return measured.model_copy(
            update={"metrics": {**measured.metrics, "stop_seconds": Statistics(count=50, values={"p50": 0.1})}}
        )

    (stop,) = [patch for patch in axes_of(made(change=quick)).patches if patch.get_gid() == "allowed-stop_seconds.p50"]
    assert stop.get_x() + stop.get_width() == pytest.approx(1.2)  # 20 ms more than 100


def test_rows_are_those_of_the_decisions_from_above_and_lost_turns_last():
    gate = made({CPU: 1.5}, change=losing(2))
    said = texts(gate)
    titles = [decided.title.partition(", p")[0] for decided in gate.decisions]
    assert [text for text in said if text in {*titles, "Turns lost"}] == [*titles, "Turns lost"]
    assert "0 to 40, all blocks" in said and "more in 20 blocks" in said and "lost_chunk 40" in said
    assert said.count("FAIL") == 2 and said.count("PASS") == 4
    low, high = axes_of(gate).get_ylim()
    assert high < 0 and low > len(gate.decisions)


def test_what_is_0_has_no_ratio_and_says_so():
    gate = made(change=silent)
    assert "no ratio: it is 0 in some block" in texts(gate)
    assert not any("stop_seconds" in gid for gid in lines(gate))


def test_what_was_not_measured_says_so():
    assert "no block has it of both" in texts(made(change=without(CPU, arms=["head"])))
    assert texts(made(blocks=0)).count("no block has it of both") == len(GATED)


def test_blocks_that_the_head_did_not_answer_are_arrows_and_leave_the_scale_as_it_is():
    gate = made(change=without(STOP, range(1, 4), ["head"]))
    drawn, (_, high) = lines(gate), axes_of(gate).get_xlim()
    assert high == axes_of(made()).get_xlim()[1] < 2
    assert list(drawn["beyond-stop_seconds.p50"].get_xdata()) == [high] * 3
    assert len(drawn["blocks-stop_seconds.p50"].get_xdata()) == 17
    assert any(text.startswith("p50, ") and text.endswith(", too few turns in 3 blocks") for text in texts(gate))
    nothing = texts(made(change=without(STOP, arms=["head"])))
    assert "p50, not measured, too few turns in 20 blocks" in nothing
    assert "the head answered too few turns" in nothing and "no block has it of both" not in nothing


def test_what_some_blocks_alone_have_says_in_how_many():
    said = texts(made(change=without(CPU, range(1, 8))))
    assert [text for text in said if text.endswith(" of 20 blocks")] == ["5 ms to 5 ms, in 13 of 20 blocks"]


def test_no_word_of_a_row_runs_into_another():
    """Of the longest there are: both values, an interval, and what is missing."""
    gate = made({STOP: 1.2345}, change=without(STOP, range(1, 13), ["head"]))
    figure = chart.draw(gate)
    figure.canvas.draw()
    (axes,) = figure.axes
    boxes = [text.get_window_extent() for text in axes.texts]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert not any(one.overlaps(other) for at, one in enumerate(boxes) for other in boxes[:at])


def test_one_block_is_a_dot_without_an_interval():
    drawn = lines(made(blocks=1))
    assert len(drawn[f"blocks-{NAME}"].get_xdata()) == 1
    assert not any(gid.startswith("interval-") for gid in drawn)


def test_ratios_beyond_the_edge_are_arrows_at_it():
    gate = made({CPU: 40.0, MEMORY: 0.01})
    drawn, (low, high) = lines(gate), axes_of(gate).get_xlim()
    assert (low, high) == pytest.approx((1 / chart.WIDEST, chart.WIDEST))
    assert set(drawn[f"beyond-{NAME}"].get_xdata()) == {chart.WIDEST}
    assert drawn[f"beyond-{NAME}"].get_marker() == drawn[f"ratio-{NAME}"].get_marker() == ">"
    assert drawn["ratio-memory_bytes_per_session"].get_marker() == "<"
    assert f"blocks-{NAME}" not in drawn
    assert all(low <= tick <= high for tick in axes_of(gate).get_xticks())


@pytest.mark.parametrize("ratio", [1.0, 1.2, 1.5, 1.8, 1.95, 2.5, 3.7, 6.0, 15.0, 90.0])
def test_scale_has_a_handful_of_ticks_and_1_in_its_middle(ratio):
    axes = axes_of(made({CPU: ratio}))
    ticks = list(axes.get_xticks())
    assert 3 <= len(ticks) <= 10 and 1 in ticks
    low, high = axes.get_xlim()
    assert low * high == pytest.approx(1)


@pytest.mark.parametrize(
    ("gate", "title"),
    [
        (made(), "PASS: quart at HEAD (987654321) is no worse than allowed"),
        (
            made({CPU: 1.5, LATE_TTFT: 2.0}, change=losing(1)),
            "FAIL: quart at HEAD (987654321) is worse in CPU, first words p95, lost turns",
        ),
        (
            made({CPU: 1.5, LATE_TTFT: 2.0}, accepted=[NAME]),
            "FAIL: quart at HEAD (987654321) is worse in first words p95; accepted as it is: CPU",
        ),
        (
            made({CPU: 1.5}, accepted=[NAME]),
            "PASS: quart at HEAD (987654321) is no worse than allowed; accepted as it is: CPU",
        ),
        (
            made(change=without(CPU, arms=["head"])),
            "INCONCLUSIVE: whether quart at HEAD (987654321) is worse is not decided for CPU",
        ),
        (
            made(change=without(STOP, arms=["head"])),
            "FAIL: quart at HEAD (987654321) is worse in stop",
        ),
    ],
)
def test_title_is_the_verdict_and_what_it_is_due_to(gate, title):
    assert charts.picture("gate", gate).title == title


def test_long_title_is_never_cut():
    """Not even where everything fails, of a branch with a long name."""
    gate = made(dict.fromkeys(USUAL, 2.0), change=losing(1), head=Arm(ref="feature/" + "name-" * 9, build="bbbb2222"))
    assert charts.picture("gate", gate).title == chart.title(gate)


@pytest.mark.parametrize(
    ("gate", "stamp"),
    [
        (made(), "VALID"),
        (made({CPU: 1.5}, change=to("head", [1], build="x")), "INVALID"),
        (judge(made({CPU: 1.08}, noise=0.05).model_copy(update={"complete": False})), "VALID, INCOMPLETE"),
    ],
)
def test_stamp_says_whether_it_may_be_believed(gate, stamp):
    assert [text.get_text() for text in chart.draw(gate).texts if text.get_gid() == "stamp"] == [stamp]


def test_what_was_accepted_says_so_in_its_row():
    assert texts(made({CPU: 1.5}, accepted=[NAME])).count("accepted") == 1


def test_many_kinds_of_lost_turns_are_cut_to_what_fits():
    failures = {f"closed_with_{code}": 7 for code in range(1000, 1020)}
    gate = made(change=to("head", [1, 2], failures=failures))
    (why,) = [text for text in axes_of(gate).texts if (text.get_gid() or "").startswith("text-")]
    assert why.get_text().count("\n") == 1 and why.get_text().endswith(" ...")


def test_same_record_gives_the_same_bytes():
    assert charts.picture("gate", made()) == charts.picture("gate", made())


def test_nothing_is_drawn_of_nothing():
    assert charts.picture("gate", judge(begun())) is None
