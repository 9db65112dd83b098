from bench.calibrate import words
from bench.calibrate.fit import fit
from bench.calibrate.goodness import distances
from bench.calibrate.record import Calibration
from bench.calibrate.samples import planned
from servers.fake_gemini.timing import load_profile

LIVE_TEXT = load_profile("live-text")


def made(profile=None, turns=100):
    samples = planned(LIVE_TEXT, turns, seed=2)
    profile = profile or fit(samples, "x").profile
    sources = ("https://gemini.example",)
    return Calibration(profile, "mine.toml", turns, 3, sources, distances(samples, profile), ())


def test_profile_that_matches_is_said_to():
    told = words.headline(made())
    assert told.startswith("The profile cannot be told from the 100 recorded turns: it matches every distribution")


def test_profile_that_does_not_match_is_named_with_what_is_worst():
    slower = LIVE_TEXT.gap_seconds.model_copy(update={"median": 0.3, "high": 1.0})
    told = words.headline(made(LIVE_TEXT.model_copy(update={"gap_seconds": slower})))
    assert told.startswith(
        "The profile matches 3 of 5 distributions of the 100 recorded turns as well as chance allows."
    )
    assert "Farthest off is time from chunk to chunk: " in told


def test_table_has_both_rows_and_a_dash_where_too_few_values_are():
    first, second, *_ = words.rows(made())
    assert first[:2] == ["time to the first words", "recorded"] and second[:2] == ["", "profile"]
    assert len(first) == len(second) == len(words.HEAD)
    assert first[words.HEAD.index("p99")] == second[words.HEAD.index("p99")] == "-"
    assert first[-1] == "" and second[-1].endswith("%")


def test_basis_counts_turns_and_sessions():
    assert words.basis(made()) == ("100 turns of 3 sessions", "recorded of https://gemini.example")
