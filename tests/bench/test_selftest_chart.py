from itertools import pairwise

import pytest
from made_up_gate import CPU, LATE_TTFT, STOP, TTFT, spoiled
from made_up_selftest import FOUND, begun, made, without_fault
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from bench import charts
from bench.charts import selftest as chart, style
from bench.selftest.faults import SAME
from bench.selftest.judge import judge

HUGE = made(found={**FOUND, "sleep": {TTFT: 478.0, LATE_TTFT: 9.9, STOP: 478.0, CPU: 12.0}}, noise=0.12)
LONG = made()
LONG = LONG.model_copy(
    update={"checks": [c.model_copy(update={"what": f"{c.what}, with many more words to it"}) for c in LONG.checks]}
)
RED = made(15, found={**FOUND, SAME: {CPU: 1.4}, "memory": {}}, noise=0.08, change=spoiled(range(1, 6), "drop"))


def texts(test):
    (axes,) = chart.draw(test).axes
    return [text.get_text() for text in axes.texts]


def frames(test):
    (axes,) = chart.draw(test).axes
    return {patch.get_gid(): patch for patch in axes.patches if patch.get_gid()}


def test_every_fault_has_a_row_and_a_frame_where_it_has_to_show():
    test = made()
    said = texts(test)
    assert [text for text in said if text in {check.what for check in test.checks}] == [c.what for c in test.checks]
    assert {gid: int(patch.get_x()) for gid, patch in frames(test).items()} == {
        "framed-1": 0, "framed-2": 2, "framed-3": 1, "framed-4": 5,
    }  # fmt: skip
    assert {to_hex(patch.get_edgecolor()).upper() for patch in frames(test).values()} == {style.STALE}
    assert said.count("as it has to be") == 6 and said.count("FAIL") == 4


def test_what_was_missed_is_wrong_and_what_was_spoiled_says_nothing():
    said = texts(RED)
    assert said.count("WRONG") == 2 and said.count("says nothing") == 1 and said.count("as it has to be") == 3
    assert "INVALID: spoiled blocks" in said and "INVALID: the arms are not what was asked for" in said


@pytest.mark.parametrize(
    ("test", "stamp"),
    [
        (made(), "VALID"),
        (made(found=without_fault("cpu")), "INVALID"),
        (made(complete=False), "INVALID, INCOMPLETE"),
    ],
)
def test_stamp_says_whether_the_gate_may_be_believed(test, stamp):
    assert [text.get_text() for text in chart.draw(test).texts if text.get_gid() == "stamp"] == [stamp]
    assert charts.picture("selftest", test).title == test.headline


def test_row_of_the_blind_gate_is_told_of_where_there_is_one():
    ended = judge(made().model_copy(update={"trials": made().trials[:12], "complete": False}))
    told = [" ".join(text.get_text() for text in chart.draw(test).texts) for test in (made(), ended)]
    assert "The last row is a gate that serves the base twice." in told[0] and "The last row" not in told[1]


def test_huge_ratios_stand_without_their_interval():
    said = texts(HUGE)
    assert not any("[" in text and len(text) > 22 for text in said)
    assert any(text.startswith("\N{MULTIPLICATION SIGN}4") and "\n" not in text for text in said)


@pytest.mark.parametrize("test", [made(), RED, HUGE, LONG], ids=["green", "red", "huge", "long"])
def test_nothing_is_drawn_over_anything_else_or_beyond_the_sheet(test):
    with rc_context(style.SETTINGS):
        figure = chart.draw(test)
        renderer = FigureCanvasAgg(figure).get_renderer()
        (axes,) = figure.axes
        boxes = [text.get_window_extent(renderer) for text in axes.texts]
        rows = {}
        for box in boxes:
            rows.setdefault(round((box.y0 + box.y1) / 2), []).append(box)
        for row in rows.values():
            ordered = sorted(row, key=lambda box: box.x0)
            assert all(one.x1 < other.x0 for one, other in pairwise(ordered))
        left = axes.transData.transform((0, 0))[0]
        names = [text for text in axes.texts if (text.get_gid() or "").startswith("fault-")]
        assert len(names) == len(test.checks)
        assert all(text.get_window_extent(renderer).x1 < left for text in names)
        assert max(box.x1 for box in boxes) < figure.bbox.x1 * style.RIGHT and min(box.x0 for box in boxes) > 0


def test_numbers_fit_into_their_cells():
    with rc_context(style.SETTINGS):
        figure = chart.draw(HUGE)
        renderer = FigureCanvasAgg(figure).get_renderer()
        (axes,) = figure.axes
        cell = axes.transData.transform((0.92, 0))[0] - axes.transData.transform((0, 0))[0]
        numbers = [text for text in axes.texts if text.get_text().startswith("\N{MULTIPLICATION SIGN}")]
        assert len(numbers) == 25 and all(text.get_window_extent(renderer).width <= cell for text in numbers)


def test_same_record_gives_the_same_bytes():
    assert charts.picture("selftest", made()) == charts.picture("selftest", made())


def test_nothing_is_drawn_of_nothing():
    assert charts.picture("selftest", judge(begun())) is None
