from pathlib import Path

import pytest

import servers
from bench.results import Written
from bench.written import code_lines, differences, options, written
from servers.deployments import DEPLOYMENTS

SOURCE = '''"""What it is.

In two paragraphs.
"""

import os  # for the environment

# of no consequence
LIMIT = 3
"""How many."""


def ask(
    prompt: str,
) -> str:
    """Asks."""
    text = """two
lines"""
    return f"{prompt}{text}"  # and no more
'''


def test_blank_lines_comments_and_docstrings_are_no_code() -> None:
    assert code_lines(SOURCE) == [
        "import os  # for the environment",
        "LIMIT = 3",
        "def ask(",
        "    prompt: str,",
        ") -> str:",
        '    text = """two',
        'lines"""',
        '    return f"{prompt}{text}"  # and no more',
    ]


def test_differences_are_what_each_has_and_the_other_has_not() -> None:
    assert differences(["a", "b", "c"], ["a", "x", "y", "c"]) == (2, 1)
    assert differences(["a"], ["a"]) == (0, 0)
    assert differences([], ["a", "b"]) == (2, 0)


def test_option_stands_on_a_line_with_its_value() -> None:
    lines = options(DEPLOYMENTS["flask-8t"])
    assert lines[:2] == ["gunicorn", "servers.flask_app:app"]
    assert "--threads 8" in lines
    assert lines[-1] == "--no-control-socket"


def test_same_app_with_other_options_differs_by_these() -> None:
    assert written(DEPLOYMENTS["flask-8t"]) == written(DEPLOYMENTS["flask"]).model_copy(
        update={"added": 1, "removed": 1}
    )


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_numbers_add_up_with_those_of_the_twin(name: str) -> None:
    deployment, told = DEPLOYMENTS[name], written(DEPLOYMENTS[name])
    if deployment.twin is None:
        assert told == Written(lines=told.lines)
    else:
        assert told.added is not None and told.removed is not None
        assert told.lines - told.added == written(DEPLOYMENTS[deployment.twin]).lines - told.removed


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_lines_are_those_of_its_files_and_options(name: str) -> None:
    deployment, folder = DEPLOYMENTS[name], Path(servers.__file__).parent
    files = [code_lines((folder / source).read_text(encoding="utf-8")) for source in deployment.sources]
    assert written(deployment).lines == sum(map(len, files)) + len(options(deployment))
