from pathlib import Path

import made_up
import pytest
from click.testing import CliRunner

from bench import cli, report
from bench.results import Run
from bench.run import Broken, Order


def test_run_that_breaks_off_tells_first_what_was_measured_and_what_went_wrong_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = made_up.trial(failures={"lost": 3})
    record: Run = made_up.run(failing, complete=False, headline="Flask answers after 20 ms.")

    def broken(order: Order, *_: object) -> None:
        raise Broken("nobody answers at https://chat.example.com", tmp_path, record)

    monkeypatch.setattr(cli, "measure", broken)
    monkeypatch.setattr(report, "write", lambda folder, warn: folder / "report.html")
    options = ["run", "--profile", "smoke", "--target", "quart"]
    result = CliRunner().invoke(cli.app, options, standalone_mode=False)
    assert isinstance(result.exception, Broken)
    lines = result.output.splitlines()
    (cause,) = [line for line in lines if "lost (3 turns): the connection ended without a word; check" in line]
    assert lines.index(cause) < lines.index("This run is incomplete: it was ended before its last trial.")
    assert lines[-1] == f"Report: {tmp_path / 'report.html'}"
