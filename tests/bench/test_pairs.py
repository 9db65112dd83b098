import pytest
from made_up import FLASK, QUART, run

from bench.pairs import bases, pairs
from bench.results import Comparison
from bench.targets import resolve


@pytest.mark.parametrize(
    ("names", "held"),
    [
        (["flask"], []),
        (["flask", "quart"], [("flask", "quart")]),
        (["quart", "flask"], [("quart", "flask")]),
        (["flask", "quart", "raw", "flask-8t"], [("flask", "quart"), ("quart", "raw"), ("flask", "flask-8t")]),
        (["flask", "raw"], [("flask", "raw")]),
        (["quart", "again=quart"], [("quart", "again")]),
        (["there=ws://a:1", "raw", "mine=quart"], [("mine", "raw"), ("there", "mine")]),
    ],
)
def test_target_is_held_against_its_twin_and_else_against_the_first(
    names: list[str], held: list[tuple[str, str]]
) -> None:
    assert pairs(resolve(names)) == held


def test_bases_are_those_that_a_run_was_compared_with() -> None:
    comparison = Comparison(
        scenario="s", sessions=1, metric="m", statistic="p50", base="quart", other="flask", ratio=1.0, low=None,
        high=None, trials=1, verdict="inconclusive",
    )  # fmt: skip
    compared = run(targets=(FLASK, QUART)).model_copy(update={"comparisons": [comparison]})
    assert bases(compared) == {"quart": "flask"}
    assert bases(compared.model_copy(update={"targets": [QUART, FLASK]})) == {"flask": "quart"}
