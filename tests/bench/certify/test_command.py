from pathlib import Path

import pytest
from click.testing import CliRunner
from made_up_certificate import climbed, level, reading, stored

from bench.certify import command
from bench.cli import app
from bench.errors import BenchError


def called(monkeypatch, certificate, *options):
    monkeypatch.setattr(command, "make", lambda order, display: (Path("somewhere"), certificate))
    return CliRunner().invoke(app, ["certify", *options], standalone_mode=False)


def test_finding_is_said_last(monkeypatch):
    result = called(monkeypatch, climbed())
    assert result.return_value == 0
    *_, headline, _, _, where = result.output.splitlines()
    assert headline == "This generator on this machine reads right up to 1,698 chunks a second and 283 people."
    assert where == "Certificate: somewhere/certificate.json"


@pytest.mark.parametrize(
    ("certificate", "code"),
    [
        (climbed(), 0),
        (stored(level(ttft=reading(error=0.1))), 1),
        (stored(level(server_cpu_share=1.0)), 3),
        (stored(level(), complete=False), 130),
        (stored(complete=False), 130),
    ],
)
def test_exit_code_tells_what_came_out(monkeypatch, certificate, code):
    assert called(monkeypatch, certificate).return_value == code


def test_options_reach_the_order(monkeypatch, tmp_path):
    orders = []

    def make(order, display):
        orders.append(order)
        return tmp_path, climbed()

    monkeypatch.setattr(command, "make", make)
    options = ["--first", "7", "--most", "70", "--bias-bound", "2ms", "--error-bound", "0.5 s", "--seed", "9"]
    CliRunner().invoke(app, ["certify", *options, "--results", str(tmp_path)], standalone_mode=False)
    (order,) = orders
    assert (order.first, order.most, order.seed, order.results) == (7, 70, 9, tmp_path)
    assert (order.bounds.bias_seconds, order.bounds.error_seconds) == (0.002, 0.5)


@pytest.mark.parametrize(
    "options", [["--first", "0"], ["--most", "x"], ["--bias-bound", "5"], ["--error-bound", "0ms"]]
)
def test_option_that_makes_no_sense_is_a_usage_error(options):
    result = CliRunner().invoke(app, ["certify", *options])
    assert result.exit_code == 2
    assert f"Invalid value for '{options[0]}'" in result.output


def test_system_without_kernel_stamps_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr("bench.certify.measure.sys.platform", "darwin")
    result = CliRunner().invoke(app, ["certify", "--results", str(tmp_path)])
    assert isinstance(result.exception, BenchError) and "needs Linux" in str(result.exception)
    assert list(tmp_path.iterdir()) == []
