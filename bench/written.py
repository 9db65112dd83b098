"""What a target took to write: the lines of code that it has to itself, and how they differ from those of its twin.

Blank lines, comments and docstrings are no code. The options that it is started with are, a line each.
"""

import ast
import io
import tokenize
from collections.abc import Sequence
from difflib import SequenceMatcher
from importlib.resources import files
from itertools import chain

from bench.results import Written
from servers.deployments import DEPLOYMENTS, Deployment

_NO_CODE = frozenset(
    {
        tokenize.COMMENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
        tokenize.INDENT,
        tokenize.NEWLINE,
        tokenize.NL,
    }
)


def written(deployment: Deployment) -> Written:
    """As the files say now. Raises OSError where one is missing."""
    own = _lines_of(deployment)
    if deployment.twin is None:
        return Written(lines=len(own))
    added, removed = differences(_lines_of(DEPLOYMENTS[deployment.twin]), own)
    return Written(lines=len(own), added=added, removed=removed)


def differences(base: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How many lines `other` has that `base` has not, and the other way round."""
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    same = sum(block.size for block in blocks)
    return len(other) - same, len(base) - same


def code_lines(source: str) -> list[str]:
    """The lines with code, as they are indented. Raises SyntaxError where it is no Python."""
    told = {number for node in ast.walk(ast.parse(source)) if _is_docstring(node) for number in _numbers(node)}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    spans = (range(token.start[0], token.end[0] + 1) for token in tokens if token.type not in _NO_CODE)
    numbers = sorted(set(chain.from_iterable(spans)) - told)
    lines = source.splitlines()
    return [lines[number - 1].rstrip() for number in numbers]


def options(deployment: Deployment) -> list[str]:
    """What it is started with: what stands before the first option, word by word, then each option with its value."""
    lines: list[str] = []
    for word in deployment.command:
        if lines and lines[-1].startswith("--") and " " not in lines[-1] and not word.startswith("--"):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _lines_of(deployment: Deployment) -> list[str]:
    folder = files("servers")
    sources = ((folder / source).read_text(encoding="utf-8") for source in deployment.sources)
    return [line for source in sources for line in code_lines(source)] + options(deployment)


def _is_docstring(node: ast.AST) -> bool:
    """Those of attributes too, which are strings that stand alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _numbers(node: ast.AST) -> range:
    assert isinstance(node, ast.Expr)
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)
