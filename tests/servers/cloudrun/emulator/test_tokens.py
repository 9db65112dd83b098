import time

import pytest
from google.auth import jwt

from servers.cloudrun.emulator.identities import ACCOUNT, GCLOUD, PERSON
from servers.cloudrun.emulator.tokens import Authority, Forbidden, Unauthorized, without_signature

URL = "https://127.0.0.1:1"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.mark.parametrize(("audience", "email"), [(URL, ACCOUNT), (URL, PERSON), (GCLOUD, PERSON)])
def test_token_for_a_service_is_good_there(authority: Authority, audience: str, email: str) -> None:
    assert authority.check(authority.token(audience, email), ["https://other", URL]) == email


def test_claims_are_those_of_google_s_tokens(authority: Authority) -> None:
    claims = jwt.decode(authority.token(URL, ACCOUNT), verify=False)
    assert (claims["aud"], claims["email"], claims["iss"]) == (URL, ACCOUNT, "https://accounts.google.com")
    assert claims["exp"] - claims["iat"] == 3600


@pytest.mark.parametrize(
    ("made_ago_seconds", "audience", "email", "why"),
    [
        (3700, URL, ACCOUNT, "expired"),
        (-100, URL, ACCOUNT, "early"),
        (0, f"{URL}/live", ACCOUNT, "wrong audience"),
        (0, GCLOUD, ACCOUNT, "has to be meant for the service"),
    ],
)
def test_token_that_will_not_do_is_refused(
    authority: Authority, made_ago_seconds: float, audience: str, email: str, why: str
) -> None:
    with pytest.raises(Unauthorized, match=why):
        authority.check(authority.token(audience, email, time.time() - made_ago_seconds), [URL])


@pytest.mark.parametrize("token", ["x", "a.b.c", "\udcff.b.c"])
def test_what_is_no_token_is_refused(authority: Authority, token: str) -> None:
    with pytest.raises(Unauthorized):
        authority.check(token, [URL])


@pytest.mark.parametrize("token", [None, ""])
def test_who_shows_no_token_may_not_call(authority: Authority, token: str | None) -> None:
    with pytest.raises(Forbidden):
        authority.check(token, [URL])


def test_token_without_its_signature_is_good_for_nothing(authority: Authority) -> None:
    stripped = without_signature(authority.token(URL, ACCOUNT))
    assert jwt.decode(stripped, verify=False)["email"] == ACCOUNT
    with pytest.raises(Unauthorized):
        authority.check(stripped, [URL])


def test_stranger_is_known_and_kept_out(authority: Authority) -> None:
    with pytest.raises(Forbidden, match=r"stranger@example\.com may not call"):
        authority.check(authority.token(URL, "stranger@example.com"), [URL])
