from made_up_certificate import climbed, level, reading, stored

from bench import charts
from bench.charts import certificate as chart


def lines(axes) -> dict[str, list[float]]:
    return {line.get_gid(): [round(y, 6) for y in line.get_ydata()] for line in axes.lines if line.get_gid()}


def test_errors_and_bounds_are_drawn_in_milliseconds():
    errors, biases = chart.draw(climbed()).axes
    drawn = lines(errors)
    assert drawn["line-first words"] == [0.6, 0.8, 1.1, 1.9, 4.1, 9.1]
    assert drawn["line-prompts late"][-1] == 20.0
    assert drawn["bound-readings"][0] == 5.0 and drawn["bound-prompts"][0] == 10.0
    assert lines(biases)["line-first words"] == [0.15, 0.18, 0.2, 0.25, 0.3, 0.7]


def test_loads_are_in_rising_order():
    errors, _ = chart.draw(climbed()).axes
    (line,) = [line for line in errors.lines if line.get_gid() == "line-gaps"]
    assert list(line.get_xdata()) == [150, 300, 600, 1200, 1698, 2400]


def test_certified_range_is_shaded_and_only_that():
    errors, _ = chart.draw(climbed()).axes
    (shade,) = [patch for patch in errors.patches if patch.get_gid() == "certified"]
    assert shade.get_x() + shade.get_width() == 1698
    none, _ = chart.draw(stored(level(ttft=reading(error=0.1)))).axes
    assert not none.patches


def test_number_that_is_not_known_leaves_no_line():
    errors, _ = chart.draw(stored(level(schedule_delay_seconds_p99=None))).axes
    assert "line-prompts late" not in lines(errors)


def test_title_is_the_finding():
    picture = charts.picture("certificate", climbed())
    assert picture.title == "This generator on this machine reads right up to 1,698 chunks a second and 283 people"
    assert "crosses its bound" in picture.look_for


def test_same_certificate_gives_the_same_bytes():
    assert charts.picture("certificate", climbed()) == charts.picture("certificate", climbed())


def test_nothing_is_drawn_of_nothing():
    assert charts.picture("certificate", stored()) is None
