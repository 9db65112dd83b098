"""`report.html` of a search for capacities: in the manner of a run's page, and like it needing nothing but itself."""

from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from bench import units
from bench.capacity import trials, words
from bench.capacity.record import Capacity
from bench.charts import Picture
from bench.charts.data import colour_of
from bench.charts.vector import inline


def page(capacity: Capacity, picture: Picture | None) -> str:
    """Every text in it that comes from the record is escaped."""
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(trials=trials, words=words, units=units, colour_of=colour_of)
    chart = Markup(inline(picture.svg, picture.title)) if picture else ""
    html = environment.get_template("capacity.html").render(
        capacity=capacity,
        picture=picture,
        chart=chart,
        title=words.title(capacity),
        sentences=[words.sentence(capacity, held) for held in capacity.held],
    )
    return html.strip() + "\n"


def _template(name: str) -> str:
    return (files("bench") / "page" / name).read_text(encoding="utf-8")
