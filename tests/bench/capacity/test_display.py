import io

from made_up import QUART
from made_up_capacity import OBJECTIVE, begun, holding, measuring
from rich.console import Console

from bench.capacity.display import Display
from bench.capacity.pace import Pace
from bench.capacity.rounds import Attempt, carry_out
from bench.capacity.search import Probe
from bench.following import Followed

PACE = Pace(think_seconds=0.3, reply_seconds=1.7, probe_seconds=5.0, confirm_seconds=12.0)


def shown(show, **options) -> str:
    out = io.StringIO()
    with Display(Console(file=out, width=160, **options)) as display:
        show(display)
    return out.getvalue()


def whole_search(display: Display) -> None:
    capacity = begun(targets=[QUART], repeats=1)
    display.begin(capacity, PACE, OBJECTIVE)
    for grown in carry_out(capacity, measuring({"quart": holding(100)})):
        display.show(grown)


def test_each_probe_and_each_search_is_a_plain_line_in_a_log():
    lines = shown(whole_search).splitlines()
    assert lines[1].startswith("This takes at most ") and lines[1].endswith(", if servers are the same each time.")
    assert lines[2].startswith(
        "[1] Quart, search 1 of 1: 50 people: held (ttft_added p95 12 ms, failures 0 %, unserved 0 %); "
    )
    assert lines[-2].startswith("[9] Quart, search 1 of 1: 100 people, confirming: held (")
    assert lines[-2].endswith("; 0 s left at most")
    assert lines[-1] == "Quart, search 1 of 1: 100 people held"


def test_what_goes_on_is_shown_in_a_terminal_alone():
    def show(display: Display) -> None:
        attempt = Attempt(1, QUART, 2, Probe(150, confirms=True))
        display.watch(attempt, Followed(ok=3, failed=2, recent_ttft_seconds=(0.5,)))

    text = shown(show, force_terminal=True, _environ={"TERM": "xterm"})
    assert "quart, search 2: confirming 150 people: 3 turns, first words after 0.50 s, 2 failed" in text
    assert shown(show) == ""
