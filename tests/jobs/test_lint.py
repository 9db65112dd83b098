import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.job_files import CLOUD_BUILD, ROOT, WORKFLOWS


def schema(name: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """Holds files against a schema that check-jsonschema brings along."""
    return _run("check-jsonschema", "--builtin-schema", f"vendor.{name}", *map(str, files))


def zizmor(folder: Path) -> subprocess.CompletedProcess[str]:
    """Looks for what is unsafe in the workflows of a folder, without asking the network."""
    options = ("--offline", "--no-progress", "--persona", "pedantic", "--strict-collection")
    return _run("zizmor", *options, str(folder))


def _run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name(tool)), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def told(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def copied(folder: Path, old: str, new: str) -> Path:
    """The workflows in another folder, the gate changed by replacing one text; `.github` of that folder."""
    workflows = folder / ".github" / "workflows"
    shutil.copytree(ROOT / ".github" / "workflows", workflows)
    text = (workflows / "gate.yml").read_text(encoding="utf-8")
    assert old in text
    (workflows / "gate.yml").write_text(text.replace(old, new), encoding="utf-8")
    return workflows.parent


def test_workflows_are_what_github_understands() -> None:
    done = schema("github-workflows", *WORKFLOWS)
    assert done.returncode == 0, told(done)


def test_cloud_build_file_is_what_cloud_build_understands() -> None:
    done = schema("cloudbuild", CLOUD_BUILD)
    assert done.returncode == 0, told(done)


def test_zizmor_finds_nothing_unsafe_in_the_workflows() -> None:
    done = zizmor(ROOT / ".github")
    assert done.returncode == 0, told(done)


def test_a_misspelt_key_is_seen(tmp_path: Path) -> None:
    github = copied(tmp_path, "timeout-minutes: 5", "timeout-minuts: 5")
    assert schema("github-workflows", github / "workflows" / "gate.yml").returncode == 1
    build = tmp_path / "cloudbuild.yaml"
    build.write_text(CLOUD_BUILD.read_text(encoding="utf-8").replace("allowExitCodes", "allowedExitCodes"))
    assert schema("cloudbuild", build).returncode == 1


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ('"origin/$BASE_BRANCH"', '"origin/${{ github.head_ref }}"', "template-injection"),
        ("permissions: {}", "permissions: write-all", "excessive-permissions"),
        ("persist-credentials: false", "clean: true", "artipacked"),
        ("actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd", "actions/checkout@v6", "unpinned-uses"),
    ],
)
def test_what_is_unsafe_is_seen(tmp_path: Path, old: str, new: str, finding: str) -> None:
    done = zizmor(copied(tmp_path, old, new))
    assert done.returncode != 0 and finding in told(done)
