import shutil
from pathlib import Path

import pytest

from tests.jobs.job_files import script
from tests.jobs.made_up_github import GitHub

pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("bash", "jq", "unzip")),
    reason="the scripts of the jobs use what GitHub's runners have: bash, jq and unzip",
)
MARKER = "<!-- gemini-live-bench gate -->"
LABELS = "repos/we/chat/issues/3/labels"
COMMENTS = "repos/we/chat/issues/3/comments"
BOT = {"login": "github-actions[bot]"}


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


def measured(github: GitHub, workflow: str, step: str, code: int, record: str = "") -> tuple[int, str, list[str]]:
    """A measuring step whose gate leaves with this code, and that record: the step's exit code, its output, and the
    gate's words."""
    github.program("git", "echo c0ffee")
    if record:
        folder = github.folder / "results" / "latest"
        folder.mkdir(parents=True)
        (folder / "gate.json").write_text(record)
    github.program(".venv/bin/live-bench", f'printf "%s\\n" "$@" > words; exit {code}')
    done = github.bash(script(workflow, step), BASE_BRANCH="main", TARGET="quart", MINUTES="20")
    return done.returncode, done.stdout, (github.folder / "words").read_text().split()


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (1, 0), (4, 0), (2, 2), (3, 3), (130, 130)])
def test_measuring_hands_on_the_exit_code_and_is_red_only_where_nothing_was_decided(
    github: GitHub, code: int, ends: int
) -> None:
    record = '{"complete": true, "verdict": "FAIL"}' if code == 1 else ""
    left_with, _, words = measured(github, "gate", "Measure base and change in turns", code, record)
    assert left_with == ends
    assert github.output.read_text() == f"code={code}\n"
    options = ["--base", "c0ffee", "--head", "HEAD", "--if-changed", "--target", "quart", "--max-minutes", "20"]
    assert words == ["gate", *options]


@pytest.mark.parametrize(
    "record", ["", "{}", '{"complete": false, "verdict": "FAIL"}', '{"complete": true}', "no JSON"]
)
def test_code_of_a_regression_without_a_gate_that_says_so_is_none(github: GitHub, record: str) -> None:
    left_with, _, _ = measured(github, "gate", "Measure base and change in turns", 1, record)
    assert left_with == 3
    assert github.output.read_text() == "code=3\n"


@pytest.mark.parametrize(
    ("code", "ends", "said"),
    [(0, 0, ""), (1, 1, "::error title=false alarm"), (4, 0, "::warning title=noise"), (2, 2, ""), (3, 3, "")],
)
def test_only_a_false_alarm_or_a_broken_measurement_makes_the_noise_red(
    github: GitHub, code: int, ends: int, said: str
) -> None:
    left_with, told, words = measured(github, "noise", "Hold this revision against itself", code)
    assert left_with == ends and told.startswith(said) and bool(told) is bool(said)
    assert "--aa" in words


def verdict(github: GitHub, code: str, inconclusive: str = "warn") -> tuple[int, str]:
    """The exit code of the job that decides, and what it said."""
    done = github.bash(
        script("gate", "Let the exit code decide"),
        CODE=code,
        PULL_REQUEST="3",
        INCONCLUSIVE=inconclusive,
        ACCEPTED_LABEL="perf-regression-accepted",
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("code", "inconclusive", "ends", "said"),
    [
        ("0", "warn", 0, "No regression, or nothing changed that is served."),
        ("1", "warn", 1, "::error title=gate::a regression"),
        ("2", "warn", 3, "::error title=gate::nothing was decided (exit code 2)"),
        ("3", "warn", 3, "::error title=gate::nothing was decided (exit code 3)"),
        ("4", "warn", 0, "::warning title=gate::inconclusive"),
        ("4", "fail", 4, "::warning title=gate::inconclusive"),
        ("", "warn", 3, "::error title=gate::nothing was decided (exit code missing)"),
    ],
)
def test_exit_code_of_the_gate_decides(github: GitHub, code: str, inconclusive: str, ends: int, said: str) -> None:
    github.answers[LABELS] = [{"name": "perf"}, {"name": "perf-regression-accepted-not"}]
    left_with, told = verdict(github, code, inconclusive)
    assert left_with == ends and told.startswith(said)


def test_label_lets_a_regression_pass_and_is_recorded(github: GitHub) -> None:
    github.answers[LABELS] = [{"name": "perf"}, {"name": "perf-regression-accepted"}]
    assert verdict(github, "1") == (
        0,
        "::warning title=gate::a regression, accepted by the label perf-regression-accepted\n",
    )
    assert "accepted by the label `perf-regression-accepted`" in github.summary.read_text()
    assert verdict(github, "3")[0] == 3, "nothing was measured that could be accepted"


def test_labels_that_cannot_be_read_accept_nothing(github: GitHub) -> None:
    assert verdict(github, "1")[0] != 0


def pull(number: int, sha: str) -> dict[str, object]:
    return {"number": number, "head": {"sha": sha}}


@pytest.mark.parametrize(
    ("pulls", "output"),
    [
        ([pull(2, "old"), pull(3, "new")], "number=3\n"),
        ([pull(3, "newer")], ""),
        ([pull(2, "new"), pull(3, "new")], ""),
        ([], ""),
    ],
    ids=["one", "moved on", "two bases", "closed"],
)
def test_comment_goes_to_the_one_pull_request_whose_newest_commit_was_measured(
    github: GitHub, pulls: list[dict[str, object]], output: str
) -> None:
    github.answers["repos/we/chat/pulls"] = pulls
    done = github.bash(script("gate-comment", "Find the pull request"), HEAD="they:fix;id", HEAD_SHA="new")
    assert done.returncode == 0, done.stderr
    assert github.output.read_text() == output


def read_verdict(github: GitHub) -> str | None:
    """The comment that the job makes of the artifact; None where it makes none."""
    done = github.bash(script("gate-comment", "Read the verdict"), RUN_ID="7", RUN_URL="https://run/7", MARKER=MARKER)
    assert done.returncode == 0, done.stderr
    if not github.output.read_text():
        assert done.stdout.startswith("::notice::no comment: ")
        return None
    return (github.folder / "comment.md").read_text(encoding="utf-8")


def test_comment_is_the_verdict_with_a_link_to_the_evidence(github: GitHub) -> None:
    github.artifact(gate_md=f"{MARKER}\n# PASS\n\n1.01 times `@base`\n".encode(), gate_json=b"{}")
    link = "[Charts, every turn and the logs](https://run/7#artifacts)."
    assert read_verdict(github) == f"{MARKER}\n{link}\n\n# PASS\n\n1.01 times `@&#8203;base`\n"


def test_a_page_too_long_for_a_comment_is_cut_and_says_so(github: GitHub) -> None:
    github.artifact(gate_md=f"{MARKER}\n".encode() + "é".encode() * 4_000_000)
    comment = read_verdict(github)
    assert comment is not None and "Too long for a comment, it was cut" in comment
    assert len(comment) < 65_536 and comment.endswith("éé\n")


def test_a_page_that_calls_everybody_stays_short_enough_for_a_comment(github: GitHub) -> None:
    github.artifact(gate_md=f"{MARKER}\n".encode() + b"@a " * 19_000)
    comment = read_verdict(github)
    assert comment is not None and "@a" not in comment and len(comment) < 65_536


@pytest.mark.parametrize("page", [b"", b"# something else\n", b"\xff\xfe\x00\x00"])
def test_what_is_no_page_of_a_gate_is_not_shown(github: GitHub, page: bytes) -> None:
    github.artifact(gate_md=page)
    assert read_verdict(github) is None


def test_an_artifact_without_a_page_and_a_run_without_an_artifact_make_no_comment(github: GitHub) -> None:
    github.artifact(gate_json=b"{}")
    assert read_verdict(github) is None
    github.answers["repos/we/chat/actions/runs/7/artifacts"] = {"artifacts": []}
    assert read_verdict(github) is None


def write_comment(github: GitHub, *before: dict[str, object]) -> tuple[str, str, str] | None:
    github.answers[COMMENTS] = list(before)
    (github.folder / "comment.md").write_text(f'{MARKER}\n"quoted" $(id)\n', encoding="utf-8")
    done = github.bash(
        script("gate-comment", "Write the comment, or overwrite the one before"), PULL_REQUEST="3", MARKER=MARKER
    )
    assert done.returncode == 0, done.stderr
    return github.written


def test_first_comment_is_new(github: GitHub) -> None:
    somebody = {"id": 1, "user": {"login": "somebody"}, "body": f"{MARKER}\nmine"}
    quoting = {"id": 2, "user": BOT, "body": f"> {MARKER}\nanother job's"}
    assert write_comment(github, somebody, quoting) == ("POST", COMMENTS, f'{MARKER}\n"quoted" $(id)\n')


def test_later_comments_overwrite_the_first(github: GitHub) -> None:
    before = [{"id": number, "user": BOT, "body": f"{MARKER}\nold"} for number in (4, 8)]
    written = write_comment(github, *before)
    assert written is not None and written[:2] == ("PATCH", "repos/we/chat/issues/comments/4")
