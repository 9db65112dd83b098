import pytest
from click.testing import CliRunner
from made_up_gate import spoiled
from made_up_selftest import made, without_fault

from bench.cli import app
from bench.errors import BenchError
from bench.gate.rule import FIRST_LOOK_BLOCKS, LEAST_BLOCKS
from bench.selftest import command


@pytest.fixture
def called(monkeypatch, tmp_path):
    """Calls the self-test, which then comes to what is given; with the orders it was asked for."""
    orders = []

    def call(test, *options):
        def make(order, display):
            orders.append(order)
            return tmp_path, test

        monkeypatch.setattr(command, "make", make)
        return CliRunner().invoke(app, ["selftest", *options], standalone_mode=False)

    call.orders = orders
    return call


@pytest.mark.parametrize(
    ("test", "code"),
    [
        (made(), 0),
        (made(found=without_fault("cpu")), 1),
        (made(15, change=spoiled(range(1, 6), "cpu")), 3),
        (made(complete=False), 130),
    ],
    ids=["green", "red", "spoiled", "ended"],
)
def test_exit_code_is_whether_the_gate_works(called, test, code):
    assert called(test).return_value == code


def test_each_fault_has_a_line_then_the_verdict_then_where_the_report_is(called, tmp_path):
    *checks, headline, where = called(made()).output.splitlines()
    assert len(checks) == 6 and all(line.startswith("proved: ") for line in checks)
    assert checks[0] == "proved: nothing: the same code twice: PASS"
    assert headline == made().headline and where == f"Report: {tmp_path / 'selftest.md'}"


def test_what_was_missed_and_what_was_spoiled_are_told_apart(called):
    test = made(15, change=spoiled(range(1, 6), "memory"), found=without_fault("cpu"))
    output = called(test).output
    assert "\nWRONG: 30 % more processor time" in output and "\nspoiled: 50 % more memory" in output


def test_options_are_what_is_measured(called, tmp_path):
    called(made(), "--target", "flask", "--blocks", "12", "--seed", "7", "--results", str(tmp_path))
    (order,) = called.orders
    assert (order.target.name, order.blocks, order.seed, order.results) == ("flask", 12, 7, tmp_path)


def test_usual_number_of_blocks_is_that_of_a_gate_s_first_look(called):
    called(made())
    (order,) = called.orders
    assert order.blocks == FIRST_LOOK_BLOCKS == 12 > LEAST_BLOCKS


def test_address_takes_no_fault(called):
    result = called(made(), "--target", "mine=ws://127.0.0.1:1")
    assert isinstance(result.exception, BenchError) and "\n" not in str(result.exception)
    assert "is an address, into which no fault can be put: name a target of the table" in str(result.exception)


def test_machine_with_one_core_is_refused_and_leaves_nothing(monkeypatch, tmp_path):
    def refuse():
        raise BenchError("a gate takes 2 cores")

    monkeypatch.setattr("bench.selftest.make.check_cores", refuse)
    result = CliRunner().invoke(app, ["selftest", "--results", str(tmp_path)])
    assert isinstance(result.exception, BenchError) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("blocks", [0, LEAST_BLOCKS - 1, FIRST_LOOK_BLOCKS + 1])
def test_numbers_of_blocks_that_prove_nothing_or_take_a_second_look_are_usage_errors(blocks):
    result = CliRunner().invoke(app, ["selftest", "--blocks", str(blocks)])
    assert result.exit_code == 2 and "Invalid value for '--blocks'" in result.output
