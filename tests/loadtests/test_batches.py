from hypothesis import given, strategies as st

from loadtests.support import batches
from loadtests.support.batches import Batch, Inbox, Outbox

lines = st.lists(st.binary(min_size=1), max_size=30)


def cut_all(texts: list[bytes], *, every: int) -> list[Batch]:
    """The batches of a stream into which so many lines are put between two batches."""
    outbox, cut = Outbox(), []
    for number, text in enumerate(texts, start=1):
        outbox.add(text)
        if number % every == 0:
            cut.append(outbox.cut(ending=False))
    while not cut or not cut[-1].last:
        cut.append(outbox.cut(ending=True))
    return cut


@given(lines, st.integers(1, 7))
def test_every_line_arrives_once_in_order(texts: list[bytes], every: int) -> None:
    inbox = Inbox()
    received = [line for batch in cut_all(texts, every=every) for line in inbox.take(batch)]
    assert received == texts
    assert (inbox.missing, inbox.repeated, inbox.ended) == (0, 0, True)
    assert inbox.lines == len(texts)


@given(lines, st.integers(1, 7), st.data())
def test_what_is_lost_on_the_way_is_missed_to_the_line(texts: list[bytes], every: int, data: st.DataObject) -> None:
    sent = cut_all(texts, every=every)
    lost = data.draw(st.sets(st.integers(0, len(sent) - 2))) if len(sent) > 1 else set()
    inbox = Inbox()
    for number, batch in enumerate(sent):
        if number not in lost:
            inbox.take(batch)
    assert inbox.missing == sum(len(sent[number].lines) for number in lost)
    assert inbox.lines + inbox.missing == len(texts)
    assert inbox.ended


@given(lines, st.integers(1, 7), st.data())
def test_what_comes_twice_is_taken_once_and_told(texts: list[bytes], every: int, data: st.DataObject) -> None:
    sent = cut_all(texts, every=every)
    again = data.draw(st.sets(st.integers(0, len(sent) - 1)))
    inbox = Inbox()
    received = []
    for number, batch in enumerate(sent):
        for _ in range(1 + (number in again)):
            received += inbox.take(batch)
    assert received == texts
    assert (inbox.repeated, inbox.missing) == (len(again), 0)


def test_a_stream_without_its_last_batch_has_not_ended() -> None:
    inbox = Inbox()
    for batch in cut_all([b"a", b"b", b"c"], every=1)[:-1]:
        inbox.take(batch)
    assert not inbox.ended


def test_a_batch_is_cut_before_it_grows_too_large() -> None:
    half = b"x" * (batches.LARGEST_BYTES // 2)
    outbox = Outbox()
    for _ in range(3):
        outbox.add(half)
    assert [len(outbox.cut(ending=False).lines), len(outbox)] == [2, 1]


def test_a_line_larger_than_a_batch_should_be_goes_alone() -> None:
    outbox = Outbox()
    for line in (b"x" * (batches.LARGEST_BYTES + 1), b"y"):
        outbox.add(line)
    assert [len(outbox.cut(ending=True).lines) for _ in range(2)] == [1, 1]


def test_a_batch_comes_out_of_its_message_as_it_went_in() -> None:
    batch = Batch(7, 3, [b"a\n", b"b\n"], last=True)
    assert Batch.of_message(batch.as_message()) == batch


def test_what_is_under_way_and_still_to_come_is_known_by_the_latest_batch() -> None:
    outbox, inbox = Outbox(), Inbox()
    outbox.add(b"x" * batches.LARGEST_BYTES)
    outbox.add(b"y")
    inbox.take(outbox.cut(ending=False, open_turns={"a": 1, "b": 2}))
    assert (inbox.open, inbox.unsent) == (["a", "b"], 1)
    inbox.take(outbox.cut(ending=False, open_turns=["b"]))
    assert (inbox.open, inbox.unsent) == (["b"], 0)
