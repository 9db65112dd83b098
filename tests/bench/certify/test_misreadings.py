import pytest
from made_up import turn, unanswered

from bench.certify.misreadings import clock_of, misreadings, reading

PROMPT_AT = 1000.0


def told(off_first=0.0, off_later=0.0, **fields):
    """Two chunks, sent 0.5 and 0.7 s after the prompt; read so much later than they were sent."""
    sent_at = [PROMPT_AT + 0.5, PROMPT_AT + 0.7]
    return turn(
        planned_at=PROMPT_AT,
        sent_at=PROMPT_AT,
        chunks_at=[sent_at[0] + off_first, sent_at[1] + off_later],
        chunks_sent_at=sent_at,
        chunks_spent_seconds=[0.5, 0.7],
        **fields,
    )


def test_error_of_first_words_is_what_was_reported_less_what_had_been_spent():
    found = misreadings([told(off_first=0.004) for _ in range(299)])["ttft_seconds"]
    assert found.count == 299
    assert found.bias_seconds == pytest.approx(0.004, abs=1e-6)
    assert found.true_seconds_p50 == 0.5
    assert found.reported_seconds_p99 == pytest.approx(0.504, abs=1e-6)


def test_error_of_a_gap_is_its_length_less_that_between_the_sendings():
    found = misreadings([told(off_first=0.004, off_later=0.001) for _ in range(299)])["chunk_gap_seconds"]
    assert found.bias_seconds == pytest.approx(-0.003, abs=1e-6)
    assert found.error_seconds_p99 == pytest.approx(0.003, abs=1e-6)
    assert found.true_seconds_p50 == pytest.approx(0.2, abs=1e-6)


def test_prompt_that_waited_in_the_client_is_the_generators_error():
    """The server counts from the prompt's arrival, the generator from its sending."""
    late = told()
    late.sent_at = PROMPT_AT - 0.030
    assert misreadings([late] * 5)["ttft_seconds"].bias_seconds == pytest.approx(0.030, abs=1e-6)


def test_p99_is_of_the_size_of_the_error_and_the_bias_of_its_middle():
    # 300 errors: 150 of -2 ms, 150 of +1 ms less five that are +50 ms. Worked by hand: the median lies between the two
    # sides, and rank 297 of the sizes is one of the five.
    errors = [-0.002] * 150 + [0.001] * 145 + [0.050] * 5
    found = reading([(1.0 + error, 1.0) for error in errors])
    assert found.bias_seconds == pytest.approx(-0.0005)
    assert found.error_seconds_p99 == pytest.approx(0.050)


def test_too_few_values_have_no_percentile():
    few = reading([(1.0, 1.0)] * 298)
    assert (few.error_seconds_p99, few.true_seconds_p99, few.reported_seconds_p99) == (None, None, None)
    assert few.bias_seconds == 0.0
    assert reading([(1.0, 1.0)] * 4).bias_seconds is None


def test_turns_that_failed_or_tell_nothing_are_left_out():
    turns = [told(), told(outcome="failed", failure="timeout"), unanswered(), turn(chunks_sent_at=[])]
    assert misreadings(turns)["ttft_seconds"].count == 1


def test_clock_is_that_of_all_stamps_or_mixed():
    kernel, user = told(clock="kernel"), told(clock="user")
    assert clock_of([kernel, kernel]) == "kernel"
    assert clock_of([user, unanswered(clock="kernel")]) == "user"
    assert clock_of([kernel, user]) == "mixed"
