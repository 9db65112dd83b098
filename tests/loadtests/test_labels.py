"""What a failure is called, and what it says besides."""

import pytest

from loadtests.support.failures import closed, not_upgraded


@pytest.mark.parametrize(
    ("close_code", "error", "label"),
    [
        (1000, None, "closed"),
        (1005, None, "closed"),
        (1001, None, "going_away"),
        (1008, None, "refused"),
        (1011, None, "upstream"),
        (1012, None, "going_away"),
        (1013, None, "full"),
        (4000, None, "closed"),
        (None, None, "lost"),
        (1013, ("full", "try later"), "full"),
        (1013, ("quota", "try later"), "quota"),
        (1013, ("busy", "try later"), "full"),
        (1000, ("going_away", "this server stops"), "going_away"),
        (None, ("going_away", "this server stops"), "going_away"),
        (1012, ("teapot", ""), "going_away"),
        (1000, ("teapot", ""), "error_teapot"),
        (None, ("teapot", ""), "error_teapot"),
    ],
)
def test_the_close_code_names_the_failure_and_the_error_packet_what_no_code_does(
    close_code: int | None, error: tuple[str, str] | None, label: str
) -> None:
    assert closed(close_code, error).label == label


@pytest.mark.parametrize(
    ("close_code", "error", "words"),
    [
        (1012, None, "going_away: close code 1012"),
        (4000, None, "closed: close code 4000"),
        (1013, ("full", "try later"), "full: full: try later"),
        (None, ("going_away", "this server stops"), "going_away: going_away: this server stops"),
        (None, None, "lost"),
    ],
)
def test_a_failure_has_the_servers_words_or_its_code(
    close_code: int | None, error: tuple[str, str] | None, words: str
) -> None:
    assert str(closed(close_code, error)) == words


@pytest.mark.parametrize(
    ("status", "waited_seconds", "words"),
    [
        (429, 0.2, "rejected_capacity: 429 at once"),
        (429, 9.96, "rejected_capacity: 429 after 10 s"),
        (503, 1.2, "rejected_capacity: 503 after 1 s"),
        (401, 0.1, "unauthorized: 401: check that the token is for the service (--audience) and has not expired"),
        (
            403,
            7.0,
            "unauthorized: 403: check that a token is sent (--auth), and that whom it names may call the service "
            "(roles/run.invoker)",
        ),
        (404, 0.1, "http_404: nothing at that path: check the address"),
        (200, 0.1, "http_200: no WebSocket there: check the address"),
        (302, 0.1, "http_302: sent elsewhere, which nobody follows: check the address"),
        (504, 9.0, "http_504"),
        (500, 0.1, "http_500"),
    ],
)
def test_an_upgrade_that_was_answered_otherwise_says_what_to_look_at(
    status: int, waited_seconds: float, words: str
) -> None:
    assert str(not_upgraded(status, waited_seconds)) == words
