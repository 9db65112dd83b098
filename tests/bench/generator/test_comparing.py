import subprocess
import sys
from pathlib import Path

import pytest
from made_up_comparison import made, reading, whole

from bench.generator import make as make_module
from bench.generator.__main__ import exit_code
from bench.generator.contenders import CONTENDERS, OURS, PLAIN
from bench.generator.make import Order, make
from bench.generator.measure import Setting, Trial, measure
from bench.generator.reading import Reading
from bench.generator.record import Comparison

ROOT = Path(__file__).parents[3]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the null chat server is for Linux")


def asked(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("options", [["--rounds", "0"], ["--crowd", "some"], ["--nonsense"]])
def test_option_that_makes_no_sense_is_told_in_one_line(options: list[str]) -> None:
    done = asked("bench.generator", *options)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("error: ") and options[0] in done.stderr


@linux_only
def test_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = asked("bench.generator", "--results", str(tmp_path / "file"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot keep results in" in done.stderr


@pytest.mark.parametrize("name", CONTENDERS)
def test_locustfile_of_each_contender_is_one_that_locust_takes(name: str) -> None:
    done = asked("locust", "-f", str(CONTENDERS[name].locustfile), "--list")
    assert done.returncode == 0, done.stderr
    assert "User" in done.stdout


@pytest.mark.parametrize(
    ("comparison", "code"),
    [
        (whole(), 0),
        (whole(cpu_seconds_per_frame=50e-6), 1),
        (made(), 1),
        (made(reading(server_cpu_share=1.0)), 3),
        (made(complete=False), 130),
    ],
)
def test_exit_code_tells_what_came_out(comparison: Comparison, code: int) -> None:
    assert exit_code(comparison) == code


@linux_only
def test_all_parts_are_measured_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_up = {PLAIN: {"cpu_share": 0.8, "schedule_delay_seconds_p99": 0.05}, OURS: {}}

    def measured(trial: Trial, order: int, setting: Setting) -> Reading:
        return reading(
            trial.contender, part=trial.part, number=trial.number, sessions=trial.sessions, **made_up[trial.contender]
        )

    monkeypatch.setattr(make_module, "measure", measured)
    said: list[str] = []
    folder, comparison = make(Order(2, 500, 1, tmp_path, "python -m bench.generator"), said.append)
    assert comparison.complete and len(said) == len(comparison.readings)
    assert [len(comparison.of("round", name)) for name in CONTENDERS] == [2, 2]
    assert [comparison.of("crowd", name)[0].sessions for name in CONTENDERS] == [500, 500]
    kept = Comparison.model_validate_json((folder / "generator.json").read_text())
    assert kept == comparison
    assert {path.name for path in folder.iterdir()} == {
        *("generator.json", "generator.md", "generator.png", "generator.svg")
    }


@linux_only
def test_what_was_measured_before_an_interruption_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(trial: Trial, order: int, setting: Setting) -> Reading:
        if order == 2:
            raise KeyboardInterrupt
        return reading(PLAIN, part="search", cpu_share=0.8)

    monkeypatch.setattr(make_module, "measure", measured)
    folder, comparison = make(Order(1, 500, 1, tmp_path, "python -m bench.generator"), lambda text: None)
    assert (len(comparison.readings), exit_code(comparison)) == (1, 130)
    assert Comparison.model_validate_json((folder / "generator.json").read_text()) == comparison


@pytest.mark.e2e
@linux_only
@pytest.mark.parametrize("name", CONTENDERS)
def test_each_contender_is_measured_against_a_real_server(name: str, tmp_path: Path) -> None:
    from bench.certify.certificate import Pace
    from bench.cores import Cores

    pace = Pace(first_seconds=0.02, gap_seconds=0.004, chunks=4, stall_share=0.0, freeze_every_seconds=0.0)
    setting = Setting(Cores(frozenset(), frozenset()), tmp_path, pace, seed=1)
    found = measure(Trial(name, "round", 1, 4, 0.05, 1.0, 0.2, 1.0), 1, setting)
    assert (found.sessions_connected, found.contender) == (4, name)
    assert found.turns > 10 and found.frames > found.turns
    assert found.error_seconds_p50 is not None and found.cpu_seconds_per_frame is not None
