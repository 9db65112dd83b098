import pytest

from loadtests.support.cookies import Cookies

AFFINITY = "GAESA=CqgB-_x=; expires=Fri, 31-Dec-2999 23:59:59 GMT; path=/; Secure; HttpOnly; SameSite=None; Partitioned"


@pytest.mark.parametrize(
    ("answers", "header"),
    [
        ([None], None),
        ([""], None),
        (["nonsense"], None),
        ([AFFINITY], "GAESA=CqgB-_x="),
        (["a=1", None], "a=1"),
        (["a=1", "a=2; Path=/"], "a=2"),
        (["a=1; Path=/; b=2; Max-Age=60"], "a=1; b=2"),
        (["a=1", "b=2"], "a=1; b=2"),
        (["a="], "a="),
        (["a=1; b=2", "a=; Max-Age=0"], "b=2"),
        (["a=1", "a=; Max-Age=-1"], None),
        (["a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], None),
        (["a=1; Expires=when it suits"], "a=1"),
        (["Max-Age=0"], None),
    ],
)
def test_what_was_set_is_sent_until_it_is_set_anew_or_taken_back(answers: list[str | None], header: str | None) -> None:
    cookies = Cookies()
    for answer in answers:
        cookies.take(answer)
    assert cookies.header == header
