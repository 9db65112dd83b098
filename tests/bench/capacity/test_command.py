import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from made_up import FLASK, QUART
from made_up_capacity import begun, full_core, holding, made, only, spoiled

from bench.capacity import command
from bench.cli import app
from bench.elsewhere import Caps
from bench.errors import BenchError


def called(monkeypatch, capacity, *options):
    monkeypatch.setattr(command, "make", lambda order, display: (Path("somewhere"), capacity))
    return CliRunner().invoke(app, ["capacity", *options], standalone_mode=False)


def test_answer_is_said_last_with_where_the_page_is(monkeypatch):
    result = called(monkeypatch, made())
    assert result.return_value == 0
    *_, answer, where = result.output.splitlines()
    assert answer == made().headline
    assert where == "Report: somewhere/report.html"


@pytest.mark.parametrize(
    ("capacity", "code"),
    [
        (made(), 0),
        (only(holding(5000)), 0),
        (made(flask=full_core), 1),
        (only(full_core), 1),
        (only(spoiled), 3),
        (only(holding(399, spoiled)), 3),
        (made(flask=full_core, quart=spoiled), 3),
        (only(holding(640, in_2=spoiled)), 0),
        (made().model_copy(update={"complete": False}), 130),
        (begun(), 130),
    ],
)
def test_exit_code_tells_what_came_out(monkeypatch, capacity, code):
    assert called(monkeypatch, capacity).return_value == code


def test_options_reach_the_order(monkeypatch, tmp_path):
    orders = []

    def make(order, display):
        orders.append(order)
        return tmp_path, made()

    monkeypatch.setattr(command, "make", make)
    options = [
        *("--target", "quart", "--target", "again=quart", "--objective", "ttft p50 <= 1s", "--start", "7"),
        *("--most", "70", "--precision", "0.2", "--repeats", "2", "--think-seconds", "1.5", "--probe-window", "3s"),
        *("--confirm-window", "500ms", "--seed", "9", "--processes", "2", "--fake-profile", "fast"),
        *("--results", str(tmp_path), "--allow-real-model", "--max-sessions", "70", "--max-turns", "900"),
    ]
    CliRunner().invoke(app, ["capacity", *options], standalone_mode=False)
    (order,) = orders
    assert [target.name for target in order.targets] == ["quart", "again"]
    assert order.objective.text == "ttft p50 <= 1s, unserved <= 0%"
    assert (order.bounds.start, order.bounds.most, order.bounds.precision, order.repeats) == (7, 70, 0.2, 2)
    assert (order.pace.think_seconds, order.pace.probe_seconds, order.pace.confirm_seconds) == (1.5, 3.0, 0.5)
    assert order.pace.reply_seconds == pytest.approx(0.016, rel=0.1)
    assert (order.seed, order.processes, order.fake_profile) == (9, 2, "fast")
    assert order.results == tmp_path and order.allow_real_model
    assert order.caps == Caps(max_sessions=70, max_turns=900)


def test_default_is_both_servers_with_an_interval(monkeypatch, tmp_path):
    orders = []
    monkeypatch.setattr(command, "make", lambda order, display: (orders.append(order), (tmp_path, made()))[1])
    CliRunner().invoke(app, ["capacity"], standalone_mode=False)
    assert [target.name for target in orders[0].targets] == [FLASK.name, QUART.name]
    assert orders[0].repeats == 6


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--objective", "fast"], "objective: cannot read 'fast'"),
        (["--objective", "ttft p95 = 1s"], "objective: cannot read"),
        (["--objective", "stop p95 <= 1s"], "nobody interrupts while a capacity is sought"),
        (["--target", "flusk"], "there is no target 'flusk'"),
        (["--target", "quart", "--target", "quart"], "given twice"),
        (["--start", "60", "--most", "50"], "--start 60 is beyond --most 50"),
        (["--processes", "4096"], "4096 load processes: give a number from 1 to"),
        (["--processes", "0"], "0 load processes"),
        (["--target", "mine=ws://127.0.0.1:1"], "no chat server answers at ws://127.0.0.1:1/healthz"),
        (["--auth", "adc"], "--auth adc is of addresses, and no target is one"),
        (["--target", "mine=ws://a.invalid", "--auth", "adc"], "a token would travel in the clear to a.invalid"),
    ],
)
def test_bad_input_is_told_in_one_line_and_leaves_nothing(options, complaint, tmp_path):
    result = CliRunner().invoke(app, ["capacity", "--results", str(tmp_path), *options])
    assert isinstance(result.exception, BenchError)
    assert re.search(re.escape(complaint), str(result.exception)) and "\n" not in str(result.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [["--start", "0"], ["--most", "x"], ["--repeats", "0"], ["--precision", "2"], ["--probe-window", "5"]],
)
def test_option_that_makes_no_sense_is_a_usage_error(options):
    result = CliRunner().invoke(app, ["capacity", *options])
    assert result.exit_code == 2
    assert f"Invalid value for '{options[0]}'" in result.output
