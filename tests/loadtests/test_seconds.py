import pytest

from loadtests.support.seconds import not_negative, positive


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "-inf", "long", ""])
def test_what_is_no_number_of_seconds_is_refused_with_its_option(text: str) -> None:
    with pytest.raises(ValueError, match=f"^--think-seconds {text} is not a number of seconds from 0 on$"):
        not_negative("--think-seconds", text)
    with pytest.raises(ValueError, match=f"^--patience {text} is not a number of seconds above 0$"):
        positive("--patience", text)


def test_none_is_enough_only_where_it_may_be() -> None:
    assert not_negative("--think-seconds", "0") == 0.0
    with pytest.raises(ValueError, match="above 0"):
        positive("--patience", "0")
    assert positive("--patience", "0.5") == 0.5
