"""The verbs of the Makefile hand everything on to the scripts."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers.cloudrun.made_up_gcloud import PLACE, SCRIPTS, GCloud

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def made(folder: Path, *words: str) -> str:
    """What `make` prints, where there is no gcloud that anybody could be asked by."""
    gcloud = GCloud(folder / "gcloud")
    (gcloud.folder / "answers").write_text("")
    done = subprocess.run(
        ["make", "--silent", *words, "PROJECT=acme-live", "REGION=europe-west1", "DRY_RUN=1"],
        cwd=SCRIPTS.parents[1],
        env={"PATH": f"{gcloud.folder}:/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert gcloud.calls == []
    return done.stdout


def test_make_deploy_deploys_what_it_is_told_to(tmp_path: Path) -> None:
    said = made(tmp_path, "deploy", "BACKEND=vertex", "TARGETS=quart", "OPTIONS=--tag=c0ffee --gemini-location=global")
    options = (*PLACE, "--backend=vertex", "--tag=c0ffee", "--gemini-location=global", "quart", "--dry-run")
    assert said == GCloud(tmp_path / "another").run(SCRIPTS / "deploy.sh", *options).stdout


def test_make_destroy_destroys(tmp_path: Path) -> None:
    said = made(tmp_path, "destroy", "OPTIONS=--keep-images")
    assert said == GCloud(tmp_path / "another").run(SCRIPTS / "destroy.sh", *PLACE, "--keep-images", "--dry-run").stdout
