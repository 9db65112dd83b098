"""Who may come back to which conversation, and by what."""

import json
import re
import time

import pytest

from servers.farewells import Refused
from servers.resumption import COOKIE, TOKEN_SECONDS, Resumption, Ticket, cookie_for

SECRET = "a secret that several servers share"
ALICE, BOB = "A" * 43, "B" * 43
HANDLE = "45db4869-1c1c-4a3c-9d5a-d6a2a5b1c0de"


def headers(*subprotocols: str, visitor: str | None = None) -> dict[str, str]:
    cookie = {"cookie": f"theme=dark; {COOKIE}={visitor}"} if visitor else {}
    return {"sec-websocket-protocol": ", ".join(subprotocols), **cookie}


def token_for(resumption: Resumption, visitor: str | None = None, handle: str = HANDLE) -> str:
    packet = resumption.asked(headers("live", visitor=visitor)).packet(handle)
    assert packet
    token: str = json.loads(packet)["resume"]["token"]
    return token


def coming_back(resumption: Resumption, token: str, visitor: str | None = None) -> Ticket:
    return resumption.asked(headers("live", f"resume.{token}", visitor=visitor))


@pytest.mark.parametrize("visitor", [ALICE, None], ids=["with a cookie", "without"])
def test_token_leads_back_to_its_conversation(visitor: str | None) -> None:
    resumption = Resumption(None)
    assert coming_back(resumption, token_for(resumption, visitor), visitor).handle() == HANDLE


def test_token_is_good_at_another_server_with_the_same_secret_and_at_no_other() -> None:
    token = token_for(Resumption(SECRET))
    assert coming_back(Resumption(SECRET), token).handle() == HANDLE
    for other in (Resumption(None), Resumption(SECRET + "!")):
        with pytest.raises(Refused, match="not one of ours"):
            coming_back(other, token).handle()


def test_two_servers_without_a_secret_do_not_take_each_others_tokens() -> None:
    with pytest.raises(Refused):
        coming_back(Resumption(None), token_for(Resumption(None))).handle()


@pytest.mark.parametrize(("theirs", "mine"), [(ALICE, BOB), (ALICE, None), (None, BOB)])
def test_token_of_somebody_else_is_refused(theirs: str | None, mine: str | None) -> None:
    resumption = Resumption(None)
    with pytest.raises(Refused, match="somebody else") as refused:
        coming_back(resumption, token_for(resumption, theirs), mine).handle()
    assert (refused.value.farewell.code, refused.value.farewell.close_code) == ("resume_refused", 1008)


@pytest.mark.parametrize(("age_seconds", "good"), [(TOKEN_SECONDS - 60, True), (TOKEN_SECONDS + 60, False)])
def test_token_expires(monkeypatch: pytest.MonkeyPatch, age_seconds: float, good: bool) -> None:
    resumption = Resumption(None)
    token = token_for(resumption)
    now = time.time() + age_seconds
    monkeypatch.setattr(time, "time", lambda: now)
    if good:
        assert coming_back(resumption, token).handle() == HANDLE
    else:
        with pytest.raises(Refused, match="too old"):
            coming_back(resumption, token).handle()


def test_token_that_was_changed_anywhere_is_refused() -> None:
    resumption = Resumption(None)
    token = token_for(resumption)
    for place in range(0, len(token) - 2, 7):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(Refused):
            coming_back(resumption, forged).handle()


@pytest.mark.parametrize("forged", ["", "x", "gAAAAA", "=" * 9, "..", "a" * 5000, "ÿþ", "\x00"])
def test_token_that_is_none_is_refused(forged: str) -> None:
    with pytest.raises(Refused):
        coming_back(Resumption(None), forged).handle()


def test_token_fits_into_a_header_and_tells_nothing() -> None:
    token = token_for(Resumption(None), ALICE, handle="h" * 500)
    assert re.fullmatch("[A-Za-z0-9_-]{500,1500}", token)
    assert "hhh" not in token and "AAAAAAA" not in token[10:]


@pytest.mark.parametrize("offered", [(), ("chat",), ("resume.abc",), ("LIVE",)])
def test_who_does_not_ask_for_it_is_told_nothing(offered: tuple[str, ...]) -> None:
    ticket = Resumption(None).asked(headers(*offered))
    assert (ticket.wanted, ticket.subprotocol, ticket.handle(), ticket.packet(HANDLE)) == (False, None, None, None)


def test_new_conversation_has_nothing_to_resume_and_no_token_before_there_is_a_handle() -> None:
    ticket = Resumption(None).asked(headers("live"))
    assert (ticket.wanted, ticket.subprotocol, ticket.handle(), ticket.packet(None)) == (True, "live", None, None)


def test_packet_says_how_long_its_token_is_good_for() -> None:
    packet = Resumption(None).asked(headers("live")).packet(HANDLE)
    assert packet and json.loads(packet)["resume"]["seconds"] == TOKEN_SECONDS


def test_browser_is_known_by_a_cookie_that_no_script_and_no_other_site_can_use() -> None:
    cookie = cookie_for({})["Set-Cookie"]
    assert re.fullmatch(rf"{COOKIE}=[A-Za-z0-9_-]{{43}}; Path=/; HttpOnly; SameSite=Strict", cookie)
    assert cookie != cookie_for({})["Set-Cookie"]
    assert cookie_for({"cookie": f"theme=dark; {cookie.partition(';')[0]}"}) == {}


def test_cookie_goes_over_tls_alone_where_the_page_came_by_it() -> None:
    assert cookie_for({"x-forwarded-proto": "https"})["Set-Cookie"].endswith("; Secure")


@pytest.mark.parametrize("cookie", ["live_visitor=", "live_visitor=short", f"not_live_visitor={ALICE}"])
def test_cookie_that_is_none_of_ours_is_replaced(cookie: str) -> None:
    assert cookie_for({"cookie": cookie})
