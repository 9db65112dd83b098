import pytest

from loadtests.support.id_token import IdToken
from tests.id_tokens import OF_A_PERSON, token

SERVICE = "https://chat.example"


def test_a_token_says_for_whom_it_is_and_when_it_ends() -> None:
    read = IdToken.of(token(SERVICE, 1_900_000_000))
    assert (read.audiences, read.expires_at) == ((SERVICE,), 1_900_000_000.0)
    assert read.is_for(SERVICE) and not read.is_for("https://other.example")


def test_a_token_may_be_for_several() -> None:
    read = IdToken.of(token([SERVICE, "custom"]))
    assert read.is_for("custom") and read.is_for(SERVICE) and not read.is_for("https://other.example")


def test_the_token_of_a_person_names_no_service_and_so_is_for_any() -> None:
    assert IdToken.of(token(OF_A_PERSON)).is_for(SERVICE)
    assert not IdToken.of(token([OF_A_PERSON, "https://other.example"])).is_for(SERVICE)


def test_a_token_does_not_show_itself() -> None:
    text = token(SERVICE)
    assert text not in repr(IdToken.of(text)) and text not in f"{IdToken.of(text)}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "secret.secret",
        "secret.secret.secret",
        "secret.bm90IGpzb24.secret",
        "se cret.e30.secret",
        "secret.e30.secret\r\nX: y",
        "sécret.e30.secret",
        token(SERVICE, "secret"),
        token(SERVICE, True),
        token(SERVICE, -1),
        token(SERVICE, float("inf")),
        token(None),
        token([]),
        token([SERVICE, 1]),
    ],
)
def test_what_is_no_token_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(ValueError, match="is no identity token") as refused:
        IdToken.of(text)
    told = "".join(str(error) for error in (refused.value, refused.value.__cause__))
    assert "secret" not in told and "cret" not in told
