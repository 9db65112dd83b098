import pytest
from hypothesis import given, strategies as st
from made_up import execution, process, turn

from bench.cuts import find_cut, relabelled
from bench.evaluate import trials
from loadtests.support.turn import Turn


def session(number, began_at, lived_seconds, failure="lost", age=None):
    """Its first turn, which was answered, and the one that its end failed."""
    name = f"{number}/1"
    first = turn(f"{number}.1", began_at, session=name, begun_at=began_at, connect_seconds=0.0)
    ended_at = began_at + lived_seconds
    last = turn(
        f"{number}.2", ended_at - 0.2, session=name, chunks_at=[], ended_at=ended_at, outcome="failed",
        failure=failure, session_seconds=lived_seconds if age is None else age,
    )  # fmt: skip
    return [first, last]


def sessions(*began_and_lived, **fields):
    return [t for number, pair in enumerate(began_and_lived) for t in session(number, *pair, **fields)]


CUT = ((0.0, 30.0), (4.0, 30.1), (9.0, 29.95))


@pytest.mark.parametrize("label", ["lost", "closed", "going_away"])
def test_sessions_that_end_at_one_age_at_different_moments_were_cut(label):
    cut = find_cut(sessions(*CUT, failure=label))
    assert cut is not None
    assert (cut.after_seconds, cut.sessions) == (30.0, 3)
    assert cut.turns == {"0.2", "1.2", "2.2"}


def test_sessions_that_end_at_one_moment_were_ended_by_the_server():
    died = ((0.0, 30.0), (0.1, 29.9), (0.2, 29.8))
    assert find_cut(sessions(*died)) is None


def test_two_sessions_may_be_as_old_by_chance():
    assert find_cut(sessions(*CUT[:2])) is None


def test_nothing_was_cut_where_somebody_lived_longer():
    longer = turn("9.1", 0.0, session="9/1", begun_at=0.0, connect_seconds=0.0)
    later = turn("9.2", 35.0, session="9/1")
    assert find_cut([*sessions(*CUT), longer, later]) is None


def test_ages_that_differ_by_more_than_a_timer_does_are_no_cut():
    assert find_cut(sessions((0.0, 30.0), (4.0, 29.0), (9.0, 28.0))) is None


def test_what_a_close_code_or_an_answer_explains_needs_no_cut():
    assert find_cut(sessions(*CUT, failure="upstream")) is None


def test_end_that_came_earlier_stays_unexplained():
    early = sessions((1.0, 5.0))
    cut = find_cut([*[t for n, pair in enumerate(CUT, 1) for t in session(n, *pair)], *early])
    assert cut is not None
    assert "0.2" not in cut.turns and cut.sessions == 3


def test_share_of_a_long_age_is_allowed_where_it_is_more_than_a_quarter_second():
    assert find_cut(sessions((0.0, 300.0), (60.0, 302.0), (120.0, 301.0))) is not None
    assert find_cut(sessions((0.0, 300.0), (60.0, 306.0), (120.0, 301.0))) is None


def test_time_out_that_counts_from_the_request_is_found_though_some_waited_for_an_instance():
    """Cut 30 s after they asked to be let in, of which two had waited 4 s and 7 s."""
    lines = sessions((0.0, 30.0), (5.0, 26.0), (9.0, 23.0), (12.0, 30.0))
    for first, waited in zip(lines[::2], (0.0, 4.0, 7.0, 0.0), strict=True):
        first.begun_at, first.connect_seconds = first.begun_at - waited, waited
    cut = find_cut(lines)
    assert cut is not None and (cut.after_seconds, cut.sessions) == (30.0, 4)


def test_few_sessions_that_a_busy_machine_told_of_late_hide_no_limit():
    """Twenty people who came within half a second, two of whose ends were read a tenth of a second later."""
    came = [(0.025 * number, 30.0 + 0.002 * (number % 5) - (0.12 if number in (3, 11) else 0)) for number in range(20)]
    cut = find_cut(sessions(*came))
    assert cut is not None and cut.sessions == 20


def test_who_comes_back_after_a_cut_comes_back_after_that():
    lines = sessions(*CUT)
    back = turn("0.3", 31.0, session="0/2", begun_at=31.0, connect_seconds=0.1, reconnects_after="lost")
    other = turn("7.3", 31.0, session="7/2", begun_at=31.0, connect_seconds=0.1, reconnects_after="lost")
    (changed,) = relabelled([[*lines, back, other]], find_cut(lines))
    assert [line.reconnects_after for line in changed][-2:] == ["platform_timeout", "lost"]


def test_session_cut_in_a_pause_fails_its_next_turn_and_is_one_of_them():
    """Its age is that of its end, though the turn was begun later."""
    first, last = session(3, 2.0, 32.0, age=30.02)
    cut = find_cut([*sessions(*CUT), first, last])
    assert cut is not None and "3.2" in cut.turns


@given(
    st.floats(5, 3600),
    st.lists(st.floats(0, 1000), min_size=3, max_size=20, unique_by=lambda began: round(began)),
    st.data(),
)
def test_limit_of_a_platform_is_found_whenever_people_came(age, began, data):
    if max(began) - min(began) < 2:
        return
    ages = [age + data.draw(st.floats(0, 0.2)) for _ in began]
    cut = find_cut(sessions(*zip(began, ages, strict=True)))
    assert cut is not None and cut.sessions == len(began)


@given(st.floats(0, 1000), st.lists(st.floats(0, 0.2), min_size=3, max_size=20), st.data())
def test_server_that_dies_is_never_called_a_platform_s_limit(at, noise, data):
    """Whatever the ages of its sessions: they end at one moment, give or take."""
    began = [at - data.draw(st.floats(1, 900)) for _ in noise]
    lived = [at + late - start for start, late in zip(began, noise, strict=True)]
    ages_alike = max(lived) - min(lived) < 0.25
    assert find_cut(sessions(*zip(began, lived, strict=True))) is None or ages_alike


def test_lines_are_the_same_but_for_the_label():
    lines = process(*sessions(*CUT))
    cut = find_cut([line for line in lines if isinstance(line, Turn)])
    (changed,) = relabelled([lines], cut)
    labels = [line.failure for line in changed if isinstance(line, Turn)]
    assert labels == [None, "platform_timeout"] * 3
    assert [line for line in lines if isinstance(line, Turn)][1].failure == "lost", "what is stored stays as it was"


def test_trial_tells_the_age_and_what_to_check():
    lines = process(*sessions((3.0, 2.0), (5.0, 2.0), (8.0, 2.0)))
    (trial,) = trials(execution(lines))
    assert trial.failures == {"platform_timeout": 3}
    assert (trial.cut_seconds, trial.cut_in_silence) == (2.0, False)
    (told,) = [warning for warning in trial.warnings if "were cut" in warning]
    assert "3 sessions were cut when they were 2.00 s old" in told
    assert "--timeout, at most 3600 s" in told
