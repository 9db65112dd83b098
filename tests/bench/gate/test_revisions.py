import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made_up_project import IDENTITY, commit, git, project, state, write

import bench
from bench.errors import BenchError
from bench.gate import revisions
from bench.gate.git import running_project
from bench.gate.revisions import checked_out
from servers.settings import build_of
from tests.waiting import wait_until

ROOT = Path(bench.__file__).parent.parent
GATE = """
import sys, time
from pathlib import Path
from bench.gate.revisions import checked_out
with checked_out("first", "third", Path(sys.argv[1]), Path(sys.argv[2])) as (base, head):
    print(base.tree, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def no_settings_of_mine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in IDENTITY.items():
        if name.startswith("GIT_CONFIG"):
            monkeypatch.setenv(name, value)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return project(tmp_path / "a project")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "check outs"


@pytest.fixture
def untouched(repository: Path, folder: Path) -> Iterator[None]:
    before = state(repository)
    yield
    assert state(repository) == before
    assert not folder.exists() or list(folder.iterdir()) == []


def refused(base: str, head: str, repository: Path, folder: Path, *, same: bool = False) -> str:
    """The one line of a refusal, which comes before anything is checked out."""
    with pytest.raises(BenchError) as refusal, checked_out(base, head, repository, folder, same=same):
        raise AssertionError("it was not refused")
    assert "\n" not in str(refusal.value)
    assert not folder.exists() or list(folder.iterdir()) == []
    return str(refusal.value)


@pytest.mark.usefixtures("untouched")
def test_base_and_head_are_checked_out_side_by_side(repository: Path, folder: Path) -> None:
    with checked_out("first", "HEAD", repository, folder) as (base, head):
        assert (base.tree / "servers" / "app.py").read_text() == "NAME = 'first'\n"
        assert (head.tree / "servers" / "app.py").read_text() == "NAME = 'third'\n"
        assert (base.ref, base.commit, base.dirty) == ("first", git(repository, "rev-parse", "first"), False)
        assert (head.ref, head.commit, head.dirty) == ("HEAD", git(repository, "rev-parse", "main"), False)
        assert head.build == build_of(repository / "servers") != base.build
        assert base.lock == base.tree / "requirements.lock"
        assert base.lock.is_file()
        assert git(base.tree, "rev-parse", "HEAD") == base.commit
        assert git(base.tree, "status", "--porcelain") == ""
        assert len(git(repository, "worktree", "list").splitlines()) == 3


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("ending", [KeyboardInterrupt, BenchError, SystemExit])
def test_worktrees_are_gone_whatever_ended_the_gate(
    ending: type[BaseException], repository: Path, folder: Path
) -> None:
    with pytest.raises(ending), checked_out("first", "third", repository, folder) as (base, _):
        (base.tree / "servers" / "new.py").write_text("left by a server\n")
        git(repository, "worktree", "lock", str(base.tree))
        raise ending


def test_annotated_tags_short_commits_and_expressions_name_revisions(repository: Path, folder: Path) -> None:
    git(repository, "tag", "--annotate", "--message", "released", "v1", "first")
    first = git(repository, "rev-parse", "first")
    for base in ("v1", first, first[:9], "HEAD~2", "main^^", "refs/tags/v1"):
        with checked_out(base, "main", repository, folder) as (found, _):
            assert found.commit == first


@pytest.mark.usefixtures("untouched")
def test_adding_a_worktree_is_finished_before_ctrl_c_is_heeded(
    repository: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = subprocess.run
    added: list[str] = []

    def interrupted(command: list[str], **options: Any) -> Any:
        if "worktree" not in command:
            return run(command, **options)
        signal.raise_signal(signal.SIGINT)
        done = run(command, **options)
        added.append(command[-1])
        return done

    monkeypatch.setattr(subprocess, "run", interrupted)
    with pytest.raises(KeyboardInterrupt), checked_out("first", "third", repository, folder):
        raise AssertionError("it was let in")
    monkeypatch.undo()
    assert added == [git(repository, "rev-parse", "first")]


@contextlib.contextmanager
def gate(repository: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """In a process group of its own, as a terminal would have it."""
    command = [sys.executable, "-c", GATE, str(repository), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True) as running:
        try:
            yield running
        finally:
            running.kill()


def first_tree(running: subprocess.Popen[str]) -> Path:
    assert running.stdout is not None
    return Path(running.stdout.readline().strip())


def end(running: subprocess.Popen[str], number: signal.Signals) -> None:
    os.killpg(running.pid, number)
    assert running.wait() == -number


@pytest.mark.usefixtures("untouched")
def test_ctrl_c_of_the_whole_process_leaves_nothing(repository: Path, folder: Path) -> None:
    with gate(repository, folder) as running:
        assert first_tree(running).is_dir()
        end(running, signal.SIGINT)


@pytest.mark.usefixtures("untouched")
def test_ctrl_c_while_git_works_leaves_nothing(repository: Path, folder: Path) -> None:
    with gate(repository, folder) as running:
        wait_until(lambda: list(folder.glob("*/*-base")), "git has begun with the first")
        end(running, signal.SIGINT)


@pytest.mark.usefixtures("untouched")
def test_what_a_killed_gate_left_is_removed_by_the_next(repository: Path, folder: Path) -> None:
    with gate(repository, folder) as running:
        left = first_tree(running)
        end(running, signal.SIGKILL)
    assert left.is_dir()
    with checked_out("second", "third", repository, folder):
        assert not left.parent.exists()
        assert len(git(repository, "worktree", "list").splitlines()) == 3


@pytest.mark.usefixtures("untouched")
def test_leftovers_are_removed_although_their_folder_is_gone_or_half_made(repository: Path, folder: Path) -> None:
    with gate(repository, folder) as running:
        left = first_tree(running)
        end(running, signal.SIGKILL)
    shutil.rmtree(left.parent)
    (repository / ".git" / "worktrees" / left.name / "gitdir").unlink()
    with checked_out("second", "third", repository, folder):
        assert len(git(repository, "worktree", "list").splitlines()) == 3


def test_a_gate_that_is_still_running_is_let_be(repository: Path, folder: Path) -> None:
    before = state(repository)
    with gate(repository, folder) as running:
        other = first_tree(running)
        with checked_out("second", "third", repository, folder):
            assert len(git(repository, "worktree", "list").splitlines()) == 5
        assert (other / "servers" / "app.py").is_file()
        assert git(other, "rev-parse", "HEAD") == git(repository, "rev-parse", "first")
        end(running, signal.SIGINT)
    assert state(repository) == before


def test_worktrees_of_others_are_let_be_also_when_stale(repository: Path, folder: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "--quiet", "--detach", str(tmp_path / "stale"), "first")
    git(repository, "worktree", "add", "--quiet", "--detach", str(tmp_path / "live-bench-gate-mine"), "first")
    shutil.rmtree(tmp_path / "stale")
    before = state(repository)
    with checked_out("first", "third", repository, folder):
        pass
    assert state(repository) == before
    assert (tmp_path / "live-bench-gate-mine" / "servers").is_dir()


@pytest.fixture
def edited(repository: Path) -> Path:
    """With something of every kind that a working tree can differ in."""
    write(repository, {"servers/app.py": "NAME = 'staged'\n", "servers/added.py": "ADDED = True\n"})
    git(repository, "add", "servers")
    write(repository, {"servers/app.py": "NAME = 'edited'\n", "servers/untracked.py": ""})
    (repository / "readme.txt").unlink()
    return repository


@pytest.mark.usefixtures("edited", "untouched")
def test_the_working_tree_is_measured_with_what_is_not_committed(repository: Path, folder: Path) -> None:
    with checked_out("third", "worktree", repository, folder) as (_, head):
        served = {path.name for path in (head.tree / "servers").iterdir()}
        assert served == {"__main__.py", "app.py", "added.py", "untracked.py"}
        assert (head.tree / "servers" / "app.py").read_text() == "NAME = 'edited'\n"
        assert not (head.tree / "readme.txt").exists()
        assert not (head.tree / "ignored.txt").exists()
        assert (head.ref, head.dirty, head.build) == ("worktree", True, build_of(repository / "servers"))
        assert git(repository, "rev-parse", f"{head.commit}^") == git(repository, "rev-parse", "third")
        assert git(repository, "for-each-ref", "--contains", head.commit) == ""


def test_edits_while_the_gate_runs_change_nothing(edited: Path, folder: Path) -> None:
    with checked_out("third", "worktree", edited, folder) as (_, head):
        write(edited, {"servers/app.py": "NAME = 'later'\n"})
        assert build_of(head.tree / "servers") == head.build != build_of(edited / "servers")


def test_same_edits_have_the_same_commit(edited: Path, folder: Path) -> None:
    with checked_out("third", "worktree", edited, folder) as (_, first):
        pass
    with checked_out("third", "worktree", edited, folder) as (_, second):
        assert second.commit == first.commit


def test_ignored_file_that_was_added_by_force_is_measured(repository: Path, folder: Path) -> None:
    (repository / ".git" / "info" / "exclude").write_text("secret.py\n")
    write(repository, {"servers/secret.py": "X = 1\n", "servers/app.py": "NAME = 'edited'\n"})
    git(repository, "add", "--force", "servers/secret.py")
    with checked_out("third", "worktree", repository, folder) as (_, head):
        assert (head.tree / "servers" / "secret.py").is_file()


@pytest.mark.usefixtures("untouched")
def test_clean_working_tree_is_its_last_commit(repository: Path, folder: Path) -> None:
    with checked_out("second", "worktree", repository, folder) as (_, head):
        assert (head.commit, head.dirty) == (git(repository, "rev-parse", "HEAD"), False)


def test_files_that_are_not_checked_out_are_no_edits(repository: Path, folder: Path) -> None:
    commit(repository, "documents", {"docs/one.txt": "one"})
    git(repository, "sparse-checkout", "set", "servers")
    assert not (repository / "docs").exists()
    with checked_out("second", "worktree", repository, folder) as (_, head):
        assert not head.dirty
        assert (head.tree / "docs" / "one.txt").is_file()


def test_project_may_be_a_folder_of_its_repository(repository: Path, folder: Path) -> None:
    inside = repository / "tools" / "live bench"
    (inside / "servers").mkdir(parents=True)
    (inside / "servers" / "__main__.py").write_text("")
    commit(repository, "moved in", {"tools/live bench/requirements.lock": ""})
    commit(repository, "changed", {"tools/live bench/servers/app.py": "NAME = 'inside'\n"})
    with checked_out("HEAD~1", "HEAD", inside, folder) as (_, head):
        assert (head.tree / "servers" / "app.py").read_text() == "NAME = 'inside'\n"
    commit(repository, "outside", {"servers/app.py": ""})
    assert "nothing that is served differs" in refused("HEAD~1", "HEAD", inside, folder)
    write(inside, {"servers/app.py": "edited"})
    assert "changes in servers/app.py:" in refused("HEAD~2", "HEAD", inside, folder)


def test_variables_of_a_hook_lead_to_no_other_repository(
    repository: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    with checked_out("first", "worktree", repository, folder) as (base, _):
        assert (base.tree / "servers" / "app.py").is_file()
    assert not (tmp_path / "index").exists()


def test_no_hook_runs(repository: Path, folder: Path, edited: Path) -> None:
    for name in ("post-checkout", "post-commit", "post-index-change", "reference-transaction"):
        hook = repository / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch '{repository}/ran'\n")
        hook.chmod(0o755)
    with checked_out("first", "worktree", repository, folder):
        pass
    assert not (repository / "ran").exists()


@pytest.mark.usefixtures("untouched")
def test_one_revision_is_checked_out_twice_for_a_comparison_with_itself(repository: Path, folder: Path) -> None:
    for ref in ("HEAD", "worktree"):
        with checked_out(ref, ref, repository, folder, same=True) as (base, head):
            assert base.tree != head.tree
            assert (base.commit, base.build) == (head.commit, head.build)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("ref", ["nope", "", "-h", "--all", "main..HEAD", "^main", "main:servers", "a b", "two\nlines"])
def test_what_is_no_revision_is_refused(ref: str, repository: Path, folder: Path) -> None:
    assert f"{ref!r} as the base" in refused(ref, "HEAD", repository, folder)
    assert f"{ref!r} as the head" in refused("first", ref, repository, folder)


def test_name_of_both_a_branch_and_a_tag_is_refused(repository: Path, folder: Path) -> None:
    git(repository, "branch", "first", "main")
    git(repository, "config", "core.warnAmbiguousRefs", "false")
    assert "'first' as the base means several things" in refused("first", "HEAD", repository, folder)
    with checked_out("refs/tags/first", "HEAD", repository, folder):
        pass


def test_uncommitted_changes_in_what_is_served_are_not_passed_over(edited: Path, folder: Path) -> None:
    said = refused("first", "HEAD", edited, folder)
    assert said == (
        "the working tree has uncommitted changes in servers/added.py and 2 more: commit them, or use --head worktree"
    )
    with checked_out("first", "main", edited, folder) as (_, head):
        assert not head.dirty


def test_uncommitted_changes_elsewhere_do_not_matter(repository: Path, folder: Path) -> None:
    write(repository, {"readme.txt": "edited", "notes.txt": "new"})
    with checked_out("first", "HEAD", repository, folder) as (_, head):
        assert head.commit == git(repository, "rev-parse", "third")


def test_index_is_not_even_refreshed(repository: Path, folder: Path) -> None:
    os.utime(repository / "servers" / "app.py", (0, 0))
    before = state(repository)
    for head in ("HEAD", "worktree"):
        with checked_out("first", head, repository, folder):
            pass
    assert state(repository) == before


def test_project_may_be_a_linked_worktree_itself(repository: Path, folder: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "--quiet", "-b", "topic", str(linked), "second")
    write(linked, {"servers/app.py": "NAME = 'linked'\n"})
    before = state(repository)
    with checked_out("second", "worktree", linked, folder) as (base, head):
        assert base.commit == git(repository, "rev-parse", "second")
        assert head.build == build_of(linked / "servers")
    assert state(repository) == before
    assert git(linked, "status", "--porcelain") == "M servers/app.py"


@pytest.mark.parametrize("missing", ["servers/__main__.py", "requirements.lock"])
def test_revision_that_cannot_be_served_is_refused(missing: str, repository: Path, folder: Path) -> None:
    (repository / missing).unlink()
    commit(repository, "without")
    assert f"has no {missing}" in refused("first", "HEAD", repository, folder)
    assert f"has no {missing}" in refused("HEAD", "first", repository, folder)


def test_one_commit_twice_is_refused(repository: Path, folder: Path) -> None:
    assert "are the same commit" in refused("main", "HEAD", repository, folder)
    assert "are the same commit" in refused("third", "worktree", repository, folder)


@pytest.mark.parametrize(
    "path",
    ["readme.txt", "servers/fake_gemini/server.py", "servers/null_chat/wire.py", "servers/page/chat.js",
     "servers/recording/relay.py",
     "servers/cloudrun/quart.yaml", "servers/cloudrun/emulator/front.py",
     "servers/notes.md", "servers.py", "servers_of_old/app.py"],
)  # fmt: skip
def test_revisions_that_serve_the_same_are_refused(path: str, repository: Path, folder: Path) -> None:
    commit(repository, "elsewhere", {path: "changed"})
    said = refused("HEAD~1", "HEAD", repository, folder)
    assert said.startswith("nothing that is served differs between HEAD~1 (")


@pytest.mark.parametrize(
    "path",
    ["servers/new.py", "servers/inner/deep.py", "servers/inner/notes.md", "servers/inner/page/more.py",
     "servers/fake_gemini.py", "servers/fake_gemini/session.py", "servers/null_chat/deep/wire.py",
     "servers/page/view.py", "servers/page/chat.js", "servers/.hidden.py", "servers/stub.pyi", "bench/app.py",
     "servers/cloudrun/__init__.py", "servers/cloudrun/emulator/front.py", "servers/inner/cloudrun/app.py"],
)  # fmt: skip
def test_file_changes_the_build_where_it_counts_as_served_and_nowhere_else(path: str, repository: Path) -> None:
    before = build_of(repository / "servers")
    write(repository, {path: "changed = 1\n"})
    assert (build_of(repository / "servers") != before) is revisions._is_served(path, "")
    assert not revisions._is_served(path, "tools/") and revisions._is_served(path, "") is revisions._is_served(
        f"tools/{path}", "tools/"
    )


def test_every_file_of_these_servers_changes_their_build_where_it_counts_as_served(tmp_path: Path) -> None:
    servers = shutil.copytree(ROOT / "servers", tmp_path / "servers", ignore=shutil.ignore_patterns("__pycache__"))
    before, served = build_of(servers), set()
    for path in sorted(path for path in servers.rglob("*") if path.is_file()):
        kept = path.read_bytes()
        path.write_bytes(kept + b"\n")
        changes = build_of(servers) != before
        assert changes is revisions._is_served(path.relative_to(tmp_path).as_posix(), ""), path
        served |= {path.name} if changes else set()
        path.write_bytes(kept)
    assert {"quart_app.py", "settings.py", "__main__.py"} <= served and "speaker.py" not in served


@pytest.mark.parametrize("path", ["requirements.lock", "servers/new.py", "servers/inner/deep.py"])
def test_revisions_that_differ_in_code_or_packages_are_compared(path: str, repository: Path, folder: Path) -> None:
    commit(repository, "changed", {path: "changed = 1\n"})
    with checked_out("HEAD~1", "HEAD", repository, folder) as (base, head):
        assert base.commit != head.commit


@pytest.mark.parametrize(
    ("ref", "command"),
    [
        ("old", "git fetch --depth 1 origin old:old"),
        ("origin/old", "git fetch --depth 1 origin old:refs/remotes/origin/old"),
        ("the commit", "git fetch --depth 1 origin {first}"),
        ("HEAD~2", "git fetch --unshallow origin"),
    ],
)
def test_shallow_clone_is_told_how_to_get_what_it_lacks(
    ref: str, command: str, repository: Path, folder: Path, tmp_path: Path
) -> None:
    git(repository, "branch", "old", "first")
    first = git(repository, "rev-parse", "first")
    ref, command = ref.replace("the commit", first), command.format(first=first)
    git(tmp_path, "clone", "--quiet", "--depth", "1", "--branch", "main", repository.as_uri(), "shallow")
    shallow = tmp_path / "shallow"
    assert f"{command} (in a workflow, fetch-depth: 0" in refused(ref, "HEAD", shallow, folder)
    git(shallow, *command.split()[1:])
    with checked_out(ref, "HEAD", shallow, folder) as (base, _):
        assert base.commit == first


def test_folder_outside_any_repository_is_refused(tmp_path: Path, folder: Path, repository: Path) -> None:
    assert "is in no working tree of a git repository" in refused("first", "HEAD", tmp_path, folder)
    assert "is in no working tree of a git repository" in refused("first", "HEAD", repository / ".git", folder)
    assert "there is no folder" in refused("first", "HEAD", tmp_path / "nowhere", folder)


def test_repository_without_commits_is_refused(tmp_path: Path, folder: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert "'HEAD' as the head is no commit" in refused("first", "HEAD", tmp_path, folder)


def test_missing_git_is_named(repository: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert "git is not installed" in refused("first", "HEAD", repository, folder)


def test_repository_of_another_user_is_refused_with_the_remedy(
    repository: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = tmp_path / "bin" / "git"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec "{shutil.which("git")}" "$@"\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    assert "git config --global --add safe.directory" in refused("first", "HEAD", repository, folder)


def test_folder_that_cannot_be_made_is_named(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(BenchError, match="cannot check out revisions in"),
        checked_out("first", "third", repository, tmp_path / "file" / "below"),
    ):
        raise AssertionError("it was let in")


def test_what_git_cannot_check_out_is_told_in_its_words(repository: Path, folder: Path) -> None:
    git(repository, "config", "filter.large.clean", "cat")
    git(repository, "config", "filter.large.smudge", "no-such-filter")
    git(repository, "config", "filter.large.required", "true")
    (repository / ".git" / "info" / "attributes").write_text("*.txt filter=large\n")
    before = state(repository)
    with (
        pytest.raises(BenchError, match=r"git worktree failed in .*: fatal: .*smudge filter large failed"),
        checked_out("first", "third", repository, folder),
    ):
        raise AssertionError("it was let in")
    assert state(repository) == before
    assert list(folder.iterdir()) == []


def test_running_project_is_the_checkout_of_this_code() -> None:
    assert running_project() == ROOT


def test_copy_of_the_code_that_git_does_not_track_is_refused(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "__file__", str(repository / "lib" / "bench" / "__init__.py"))
    write(repository, {"lib/bench/__init__.py": ""})
    with pytest.raises(BenchError, match="is in no git checkout"):
        running_project()
