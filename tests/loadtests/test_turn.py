from typing import get_args

import pytest
from hypothesis import given, settings, strategies as st

from loadtests.support.turn import End, Level, Line, Mark, Outcome, Stream, Turn, Worker, from_line, to_line

seconds = st.floats(0, 4e9)
maybe_seconds = st.none() | seconds
turns = st.builds(
    Turn,
    id=st.text(min_size=1),
    session=st.text(),
    sessions=st.integers(0, 10**4),
    prompt_characters=st.integers(0, 10**4),
    planned_at=seconds,
    connect_seconds=maybe_seconds,
    sent_at=maybe_seconds,
    barges_in_on=st.none() | st.text(),
    interrupted_at=maybe_seconds,
    acknowledged_at=maybe_seconds,
    ended_at=maybe_seconds,
    chunks_at=st.lists(seconds),
    begun_at=maybe_seconds,
    chunks_lag_seconds=st.lists(seconds),
    chunks_sent_at=st.lists(seconds),
    chunks_spent_seconds=st.lists(seconds),
    characters=st.integers(0, 10**6),
    foreign_chunks=st.integers(0, 9),
    outcome=st.sampled_from(get_args(Outcome)),
    failure=st.none() | st.text(),
    instance=st.none() | st.text(),
    instance_serving_seconds=maybe_seconds,
    reconnects_after=st.none() | st.text(),
    session_seconds=maybe_seconds,
)
marks = st.builds(Mark, mark=st.sampled_from(get_args(Level)), at=seconds, sessions=st.integers(0, 10**9))
ends = st.builds(
    End,
    turns=st.integers(0, 10**9),
    lag_seconds_p50=seconds,
    lag_seconds_p99=seconds,
    lag_seconds_max=seconds,
    cpu_seconds=seconds,
    lag_histogram=st.text(),
    cpu_at=st.lists(seconds),
    cpu_seconds_by=st.lists(seconds),
)
streams = st.builds(
    Stream,
    worker=st.integers(0, 10**9),
    batches=st.integers(0, 10**9),
    lines=st.integers(0, 10**9),
    missing=st.integers(0, 10**9),
    repeated=st.integers(0, 10**9),
    ended=st.booleans(),
    acknowledged=st.booleans(),
    heard_at=seconds,
    told_at=seconds,
    open=st.lists(st.text()),
    unsent=st.integers(0, 10**9),
)
workers = st.builds(
    Worker,
    worker=st.integers(0, 10**9),
    host=st.text(),
    pid=st.integers(0, 10**9),
    build=st.text(),
    python=st.text(),
    locust=st.text(),
    clock_offset_seconds=st.floats(-4e9, 4e9),
    clock_uncertainty_seconds=seconds,
    clock_set=st.booleans(),
)


@settings(deadline=None)
@given(record=turns | marks | ends | workers | streams)
def test_a_record_comes_back_from_its_line_as_it_was(record: Line) -> None:
    line = to_line(record)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert from_line(line) == record


@pytest.mark.parametrize("line", ["", "{}", "[]x", '{"kind": "song"}', '{"kind": "mark", "pitch": 1}'])
def test_a_line_that_is_no_record_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        from_line(line)


def test_an_end_from_before_there_were_histograms_can_still_be_read() -> None:
    line = (
        '{"kind":"end","turns":3,"lag_seconds_p50":0.1,"lag_seconds_p99":0.2,"lag_seconds_max":0.3,"cpu_seconds":0.4}'
    )
    assert from_line(line) == End(3, 0.1, 0.2, 0.3, 0.4, lag_histogram="")
