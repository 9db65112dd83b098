import io

from made_up_certificate import climbed, level
from rich.console import Console

from bench.certify.display import Display
from bench.following import Followed


def shown(show, **options) -> str:
    out = io.StringIO()
    with Display(Console(file=out, width=120, **options)) as display:
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


def test_table_shows_all_levels_side_by_side():
    lines = shown(lambda display: display.table(climbed())).splitlines()
    assert lines[0].split() == ["people", "25", "50", "100", "200", "283", "400"]
    assert lines[1].split()[-1] == "2,400"
