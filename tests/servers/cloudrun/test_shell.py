"""The scripts as such: what a linter finds in them, and in the plans that they write."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers.cloudrun.made_up_gcloud import PLACE, SCRIPTS, GCloud
from tests.servers.cloudrun.rendered import LOAD

pytestmark = pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")


def shellcheck(*files: Path) -> str:
    command = ["shellcheck", "--external-sources", "--source-path=SCRIPTDIR", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout


def test_linter_finds_nothing_in_the_scripts() -> None:
    scripts = sorted(SCRIPTS.glob("*.sh"))
    assert len(scripts) == 4
    assert shellcheck(*scripts) == ""


@pytest.mark.parametrize(
    ("script", "options"),
    [
        ("deploy.sh", ("--tag=c0ffee", "--backend=fake-service", "--secret=fake-gemini-key:2", *LOAD)),
        ("deploy.sh", ("--tag=c0ffee", "--backend=vertex")),
        ("destroy.sh", ("--secret=fake-gemini-key:2", "--bucket=acme-shards")),
    ],
)
def test_linter_finds_nothing_in_a_plan(script: str, options: tuple[str, ...], tmp_path: Path) -> None:
    shown = GCloud(tmp_path / "gcloud").run(SCRIPTS / script, *PLACE, *options, "--dry-run")
    (tmp_path / "plan.sh").write_text(shown.stdout, encoding="utf-8")
    assert shellcheck(tmp_path / "plan.sh") == ""


def test_linter_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "plan.sh").write_text("#!/bin/bash\necho $1\n", encoding="utf-8")
    assert "SC2086" in shellcheck(tmp_path / "plan.sh")
