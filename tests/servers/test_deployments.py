import importlib.util
import re
import sys
from itertools import combinations
from pathlib import Path

import pytest

from servers import deployments, hypercorn, uvicorn
from servers.deployments import DEPLOYMENTS, Deployment
from servers.settings import LONGEST_CHARACTER_BYTES, MAX_MESSAGE_BYTES

everywhere = pytest.mark.parametrize("deployment", DEPLOYMENTS.values(), ids=list(DEPLOYMENTS))

STYLES = {
    "servers.flask_app:app": "blocking",
    "servers.quart_app:app": "non-blocking",
    "servers.raw_app": "non-blocking",
    "servers.demo_app:app": "non-blocking",
    "servers.flask_duplex_app:app": "blocking",
}
MANAGERS = {
    "gunicorn": "gunicorn gthread",
    "servers.hypercorn": "hypercorn uvloop",
    "servers.uvicorn": "uvicorn uvloop",
    "servers.raw_app": "picows uvloop",
    "hypercorn": "hypercorn asyncio",
}
"""What a module that is run is called in a label."""
OURS = [deployment for name, deployment in DEPLOYMENTS.items() if name != "demo"]
"""Those that are compared on equal terms: the demo is served as its authors do."""


def option(deployment: Deployment, name: str) -> str:
    """The value of a command-line option of a deployment."""
    return deployment.command[deployment.command.index(name) + 1]


@everywhere
def test_deployment_stands_under_its_name(deployment: Deployment) -> None:
    assert DEPLOYMENTS[deployment.name] is deployment


@everywhere
def test_command_runs_under_this_interpreter_at_the_address_asked_for(deployment: Deployment) -> None:
    command = deployment.command_line("127.0.0.9", 4711)
    assert command[:2] == [sys.executable, "-m"]
    assert "127.0.0.9:4711" in command
    assert not re.search(r"[{}]", " ".join(command))


@everywhere
def test_command_starts_a_module_that_exists(deployment: Deployment) -> None:
    module = importlib.util.find_spec(deployment.command[0])
    assert module
    assert not module.submodule_search_locations or importlib.util.find_spec(f"{module.name}.__main__")


@everywhere
def test_style_is_that_of_the_app(deployment: Deployment) -> None:
    assert deployment.style == STYLES[deployment.app]


@everywhere
def test_threads_that_bound_it_stand_in_label_and_command(deployment: Deployment) -> None:
    assert (deployment.style == "blocking") == (deployment.threads is not None)
    if deployment.threads is not None:
        assert f"{deployment.threads} threads" in deployment.label
        assert option(deployment, "--threads") == str(deployment.threads)
        assert option(deployment, "--workers") == "1"


@everywhere
def test_process_manager_stands_in_the_label(deployment: Deployment) -> None:
    assert MANAGERS[deployment.command[0]] in deployment.label


def test_labels_and_colours_tell_deployments_apart() -> None:
    for one, other in combinations(DEPLOYMENTS.values(), 2):
        assert one.label != other.label
        assert one.colour != other.colour


@everywhere
def test_twin_is_another_entry(deployment: Deployment) -> None:
    assert deployment.twin != deployment.name
    assert (deployment.twin is None) == (deployment is next(iter(DEPLOYMENTS.values())))
    assert deployment.twin is None or deployment.twin in DEPLOYMENTS


@everywhere
def test_sources_exist_and_hold_the_app(deployment: Deployment) -> None:
    folder = Path(deployments.__file__).parent
    assert all((folder / source).is_file() for source in deployment.sources)
    assert f"{deployment.app.partition(':')[0].removeprefix('servers.')}.py" in deployment.sources


@everywhere
def test_about_is_one_sentence(deployment: Deployment) -> None:
    assert re.fullmatch(r"[A-Z][^.]*\.", deployment.about)


@everywhere
def test_colour_is_written_in_hexadecimal(deployment: Deployment) -> None:
    assert re.fullmatch("#[0-9A-F]{6}", deployment.colour)


@pytest.mark.parametrize("name", ["--graceful-timeout", "--backlog", "--log-level"])
def test_all_servers_but_the_demo_are_given_the_same(name: str) -> None:
    assert len({option(deployment, name) for deployment in OURS}) == 1


def test_demo_is_served_as_its_image_does() -> None:
    assert DEPLOYMENTS["demo"].command == ("hypercorn", "servers.demo_app:app", "--bind", "{host}:{port}")


def test_longest_message_is_the_same_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://127.0.0.1:1")
    from servers import flask_app

    assert flask_app.app.config["SOCK_SERVER_OPTIONS"]["max_message_size"] == MAX_MESSAGE_BYTES
    from servers import flask_duplex_app

    assert flask_duplex_app.app.config["SOCK_SERVER_OPTIONS"]["max_message_size"] == MAX_MESSAGE_BYTES
    assert hypercorn.read_config(arguments("quart")).websocket_max_message_size == MAX_MESSAGE_BYTES
    # It counts bytes, and leaves it to the class of its WebSockets to count as the others do.
    assert uvicorn.read_config(arguments("quart-uvicorn")).ws_max_size == MAX_MESSAGE_BYTES * LONGEST_CHARACTER_BYTES


def arguments(name: str) -> list[str]:
    """What the module that serves a deployment is given."""
    return DEPLOYMENTS[name].command_line("127.0.0.1", 1)[3:]
