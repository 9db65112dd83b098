"""A profile with a fault script, from its file to its chart."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e import bench_command

pytestmark = pytest.mark.e2e

SCRIPT = """
description = "An error and a turn that hangs"
[[fault]]
what = "unavailable"
every = 5
times = 2
[[fault]]
what = "hung_turn"
every = 8
times = 1
"""
PROFILE = """
title = "Faults, tiny"
targets = ["quart"]
fake_profile = "fast"
[[case]]
scenario = "faults"
faults = "{script}"
sessions = 4
trials = 1
warm_up_seconds = 0.2
window_seconds = 2.0
drain_seconds = 8
options = {{ think-seconds = 0.1, give-up = 1 }}
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("faults")
    script = folder / "two.toml"
    script.write_text(SCRIPT)
    profile = folder / "tiny.toml"
    profile.write_text(PROFILE.format(script=script))
    _, _, err = bench_command.live_bench("run", "--profile", str(profile), "--results", str(folder / "results"))
    assert (folder / "results").exists(), err
    return bench_command.results(folder / "results")


def test_each_fault_that_struck_is_told_with_what_people_saw(finished: tuple[Path, dict[str, Any]]) -> None:
    suffered = finished[1]["trials"][0]["faults"]
    struck = {(strike["fault"], strike["seen"]) for strike in suffered["struck"]}
    assert struck == {("hung_turn", "given_up"), ("unavailable", "told")}
    assert any(strike["recovered"] for strike in suffered["struck"])


def test_nobody_else_is_touched_and_the_server_is_looked_at_afterwards(finished: tuple[Path, dict[str, Any]]) -> None:
    suffered = finished[1]["trials"][0]["faults"]
    assert suffered["wrongly_touched"] == {}
    assert suffered["before"]["threads"] > 0 and suffered["after"]["descriptors"] > 0


def test_the_chart_and_the_summary_show_them(finished: tuple[Path, dict[str, Any]]) -> None:
    folder, record = finished
    assert (folder / "charts" / "faults.png").stat().st_size > 0
    assert "hung turn" in (folder / "summary.md").read_text()
    assert "Faults behind the server leave people in the dark" in record["headline"]
