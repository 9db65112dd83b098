from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis.strategies import builds, floats, integers, lists, sampled_from, tuples
from made_up import execution, samples, turn
from made_up_elsewhere import approach
from made_up_shards import end

from bench import evaluate
from bench.merge.together import Span, joined, overlap, repeated, span, with_findings, with_overlap
from bench.results import Reason
from loadtests.support.shard import Shard
from loadtests.support.turn import Mark, Turn

PEOPLE = 5
ASKED = builds(
    lambda person, planned_at, waited, outcome: (person, planned_at, waited, outcome),
    integers(1, PEOPLE),
    floats(0, 22),
    floats(0.01, 4),
    sampled_from(["ok", "ok", "ok", "failed", "unfinished"]),
)


def turns_of(asked):
    """The same turns, whoever makes the load; every third of a person's barges in on the one before."""
    turns = []
    for person, theirs in groupby(sorted(asked), key=lambda one: one[0]):
        before = None
        for number, (_, planned_at, waited, outcome) in enumerate(theirs):
            chunks = [planned_at + waited, planned_at + waited + 0.1] if outcome == "ok" else []
            new = turn(
                f"1.{person}.{number}",
                planned_at,
                session=f"{person}/1",
                chunks_at=chunks,
                chunks_lag_seconds=[0.001 * waited] * len(chunks),
                ended_at=planned_at + waited + 0.2 if outcome != "unfinished" else None,
                outcome=outcome,
                failure="timeout" if outcome == "failed" else None,
                begun_at=planned_at,
            )
            if number % 3 == 2 and before is not None:
                new.barges_in_on, before.interrupted_at = before.id, new.sent_at
            turns.append(new)
            before = new
    return turns


def process(turns, people, lags, stop_at=20.0, watched_until=None):
    """With `watched_until`, that is the last moment of which it has written something."""
    share = [replace(one, sessions=people) for one in turns]
    return [
        Mark("level", 0.0, people),
        Mark("reached", 1.0, people),
        *share,
        Mark("stop", stop_at, people),
        *([Mark("level", watched_until, people)] if watched_until is not None else []),
        end(share, *lags),
    ]


def person_of(one):
    return int(one.session.partition("/")[0])


@given(
    asked=lists(ASKED, min_size=1, max_size=60),
    count=integers(2, PEOPLE),
    lags=lists(integers(1, 90_000), min_size=PEOPLE, max_size=PEOPLE),
)
def test_shards_that_are_merged_are_the_load_that_was_not_divided(asked, count, lags):
    """And how long who was not answered is known to have waited, where all shards watch equally long."""
    turns = turns_of(asked)
    whole = execution(process(turns, PEOPLE, lags, watched_until=30.0), sessions=[PEOPLE])
    parts = []
    for shard in (Shard(index, count) for index in range(count)):
        mine = [one for one in turns if (person_of(one) - 1) % count == shard.index]
        parts.append(
            execution(process(mine, shard.share(PEOPLE), lags[shard.index :: count], watched_until=30.0), sessions=[0])
        )
    (one,) = evaluate.trials(whole)
    (other,) = evaluate.trials(joined(parts, [PEOPLE]))
    ignoring = {"generator_cpu_share", "load_core_share"}
    for name in set(type(one).model_fields) - {"unchecked", "instrument"}:
        assert getattr(one, name) == getattr(other, name), name
    assert {key: one.instrument[key] for key in one.instrument.keys() - ignoring} == {
        key: other.instrument[key] for key in other.instrument.keys() - ignoring
    }


@given(spans=lists(tuples(floats(0, 50), floats(0.001, 50)), min_size=1, max_size=6))
def test_overlap_is_a_share_and_whole_only_where_all_agree(spans):
    found = overlap([Span(began_at, began_at + seconds) for began_at, seconds in spans])
    assert 0 <= found <= 1
    assert overlap([Span(*spans[0])] * 3) == pytest.approx(1.0) or spans[0][1] <= spans[0][0]


def test_overlap_is_of_the_time_in_which_any_shard_made_load():
    assert overlap([Span(0, 10), Span(2, 12)]) == pytest.approx(8 / 12)
    assert overlap([Span(0, 10), Span(10, 20)]) == 0.0


def test_shard_makes_load_from_its_last_process_on_until_its_first_stops():
    found = span([process([], 1, [1], stop_at=20.0), [Mark("level", 3.0, 1), Mark("stop", 18.0, 1)]])
    assert found == Span(3.0, 18.0)


def test_process_without_its_stop_made_load_as_long_as_it_wrote():
    assert span([[Mark("level", 0.0, 1), turn("a", 4.0)]]) == Span(0.0, 4.8)
    assert span([[], process([], 1, [1])]) is None


def parts(late=0.0, **fields):
    one = execution(process([turn("1.1.1", 5.0)], 1, [1]), sessions=[1])
    lines = [
        replace(line, at=line.at + late)
        if isinstance(line, Mark)
        else replace(line, id="1.2.1", sessions=1)
        if isinstance(line, Turn)
        else line
        for line in process([turn("1.1.1", 5.0)], 1, [1])
    ]
    return [one, execution(lines, sessions=[1], **fields)]


def judged(late):
    shares = parts(late)
    (trial,) = with_overlap(evaluate.trials(joined(shares, [2])), shares)
    return trial, [reason.verdict for reason in trial.reasons if reason.check == "shards apart"]


def test_shards_that_hardly_differ_are_not_blamed():
    trial, verdicts = judged(1.0)
    assert verdicts == []
    assert (trial.instrument["shards"], trial.instrument["shards_overlap_share"]) == (2.0, pytest.approx(19 / 21))


def test_shard_that_was_late_is_told_and_only_what_they_share_is_measured():
    trial, verdicts = judged(3.0)
    assert verdicts == ["SUSPECT"]
    assert trial.started_at == 3.0 + 1.0 + 2.0 and trial.started_at + trial.window_seconds == 20.0


def test_shards_that_were_mostly_apart_measured_nothing():
    assert judged(9.0)[1] == ["INVALID"]


def test_clock_that_is_known_to_be_ahead_does_not_make_a_shard_late():
    shares = parts(late=3.0)
    trials = evaluate.trials(joined(shares, [2]))
    (trial,) = with_overlap(trials, shares, [0.0, 3.0])
    assert trial.instrument["shards_overlap_share"] == pytest.approx(1.0)
    shares = parts(late=0.0)
    (trial,) = with_overlap(evaluate.trials(joined(shares, [2])), shares, [0.0, 3.0])
    assert [reason.verdict for reason in trial.reasons if reason.check == "shards apart"] == ["SUSPECT"]


def test_what_one_busy_machine_used_stands_for_all():
    shares = parts(generator=samples(0.97))
    shares[0] = replace(shares[0], generator=samples(0.1))
    (trial,) = evaluate.trials(joined(shares, [2]))
    assert trial.instrument["generator_cpu_share"] == pytest.approx(0.97)
    assert [r.verdict for r in trial.reasons if r.check == "load generator CPU"] == ["INVALID"]


def test_machine_that_could_not_be_watched_leaves_the_check_unmade():
    shares = parts(generator=samples(0.5))
    (trial,) = evaluate.trials(joined(shares, [2]))
    assert "generator_cpu_share" not in trial.instrument
    assert "load generator CPU" in trial.unchecked


def test_counts_of_locust_add_up_and_one_that_is_missing_makes_them_unknown():
    shares = parts()
    assert joined(shares, [2]).locust_turns == 2
    assert joined([shares[0], replace(shares[1], locust_turns=None)], [2]).locust_turns is None


def test_shard_that_was_killed_ends_the_window_where_it_stopped_writing():
    shares = parts()
    cut = [line for line in shares[1].processes[0] if not (isinstance(line, Mark) and line.mark == "stop")][:-1]
    (trial,) = evaluate.trials(joined([shares[0], replace(shares[1], processes=[cut])], [2]))
    assert trial.started_at + trial.window_seconds == pytest.approx(5.8)
    assert [r.verdict for r in trial.reasons if r.check == "lost turns"] == ["INVALID"]


def test_what_one_shard_has_against_itself_is_told_where_all_together_looks_well():
    shares = parts()
    trials = evaluate.trials(joined(shares, [2]))
    findings = [(1, Reason(check="greenlet lag", verdict="INVALID", message="late"))]
    (trial,) = with_findings(trials, findings)
    (reason,) = [reason for reason in trial.reasons if reason.check == "greenlet lag"]
    assert (reason.verdict, reason.message) == ("INVALID", "shard 1: late")
    assert with_findings([trial], findings)[0].reasons == trial.reasons, "said once"


def test_what_is_graver_in_one_shard_than_in_all_together_is_said():
    (trial,) = evaluate.trials(joined(parts(), [2]))
    mild = Reason(check="greenlet lag", verdict="SUSPECT", message="a little late")
    grave = (0, Reason(check="greenlet lag", verdict="INVALID", message="late"))
    (told,) = with_findings([trial.model_copy(update={"reasons": [mild]})], [grave])
    assert [reason.verdict for reason in told.reasons] == ["SUSPECT", "INVALID"]
    assert with_findings([told], [(1, mild)])[0].reasons == told.reasons


def test_turn_that_two_files_have_is_found():
    assert repeated([[turn("a"), turn("b")], [turn("c"), turn("b")]]) == "b"
    assert repeated([[turn("a"), turn("b")], [turn("c")]]) is None


def test_each_value_is_less_the_round_trip_of_the_shard_that_asked():
    """Everybody waits half a second at the server; what each machine sees is later by its own way."""
    shares = [seen_from(index, trip).over(approach("quart", trip)) for index, trip in enumerate((0.01, 0.3))]
    (trial,) = evaluate.trials(joined(shares, [4]))
    less = trial.metrics["ttft_less_round_trip_seconds"]
    assert less.count == trial.metrics["ttft_seconds"].count == 40
    assert less.values["p50"] == pytest.approx(0.5) and less.values["max"] == pytest.approx(0.5)
    assert trial.metrics["ttft_seconds"].values["max"] == pytest.approx(0.8)
    for name in ("stop", "resume"):
        found = trial.metrics[f"{name}_less_round_trip_seconds"]
        assert (found.count, found.values["max"]) == (4, pytest.approx({"stop": 0.0, "resume": 0.9}[name]))
    assert trial.approaches == [share.approach for share in shares]


def seen_from(index, trip):
    """Two people who ask ten times each; the second barges in on one of them a tenth of a second after its words."""
    turns = []
    for person in (1, 2):
        for number in range(10):
            at = 4.0 + number
            turns.append(
                turn(
                    f"1.s{index}-{person}.{number}", at, session=f"s{index}-{person}/1", begun_at=at,
                    chunks_at=[at + 0.5 + trip, at + 0.6 + trip], ended_at=at + 0.8 + trip,
                )
            )  # fmt: skip
        old, new = turns[-6], turns[-5]
        new.barges_in_on, old.interrupted_at = old.id, old.sent_at + 0.6
        new.sent_at = new.planned_at
    return execution(process(turns, 2, [1]), sessions=[2], local=False)


def test_without_the_round_trip_of_one_shard_nothing_is_told_less_it():
    known, unknown = (seen_from(index, 0.1).over(approach("quart", 0.1)) for index in range(2))
    unanswered = unknown.over(unknown.approach.model_copy(update={"round_trip": None}))
    (trial,) = evaluate.trials(joined([known, unanswered], [4]))
    assert trial.approach and trial.approach.round_trip is None
    assert "ttft_less_round_trip_seconds" not in trial.metrics
    assert any("too few pings" in warning for warning in trial.warnings)


def test_where_one_shard_did_not_look_the_way_is_not_known():
    (trial,) = evaluate.trials(joined([seen_from(0, 0.1).over(approach("quart", 0.1)), seen_from(1, 0.1)], [4]))
    assert (trial.approach, trial.approaches) == (None, [])
    assert "ttft_less_round_trip_seconds" not in trial.metrics
