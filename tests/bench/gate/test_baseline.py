import contextlib
import io
import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from made_up import FLASK
from made_up_baseline import SERVICE, earlier_run, made_against, measured
from made_up_gate import CPU, LATE_TTFT, MEMORY, NOISY, STOP, TTFT, USUAL, begun, losing, spoiled, to, verdicts, without
from rich.console import Console

from bench import charts, store
from bench.charts import gate as chart
from bench.cli import app
from bench.cores import Cores
from bench.errors import BenchError
from bench.gate import baseline as baseline_module, command, folder as results, words
from bench.gate.baseline import Order, make
from bench.gate.display import Display
from bench.gate.junit import junit
from bench.gate.make import Wanted
from bench.gate.record import BASE, HEAD, YARDSTICK
from bench.gate.summary import summary
from bench.results import Reason, Validity

RUN = "2026-01-01T00-00-00Z-gate"


class Blocks:
    """Stands in for what takes time: how much larger the service is, how slow the machine, what befalls a trial."""

    def __init__(self, folder, ratios, day, change):
        self.folder, self.ratios, self.day, self.change = folder, ratios, day, change

    def measure(self, block, order):
        assert set(order) == {YARDSTICK, HEAD}
        trials = [measured(arm, block, self.ratios if arm == HEAD else {}, 0.03, self.day, seed=1) for arm in order]
        return [self.change(trial) for trial in trials]


@pytest.fixture
def gated(tmp_path, monkeypatch):
    """A whole gate against a run, in which only what takes time is made up."""
    two = Cores(frozenset({0}), frozenset({0}))
    monkeypatch.setattr(baseline_module, "check_cores", lambda: two)
    monkeypatch.setattr(baseline_module, "speaks_to_fake", lambda target, allow_real_model, auth: True)
    monkeypatch.setattr(baseline_module, "held_to", lambda cores: contextlib.nullcontext())
    monkeypatch.setattr(baseline_module, "FakeGemini", lambda *_: contextlib.nullcontext(SimpleNamespace()))

    def call(run=None, ratios=None, day=1.0, change=lambda trial: trial, as_file=False, target=SERVICE):
        monkeypatch.setattr(
            baseline_module, "Blocks", lambda _, folder, *rest: Blocks(folder, ratios or {}, day, change)
        )
        then = tmp_path / "then"
        then.mkdir(exist_ok=True)
        store.write_run(then, run or earlier_run())
        wanted = Wanted(20, None, [], 1, tmp_path / "results", "live-bench gate --baseline then")
        order = Order(then / "run.json" if as_file else then, target, FLASK, wanted)
        return make(order, Display(Console(file=io.StringIO(), width=200)))

    return call


def refusal(gated, tmp_path, run, **options):
    with pytest.raises(BenchError) as refused:
        gated(run, **options)
    assert "\n" not in str(refused.value) and not (tmp_path / "results").exists()
    return str(refused.value)


@pytest.mark.parametrize("as_file", [False, True])
def test_service_that_is_as_it_was_passes(gated, as_file):
    folder, gate = gated(as_file=as_file)
    assert gate.verdict == "PASS" and gate.complete and gate == results.read(folder)
    assert gate.headline == f"PASS: chat is no worse than allowed (12 blocks against run {RUN}, by the ratio to flask)."
    assert (gate.kind, gate.base.ref, gate.head.ref) == ("baseline", RUN, "now")
    assert {trial.target for trial in gate.trials} == {YARDSTICK, HEAD}
    assert {trial.target for trial in gate.baseline} == {YARDSTICK, BASE} and len(gate.baseline) == 40
    assert {path.name for path in folder.iterdir()} == {"gate.json", "gate.md", "junit.xml", "charts"}
    assert (folder.parent / "latest").resolve() == folder


@pytest.mark.parametrize("metric", [CPU, MEMORY, TTFT, LATE_TTFT, STOP])
def test_service_that_is_worse_fails_in_the_metric_that_is(gated, metric):
    _, gate = gated(ratios={metric: 1.5})
    name = {decided.metric + " " + decided.statistic: decided.name for decided in gate.decisions}[metric]
    assert [name for name, verdict in verdicts(gate).items() if verdict == "FAIL"] == [name]
    (decided,) = [decided for decided in gate.decisions if decided.verdict == "FAIL"]
    assert gate.verdict == "FAIL" and decided.title in gate.headline


@pytest.mark.parametrize("day", [0.4, 2.5])
def test_absolute_time_never_decides(gated, day):
    """A machine that is slower today makes no service worse, and a faster one hides nothing."""
    assert gated(day=day)[1].verdict == "PASS"
    assert verdicts(gated(day=day, ratios={CPU: 1.5})[1])["cpu_seconds_per_turn"] == "FAIL"


def test_service_that_begins_to_lose_turns_fails(gated):
    _, gate = gated(change=losing(2))
    assert gate.verdict == "FAIL" and gate.headline.endswith(
        "24 turns lost, by the base 0, in 12 blocks more than the base (lost_chunk 24)."
    )


def test_turns_that_the_yardstick_loses_shut_nothing(gated):
    _, gate = gated(change=losing(2, arm=YARDSTICK))
    assert gate.verdict == "PASS" and (gate.lost.base, gate.lost.head, gate.lost.blocks_worse) == (0, 0, 0)


def test_service_that_lost_turns_before_is_held_against_that(gated):
    before = earlier_run(change=losing(2, arm=SERVICE.name))
    _, gate = gated(before, change=losing(2))
    assert gate.verdict == "PASS" and (gate.lost.base, gate.lost.head, gate.lost.blocks_worse) == (40, 24, 0)
    _, gate = gated(before, change=losing(5))
    assert gate.lost.verdict == "FAIL" and gate.lost.blocks_worse == 12


def test_blocks_of_the_baseline_that_were_spoiled_do_not_count(gated):
    def wild(trial):
        return spoiled(range(1, 9), SERVICE.name)(to(SERVICE.name, range(1, 9), metrics={})(trial))

    _, gate = gated(earlier_run(change=wild))
    assert gate.verdict == "PASS" and len(gate.baseline) == 40
    assert "of which 12 blocks count" in summary(gate)


def test_ctrl_c_keeps_what_was_measured(gated):
    def ended(trial):
        if trial.trial == 4:
            raise KeyboardInterrupt
        return trial

    folder, gate = gated(change=ended)
    assert not gate.complete and len(gate.trials) == 6 and gate == results.read(folder)
    assert command.code_of(gate) == 130


def test_baseline_of_another_schema_is_refused(tmp_path):
    values = json.loads(earlier_run().model_dump_json()) | {"schema": "gemini-live-bench.run.v0"}
    (tmp_path / "old.json").write_text(json.dumps(values))
    result = CliRunner().invoke(app, ["gate", "--baseline", str(tmp_path / "old.json"), "--target", "quart"])
    assert isinstance(result.exception, BenchError)
    assert "has schema 'gemini-live-bench.run.v0', but this version reads" in str(result.exception)
    assert "\n" not in str(result.exception)


def test_invalid_baseline_is_refused(gated, tmp_path):
    validity = Validity(verdict="INVALID", reasons=[NOISY])
    told = refusal(gated, tmp_path, earlier_run(validity=validity))
    assert "is INVALID and proves nothing (CPU steal: " in told


def test_baseline_of_another_workload_is_refused_with_what_differs(gated, tmp_path):
    run = earlier_run(fake_gemini={"profile": "fast"})
    (case,) = run.cases
    slower = case.model_copy(update={"sessions": [20], "options": {**case.options, "think-seconds": "1.5"}})
    told = refusal(gated, tmp_path, run.model_copy(update={"cases": [slower]}))
    for setting in (
        "interruption: sessions 20, here 40", "interruption: think-seconds 1.5, here 0.2",
        "fake Gemini's profile fast, here brisk",
    ):  # fmt: skip
        assert setting in told
    assert told.endswith(
        "make one with `live-bench run --profile gate --target flask --target chat=wss://chat.example.com`"
    )


def test_baseline_of_two_addresses_says_nothing_of_a_fake_and_is_taken(gated):
    assert gated(earlier_run(fake_gemini={}))[1].verdict == "PASS"


@pytest.mark.parametrize(("kept", "missing"), [(FLASK, "chat"), (SERVICE, "flask")])
def test_baseline_without_the_service_or_the_yardstick_is_refused(gated, tmp_path, kept, missing):
    told = refusal(gated, tmp_path, earlier_run(targets=(kept,)))
    assert f"has no target {missing!r}, only {kept.name}; make one with `live-bench run" in told


def test_baseline_of_a_real_model_is_none(gated, tmp_path):
    run = earlier_run().model_copy(update={"attribution": "protocol"})
    assert "is of another workload (attribution protocol, here tags)" in refusal(gated, tmp_path, run)


def test_baseline_with_too_few_blocks_that_count_is_refused(gated, tmp_path):
    assert "has 5 trials of both chat and flask, too few for a baseline, which takes 6" in refusal(
        gated, tmp_path, earlier_run(5)
    )
    assert "has 5 trials of both" in refusal(gated, tmp_path, earlier_run(8, change=spoiled([1, 2, 3], "flask")))
    assert gated(earlier_run(6))[1].verdict == "PASS"


def test_trials_that_were_repeated_are_not_counted_twice(gated, tmp_path):
    run = earlier_run(6, change=to("flask", [6], superseded=True))
    assert "has 5 trials of both" in refusal(gated, tmp_path, run)


def test_address_that_must_not_be_loaded_leaves_no_folder(gated, tmp_path, monkeypatch):
    def refuse(target, allow_real_model, auth):
        raise BenchError("a real one costs money")

    monkeypatch.setattr(baseline_module, "speaks_to_fake", refuse)
    assert "costs money" in refusal(gated, tmp_path, None)


def test_service_with_a_real_model_behind_it_is_not_gated(gated, tmp_path, monkeypatch):
    asked = []

    def real(target, allow_real_model, auth):
        asked.append(target.name)
        return target.name != SERVICE.name

    monkeypatch.setattr(baseline_module, "speaks_to_fake", real)
    said = refusal(gated, tmp_path, None)
    assert said.startswith(
        "target 'chat' does not say that a fake Gemini is behind it, and a gate does not load a real"
    )
    assert asked == ["flask", "chat"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--base", "main", "--baseline", "then"], "give the revision or the earlier run, not both"),
        (["--baseline", "then", "--aa"], "leave --aa away"),
        (["--baseline", "then", "--head", "worktree"], "leave --head away"),
        (["--baseline", "then", "--target", "flask"], "--target and --yardstick are both flask"),
        (["--baseline", "then", "--target", "flask=ws://127.0.0.1:1"], "name another server as the --yardstick"),
        (["--baseline", "then", "--target", "flusk"], "there is no target 'flusk'"),
        (["--baseline", "nowhere"], "nowhere is not a folder"),
    ],
)
def test_options_that_do_not_go_together_are_refused_in_one_line(options, complaint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["gate", *options])
    assert isinstance(result.exception, BenchError)
    assert complaint in str(result.exception) and "\n" not in str(result.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("ratios", "code"), [({}, 0), ({CPU: 1.5}, 1), ({CPU: 1.08}, 4)])
def test_command_leaves_with_the_code_of_the_verdict(ratios, code, tmp_path, monkeypatch):
    asked = []

    def made_up(order, display):
        asked.append(order)
        gate = made_against(ratios, noise=0.05)
        results.draw(tmp_path, gate)
        return tmp_path, gate

    monkeypatch.setattr(command, "make_against_baseline", made_up)
    options = [
        "--baseline",
        "then",
        "--target",
        "chat=wss://chat.example.com",
        "--yardstick",
        "flask",
        "--blocks",
        "12",
    ]
    result = CliRunner().invoke(app, ["gate", *options], standalone_mode=False)
    assert result.return_value == code, result.output
    (order,) = asked
    assert (order.target.url, order.yardstick.name, order.wanted.blocks) == (SERVICE.url, "flask", 12)


@pytest.mark.parametrize(
    "gate",
    [
        made_against(),
        made_against({CPU: 1.5}, change=losing(1)),
        made_against(noise=0.5),
        made_against(change=spoiled(range(1, 9))),
    ],
    ids=["pass", "fail", "undecided", "invalid"],
)
def test_nothing_speaks_of_revisions_or_builds(gate, tmp_path):
    picture = charts.picture("gate", gate)
    told = "\n".join([summary(gate), junit(gate), gate.headline, chart.title(gate), picture.title])
    told += "\n".join(text.get_text() for text in [*chart.draw(gate).texts, *chart.draw(gate).axes[0].texts])
    assert not [word for word in ("revision", "build", "commit", "None", "at now", "012345678)") if word in told]
    assert RUN in told and "yardstick" in told


def test_summary_says_what_was_held_against_what():
    details = summary(made_against()).partition("<details>")[2]
    for told in (
        f"- base: run {RUN}, of which 20 blocks count".replace("_", "\\_"),
        "- head: chat at example.com, now",
        "- yardstick: Flask, gunicorn, 100 threads, measured beside both in every block",
        "in random order; 0 more were spoiled",
    ):
        assert told in details.replace("\\-", "-").replace("\\.", ".")


def test_dots_are_ratios_to_what_it_was():
    gate = made_against({CPU: 1.5}, noise=0.001, day=3.0)
    (axes,) = chart.draw(gate).axes
    (dots,) = [line for line in axes.lines if line.get_gid() == "blocks-cpu_seconds_per_turn"]
    assert list(dots.get_xdata()) == pytest.approx([1.5] * 20, rel=0.01)
    (mark,) = [line for line in axes.lines if line.get_gid() == "ratio-cpu_seconds_per_turn"]
    assert list(mark.get_xdata()) == pytest.approx([1.5], rel=0.01)


def test_what_the_baseline_did_not_measure_is_told_as_such():
    gate = made_against(before=[trial for trial in made_against().baseline if trial.target == YARDSTICK])
    assert gate.verdict == "INCONCLUSIVE"
    assert {words.visible(decided) for decided in gate.decisions} == {"was measured in no block of the baseline"}
    (axes,) = chart.draw(gate).axes
    assert [text.get_text() for text in axes.texts].count("no block has it of both") == len(USUAL)


@pytest.mark.parametrize("missing", [3, 20])
def test_baseline_without_a_value_in_some_blocks_passes_by_the_others_alone(missing):
    before = [without(STOP, range(1, missing + 1), [BASE])(trial) for trial in made_against().baseline]
    gate = made_against(before=before)
    (stop,) = [decided for decided in gate.decisions if decided.name == "stop_seconds.p50"]
    assert stop.verdict == ("PASS" if missing == 3 else "INCONCLUSIVE") and stop.missing == 0
    (axes,) = chart.draw(gate).axes
    dots = [line for line in axes.lines if line.get_gid() == "blocks-stop_seconds.p50"]
    assert len(dots) == (missing == 3)
    assert (words.visible(stop) == "was measured in no block of the baseline") == (missing == 20)


def test_display_names_the_yardstick():
    out = io.StringIO()
    gate = made_against(blocks=1, noise=0.0, ratios={CPU: 0.5}, change=losing(2), complete=False)
    Display(Console(file=out, width=200)).show(gate)
    told = out.getvalue().replace("\N{MULTIPLICATION SIGN}", "x")
    assert told.startswith("[1/20] block 1: beside flask: CPU x0.20, memory x0.40, ")
    assert "lost 2 to flask's 0; " in told


def test_headline_of_a_gate_of_revisions_names_no_yardstick():
    assert "by the ratio" not in words.headline(begun(verdict="PASS"))


def test_doubts_of_now_are_told(gated):
    doubt = Reason(check="schedule", verdict="SUSPECT", message="turns were set about late")
    _, gate = gated(change=to(HEAD, [1, 2], reasons=[doubt]))
    assert gate.verdict == "PASS" and gate.reasons[0].message.endswith("(in 2 trials)")
