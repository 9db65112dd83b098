import re

import pytest

from tests.jobs.job_files import CLOUD_BUILD, ROOT, WORKFLOWS, jobs, read, scripts, steps

MAY_WRITE = {"gate-comment: comment": {"pull-requests"}}
"""The only permissions to write in all the jobs."""
JOBS = {where: (job, workflow) for where, job, workflow in jobs()}


@pytest.mark.parametrize("where", JOBS)
def test_every_job_ends_in_time_and_may_do_no_more_than_it_must(where: str) -> None:
    job, workflow = JOBS[where]
    assert 0 < job["timeout-minutes"] <= 60
    assert workflow["permissions"] == {}, "nothing unless the job says so"
    assert "write-all" not in job["permissions"]
    assert {name for name, level in job["permissions"].items() if level == "write"} == MAY_WRITE.get(where, set())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_workflow_runs_twice_at_once_for_the_same_thing(path) -> None:
    workflow = read(path)
    assert workflow["concurrency"]["group"]
    assert "pull_request_target" not in workflow["on"], "it would run others' code with a token that can write"


def test_no_script_is_written_by_what_others_wrote() -> None:
    for script in scripts():
        assert "${{" not in script.text, script.where


def test_job_that_may_write_runs_nothing_of_others() -> None:
    for where in MAY_WRITE:
        job, _ = JOBS[where]
        assert [step for step in job["steps"] if "uses" in step] == []
        text = "\n".join(step["run"] for step in job["steps"])
        assert re.search(r"\b(git|make|python3?|live-bench|eval|source)\b", text) is None


def test_evidence_is_kept_whatever_happened() -> None:
    uploads = [(where, step) for where, step in steps() if "upload-artifact" in step.get("uses", "")]
    assert len(uploads) == 4
    for where, step in uploads:
        assert step["if"] == "always()", where
        assert step["with"]["path"].startswith("results/"), where


def test_every_checkout_leaves_no_token_behind_and_a_gate_sees_the_history() -> None:
    checkouts = [(where, step) for where, step in steps() if "actions/checkout" in step.get("uses", "")]
    assert checkouts
    for where, step in checkouts:
        assert step["with"]["persist-credentials"] is False, where
        assert where.startswith("load-test") or step["with"]["fetch-depth"] == 0, where


def test_every_action_is_pinned_to_a_commit_and_says_which_version_that_is() -> None:
    lines = [
        line.strip() for path in WORKFLOWS for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line
    ]
    assert lines
    for line in lines:
        assert re.fullmatch(r"(- )?uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_gate_runs_where_what_is_served_changed() -> None:
    paths = read(ROOT / ".github" / "workflows" / "gate.yml")["on"]["pull_request"]["paths"]
    for path in paths:
        assert (ROOT / path.removesuffix("/**")).exists(), path


def test_comment_follows_the_gate_by_its_name() -> None:
    gate = read(ROOT / ".github" / "workflows" / "gate.yml")
    comment = read(ROOT / ".github" / "workflows" / "gate-comment.yml")
    assert comment["on"]["workflow_run"]["workflows"] == [gate["name"]]
    (upload,) = [step for step in gate["jobs"]["measure"]["steps"] if "upload-artifact" in step.get("uses", "")]
    text = comment["jobs"]["comment"]["steps"][1]["run"]
    assert f"artifacts?name={upload['with']['name']}" in text


def test_cloud_build_keeps_the_evidence_before_its_verdict_fails_the_build() -> None:
    steps = {step["id"]: step for step in read(CLOUD_BUILD)["steps"]}
    assert list(steps) == ["history", "gate", "evidence", "verdict"]
    assert steps["gate"]["allowExitCodes"] == [1, 3, 4]
    assert steps["verdict"]["allowExitCodes"] == [4]
    assert "allowExitCodes" not in steps["evidence"] and "allowFailure" not in str(steps)
    assert steps["gate"]["name"] == steps["verdict"]["name"], "the environment made by one is used by the other"


def test_cloud_build_hands_values_over_and_writes_none_into_a_script() -> None:
    build = read(CLOUD_BUILD)
    assert int(build["timeout"].removesuffix("s")) <= 3600
    for step in build["steps"]:
        assert re.search(r"\$\{?_", step["script"]) is None, step["id"]
        for name in re.findall(r"\$(_\w+)", str(step.get("env", ""))):
            assert name in build["substitutions"]
