import math
import random
from itertools import pairwise
from pathlib import Path

import pytest

from servers.fake_gemini.timing import PROFILES, Plan, ProfileError, Spread, load_profile, plan_turn, profile_names

LIVE_TEXT = load_profile("live-text")


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[math.ceil(len(values) * share) - 1]


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    return [plan_turn(LIVE_TEXT, seed=1, prompt=f"#{number} Hello") for number in range(10_000)]


def test_seed_and_prompt_alone_decide_a_plan() -> None:
    assert plan_turn(LIVE_TEXT, 1, "#a Hello") == plan_turn(LIVE_TEXT, 1, "#a Hello")
    assert plan_turn(LIVE_TEXT, 1, "#a Hello") != plan_turn(LIVE_TEXT, 1, "#b Hello")
    assert plan_turn(LIVE_TEXT, 1, "#a Hello") != plan_turn(LIVE_TEXT, 2, "#a Hello")


def test_plan_is_the_same_in_every_process_and_version() -> None:
    """Figures of two runs can be compared only while this holds."""
    plan = plan_turn(load_profile("fast"), 1, "Hello")
    assert plan.chunks_words == (1, 4, 4, 2, 2)
    first_three = plan_turn(LIVE_TEXT, 1, "Hello").chunks_due_seconds[:3]
    assert first_three == pytest.approx((0.442046355688138, 0.6019173399133833, 0.6744308890578541))


def test_prompt_that_is_no_valid_unicode_has_a_plan() -> None:
    assert plan_turn(LIVE_TEXT, 1, "\ud800").chunks_words


def test_time_to_first_chunk_is_half_a_second_with_a_heavy_tail(plans: list[Plan]) -> None:
    first = [plan.chunks_due_seconds[0] for plan in plans]
    assert quantile(first, 0.50) == pytest.approx(0.55, abs=0.02)
    assert 0.9 <= quantile(first, 0.95) <= 1.3
    assert quantile(first, 0.99) == pytest.approx(2.5, abs=0.3)
    assert max(first) <= 6.0


def test_gaps_are_around_ninety_milliseconds(plans: list[Plan]) -> None:
    dues = [plan.chunks_due_seconds for plan in plans]
    gaps = [later - earlier for due in dues for earlier, later in pairwise(due)]
    assert quantile(gaps, 0.50) == pytest.approx(0.09, abs=0.002)
    assert min(gaps) >= 0.04 - 1e-9
    assert max(gaps) <= 0.20 + 1e-9


def test_replies_are_some_hundred_and_eighty_words_in_about_eleven_chunks(plans: list[Plan]) -> None:
    words = [float(sum(plan.chunks_words)) for plan in plans]
    assert quantile(words, 0.50) == pytest.approx(180, abs=8)
    assert (min(words), max(words)) == (40, 400)
    assert 10 <= quantile([float(len(plan.chunks_words)) for plan in plans], 0.50) <= 12


def test_first_chunk_is_one_word_and_later_ones_a_clause(plans: list[Plan]) -> None:
    for plan in plans:
        first, *later, last = plan.chunks_words
        assert first == 1
        assert all(12 <= words <= 24 for words in later)
        assert 1 <= last <= 24
        assert len(plan.chunks_due_seconds) == len(plan.chunks_words)


def test_flood_does_not_wait() -> None:
    assert set(plan_turn(load_profile("flood"), 1, "Hello").chunks_due_seconds) == {0.0}


def test_spread_without_sigma_is_its_median() -> None:
    assert Spread(median=0.25).draw(random.Random(1)) == 0.25


def test_spread_stays_within_its_bounds() -> None:
    chance = random.Random(1)
    drawn = {Spread(median=1.0, sigma=5.0, low=0.5, high=2.0).draw(chance) for _ in range(100)}
    assert {min(drawn), max(drawn)} == {0.5, 2.0}


@pytest.mark.parametrize("name", profile_names())
def test_each_profile_that_comes_along_loads_by_its_name(name: str) -> None:
    assert load_profile(name).description


def test_profile_loads_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(profile_text())
    assert load_profile(str(path)).gap_seconds.median == 0.002


def profile_text() -> str:
    return (PROFILES / "fast.toml").read_text()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("description = ", "is not TOML"),
        ("description = 'x'", "first_chunk_seconds: Field required"),
        (profile_text() + "jitter = 1\n", "words.jitter: Extra inputs are not permitted"),
        (profile_text().replace("median = 0.002", "median = -1"), "gap_seconds.median: Input should be greater"),
        (profile_text().replace("later_chunk_low = 2", "later_chunk_low = 9"), "later_chunk_low is above"),
    ],
)
def test_profile_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ProfileError) as caught:
        load_profile(str(path))
    assert complaint in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_profile_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ProfileError, match="there is no profile 'slow'; choose one of brisk, fast, flood, live-"):
        load_profile("slow")


def test_profile_file_that_is_missing_is_refused() -> None:
    with pytest.raises(ProfileError, match=r"cannot read profile nowhere\.toml: No such file"):
        load_profile("nowhere.toml")
