import itertools

from hypothesis import given, strategies as st
from pytest import approx

from bench.charts.lettering import printable, spread, width_points, wrapped


def test_letters_that_the_font_lacks_become_question_marks():
    assert printable("caf\u00e9 \U0001f680\n\ttwo") == "caf\u00e9 ? two"


def test_lines_fit_their_room():
    lines = wrapped("the reply was still arriving when the prompt was sent", 20, 200)
    assert len(lines) > 1
    assert all(width_points(line, 20) <= 200 for line in lines)


def test_word_wider_than_the_room_is_left_whole():
    assert wrapped("a incomprehensibilities b", 20, 30) == ["a", "incomprehensibilities", "b"]


def test_labels_with_room_stay_where_they_are():
    assert spread([1.0, 3.0, 2.0], 0.5, 0, 10) == approx([1.0, 3.0, 2.0])


def test_labels_on_one_another_move_apart_evenly():
    assert spread([5.0, 5.0], 1.0, 0, 10) == approx([4.5, 5.5])


@given(st.lists(st.floats(0, 10), max_size=12), st.floats(0.01, 2))
def test_labels_keep_their_order_their_gap_and_their_bounds(wanted, gap):
    placed = spread(wanted, gap, 0, 10)
    ordered = [place for _, _, place in sorted(zip(wanted, range(len(wanted)), placed, strict=True))]
    room = min(gap, 10 / max(len(wanted) - 1, 1))
    assert all(-1e-6 <= place <= 10 + 1e-6 for place in placed)
    assert all(right - left >= room - 1e-6 for left, right in itertools.pairwise(ordered))
