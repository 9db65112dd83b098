import io

from rich.console import Console

from bench.following import Followed
from bench.plan import Planned
from bench.profile import CasePlan
from bench.progress import Progress, minutes
from bench.results import Reason, Target, Trial, Turns

TARGET = Target(name="flask", style="blocking", label="Flask [bold]", colour="#D55E00")
CASE = CasePlan(scenario="latency", sessions=4, trials=1, warm_up_seconds=1, window_seconds=2)
PLANNED = Planned(order=1, trial=1, case=CASE, target="flask", seed=1)


def trial(*reasons: Reason) -> Trial:
    return Trial(
        target="flask",
        scenario="latency",
        sessions=4,
        trial=1,
        order=1,
        started_at=0,
        window_seconds=2,
        turns=Turns(ok=7, failed=1),
        reasons=list(reasons),
    )


def shown(*, terminal: bool, term: str = "xterm") -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=160, _environ={"TERM": term})
    with Progress(console).over([PLANNED], {"flask": TARGET}) as step:
        step.begin(PLANNED)
        step.watch(Followed(shares={"turns-0-1.ndjson": 4}, ok=7, failed=1, recent_ttft_seconds=(0.5, 0.7, 0.6)))
        step.end([trial(Reason(check="lag", verdict="SUSPECT", message="the load ran late"))])
        step.say("[not markup]")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_elsewhere_than_in_a_terminal_there_is_one_plain_line_for_each_execution() -> None:
    lines = shown(terminal=False).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("[1/1] latency flask trial 1: 7 turns ok, 1 failed")
    assert "SUSPECT: the load ran late" in lines[0]
    assert lines[1] == "[not markup]"


def test_a_terminal_that_cannot_draw_gets_plain_lines() -> None:
    assert shown(terminal=True, term="dumb") == shown(terminal=False)


def test_a_terminal_shows_what_is_going_on() -> None:
    text = shown(terminal=True)
    for part in ("Flask [bold]", "4 sessions", "first words after 0.60 s", "7 turns", "1 failed", "left"):
        assert part in text


def test_time_left_is_told_in_minutes_once_it_is_long() -> None:
    assert (minutes(35.4), minutes(240)) == ("35 s", "4 min")
