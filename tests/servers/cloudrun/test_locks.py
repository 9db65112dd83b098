import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackagePath, distribution, packages_distributions
from pathlib import Path

import pytest

from tests.servers.cloudrun.dockerfile import let_in
from tests.servers.cloudrun.made_up_gcloud import SCRIPTS

ROOT = SCRIPTS.parents[1]
SERVE, LOAD, WHOLE = SCRIPTS / "requirements.lock", SCRIPTS / "load.lock", ROOT / "requirements.lock"
IGNORE = (SCRIPTS / "Dockerfile.dockerignore").read_text(encoding="utf-8")
OURS = {"servers", "loadtests", "bench"}
TOOLS = {"mypy", "ruff", "playwright", "hypothesis", "google-api-python-client", "zizmor"}
"""Of the developers': none of them has any business in an image."""


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: Path) -> dict[str, set[str]]:
    """What each package is pinned to: versions and hashes, without what they are for."""
    found: dict[str, set[str]] = {}
    for block in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip()):
        lines = [line.strip(" \\") for line in block.splitlines()]
        name = plain(lines[0].partition("==")[0].partition("[")[0])
        version = lines[0].partition("==")[2].partition(" ")[0]
        found.setdefault(name, set()).update([version, *lines[1:]])
    return found


def imported(folder: Path) -> Iterator[str]:
    """The packages, not ours and not Python's, that the code of a folder imports, as far as it gets into an image."""
    for path in folder.rglob("*.py"):
        if not let_in(IGNORE, path.relative_to(ROOT).as_posix()):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for name in names:
                if name.partition(".")[0] not in OURS | set(sys.stdlib_module_names):
                    yield name


@cache
def owners_of() -> Mapping[str, list[str]]:
    return packages_distributions()


@cache
def files_of(owner: str) -> list[PackagePath]:
    return list(distribution(owner).files or [])


@cache
def distributions(module: str) -> set[str]:
    """Who ships a module: `google` alone is shipped by several, so its submodule is looked for among their files."""
    top = module.partition(".")[0]
    owners = {plain(owner) for owner in owners_of().get(top, [])}
    if len(owners) > 1 and "." in module:
        inside = "/".join(module.split(".")[:2])
        owners = {owner for owner in owners if any(str(path).startswith(inside) for path in files_of(owner))}
    return owners


@pytest.mark.parametrize("lock", [SERVE, LOAD], ids=["serve", "load"])
def test_image_has_the_versions_that_are_tested(lock: Path) -> None:
    whole = pins(WHOLE)
    for name, pinned in pins(lock).items():
        assert pinned <= whole[name], f"{name} is pinned otherwise: make lock"


@pytest.mark.parametrize("lock", [SERVE, LOAD], ids=["serve", "load"])
def test_every_package_of_an_image_has_its_hashes_and_none_is_a_developer_s_tool(lock: Path) -> None:
    pinned = pins(lock)
    assert len(pinned) > 20
    for name, entries in pinned.items():
        assert "" not in entries and any(entry.startswith("--hash=sha256:") for entry in entries), name
    assert pinned.keys() & TOOLS == set() and pins(WHOLE).keys() & TOOLS
    assert "://" not in lock.read_text(encoding="utf-8"), "where packages come from is the builder's business"


@pytest.mark.parametrize(
    ("lock", "folders"),
    [(SERVE, ("servers",)), (LOAD, ("servers", "loadtests", "bench"))],
    ids=["serve", "load"],
)
def test_image_has_every_package_that_its_code_imports(lock: Path, folders: tuple[str, ...]) -> None:
    pinned = pins(lock).keys()
    modules = {module for folder in folders for module in imported(ROOT / folder)}
    assert {"flask", "google.genai", "websockets.asyncio.server"} <= modules
    for module in sorted(modules):
        assert distributions(module) & pinned, module


def test_load_image_has_every_package_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {plain(name) for name in project["dependencies"]} <= pins(LOAD).keys(), "make lock"


def test_package_that_is_imported_and_not_pinned_would_be_seen() -> None:
    assert distributions("numpy") == {"numpy"} and "numpy" not in pins(SERVE)
    assert distributions("google.genai") == {"google-genai"}
    assert distributions("googleapiclient") == {"google-api-python-client"}


def test_servers_start_with_what_is_asked_for_by_name() -> None:
    asked = re.findall(r"^[a-z].*$", (SCRIPTS / "requirements.in").read_text(encoding="utf-8"), re.MULTILINE)
    assert asked == sorted(asked)
    assert {plain(name) for name in asked} <= pins(SERVE).keys()
    assert {"gunicorn", "hypercorn"} <= set(asked), "started by their name, and imported by nobody"
