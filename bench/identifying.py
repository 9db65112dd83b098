"""The options by which a command that loads addresses shows who it is, for every command that takes them."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

import click

from bench.errors import BenchError
from bench.results import Target
from loadtests.support.identity import MODES, Auth

Returned = TypeVar("Returned")

_OPTIONS = (
    click.option(
        "--auth",
        type=click.Choice(MODES),
        default="none",
        show_default=True,
        help="Send an identity token to addresses, as private services on Cloud Run demand: what gcloud prints, from "
        "Application Default Credentials, from the metadata server, or from a file.",
    ),
    click.option("--token-file", metavar="PATH", help="Of --auth token-file: read again whenever a token is due."),
    click.option(
        "--audience", metavar="URL", help="Whom the token is for.  [default: https://HOST[:PORT] of each address]"
    ),
)


def identifying(command: Callable[..., Returned]) -> Callable[..., Returned]:
    """Adds the three options, and hands the command what they say as one: `auth`. Raises BenchError."""

    @wraps(command)
    def identified(auth: str, token_file: str | None, audience: str | None, **options: Any) -> Returned:
        try:
            chosen = Auth.of(auth, token_file, audience)
        except ValueError as mistake:
            raise BenchError(str(mistake)) from mistake
        return command(auth=chosen, **options)

    for option in reversed(_OPTIONS):
        identified = option(identified)
    return identified


def check_asked(auth: Auth, targets: Sequence[Target]) -> None:
    """Raises BenchError where nobody is called who could ask who calls."""
    if auth.mode != "none" and not any(target.url for target in targets):
        raise BenchError(
            f"--auth {auth.mode} is of addresses, and no target is one: leave it away, or give NAME=https://HOST"
        )
