import click
import pytest
from made_up import ELSEWHERE, QUART

from bench.errors import BenchError
from bench.identifying import check_asked, identifying
from loadtests.support.identity import Auth


@click.command()
@click.option("--seed", type=int, default=1)
@identifying
def command(seed: int, auth: Auth) -> tuple[int, Auth]:
    """Gives what it was given."""
    return seed, auth


def called(*arguments: str) -> object:
    return command(list(arguments), standalone_mode=False)


def test_a_command_gets_what_its_options_say_as_one() -> None:
    assert called("--seed", "2") == (2, Auth())
    assert called("--auth", "token-file", "--token-file", "a") == (1, Auth("token-file", "a"))
    assert called("--auth", "gcloud", "--audience", "custom") == (1, Auth("gcloud", audience="custom"))


def test_options_that_make_no_sense_together_are_the_users_to_mend() -> None:
    with pytest.raises(BenchError, match="name it with --token-file PATH"):
        called("--auth", "token-file")


def test_a_token_that_nobody_would_get_is_a_mistake() -> None:
    auth = Auth("gcloud")
    with pytest.raises(BenchError, match="--auth gcloud is of addresses, and no target is one"):
        check_asked(auth, [QUART])
    check_asked(auth, [QUART, ELSEWHERE.model_copy(update={"url": "wss://chat.example"})])
    check_asked(Auth(), [QUART])


def test_the_options_stand_in_the_order_in_which_one_needs_them() -> None:
    text = command.get_help(click.Context(command))
    assert text.index("--auth") < text.index("--token-file") < text.index("--audience")
