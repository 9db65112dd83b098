from made_up import QUART
from made_up_soak import made, soaked

from bench import charts
from bench.charts import soak as chart


def lines(axes):
    return {line.get_gid(): line for line in axes.lines if line.get_gid()}


def test_each_quantity_has_a_panel_with_a_line_for_each_server():
    panels = chart.draw(made()).axes
    assert [axes.get_title(loc="left") for axes in panels] == [
        "Memory of its own (MB)", "Threads", "Descriptors", "Tasks of all event loops",
    ]  # fmt: skip
    memory = lines(panels[0])["memory-quart"]
    assert (memory.get_xdata()[-1], memory.get_ydata()[-1]) == (1790 / 60, 100.0)
    assert memory.get_color() == QUART.colour
    assert {"tasks-flask", "tasks-quart"} <= lines(panels[3]).keys()


def test_server_that_does_not_tell_its_tasks_has_no_line_there():
    silent = soaked()
    silent.looks = [look.model_copy(update={"tasks": None}) for look in silent.looks]
    assert "tasks-quart" not in lines(chart.draw(made(silent)).axes[3])


def test_soak_without_looks_has_no_chart():
    assert chart.draw(made(soaked(looks=[]))) is None


def test_title_is_the_finding_and_the_same_soak_draws_the_same():
    first, second = charts.picture("soak", made()), charts.picture("soak", made())
    assert first == second
    assert first.title.startswith("Flask gives back what it takes")
