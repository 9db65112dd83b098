from pathlib import Path

import pytest

from bench import charts
from bench.calibrate.make import calibrate
from bench.calibrate.record import Calibration
from bench.charts import calibration as chart
from servers.fake_gemini.timing import load_profile
from servers.recording.reading import read
from tests.made_up_recording import conversation


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Calibration:
    path: Path = tmp_path_factory.mktemp("recordings") / "it"
    return calibrate([read(conversation(path, load_profile("live-text"), 80))], "mine.toml")


def test_each_panel_has_the_shares_of_both(made):
    panels = chart.draw(made).axes
    assert [axes.get_title(loc="left") for axes in panels] == [
        "time to the first words, ms", "time from chunk to chunk, ms", "words of a reply", "words of a chunk",
    ]  # fmt: skip
    lines = {line.get_gid(): line for line in panels[0].lines}
    recorded = made.distances[0].recorded
    assert list(lines["recorded-0"].get_xdata()) == pytest.approx([1000 * value for value in recorded])
    assert list(lines["recorded-0"].get_ydata())[-1] == 1


def test_bar_is_as_long_as_the_distance_that_is_told(made):
    for index, axes in enumerate(chart.draw(made).axes):
        (bar,) = (line for line in axes.lines if line.get_gid() == f"farthest-{index}")
        low, high = bar.get_ydata()
        assert high - low == pytest.approx(made.distances[index].farthest)


def test_title_is_the_finding_and_the_same_calibration_draws_the_same(made):
    first, second = charts.picture("calibration", made), charts.picture("calibration", made)
    assert first == second
    assert first.title.startswith("The profile cannot be told from the 80 recorded turns")
