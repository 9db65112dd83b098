import io

from made_up_certificate import climbed, level
from rich.console import Console

from bench.certify.display import Display
from bench.following import Followed


def shown(show, **options) -> str:
    out = io.StringIO()
    with Display(Console(file=out, **{"width": 120, **options})) as display:
        show(display)
    return out.getvalue()


def test_each_level_is_a_plain_line_in_a_log():
    def show(display: Display) -> None:
        display.watch(100, Followed(ok=3))
        display.level(level(100))

    assert shown(show) == "100 people, 600 chunks a second, within\n"


def test_what_goes_on_is_shown_in_a_terminal():
    def show(display: Display) -> None:
        display.watch(100, Followed(ok=3, failed=2, recent_ttft_seconds=(0.5,)))

    text = shown(show, force_terminal=True, _environ={"TERM": "xterm"})
    assert "100 people: 3 turns, first words after 0.50 s, 2 failed" in text


def test_table_shows_all_levels_in_lines_that_fit_a_terminal():
    lines = shown(lambda display: display.table(climbed()), width=80).rstrip().splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert [line.split()[0] for line in lines if line.endswith(("yes", "no"))] == [
        "25",
        "50",
        "100",
        "200",
        "283",
        "400",
    ]
    assert lines[-1].split() == ["400", "2,400", "+0.700", "9.10", "-0.100", "4.40", "20.00", "20", "%", "no"]
