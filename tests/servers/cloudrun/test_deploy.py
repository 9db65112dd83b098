import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.profile import load_profile, profile_names
from tests.servers.cloudrun.gcloud_flags import command_among, unknown_options
from tests.servers.cloudrun.made_up_gcloud import PLACE, SCRIPTS, Call, GCloud
from tests.servers.cloudrun.rendered import BACKENDS, LOAD, parse

PLANTED = "AIza-planted-key"
DEPLOYMENTS = {
    **{backend: (f"--backend={backend}", *options) for backend, options in BACKENDS.items()},
    "load": LOAD,
    "one of them": ("quart", "--no-build"),
    "public": ("--public", "flask"),
    "somebody else": ("--invoker=group:chat@example.com",),
}
everywhere = pytest.mark.parametrize("options", DEPLOYMENTS.values(), ids=list(DEPLOYMENTS))


@pytest.fixture
def gcloud(tmp_path: Path) -> GCloud:
    return GCloud(tmp_path / "gcloud")


@pytest.fixture
def another(tmp_path: Path) -> GCloud:
    return GCloud(tmp_path / "another")


def in_short(calls: list[Call]) -> list[str]:
    return [" ".join(call.command) for call in calls]


def test_everything_is_made_before_it_is_used(gcloud: GCloud) -> None:
    done = gcloud.deploy(*LOAD)
    assert done.code == 0, done.stderr
    app, load = (f"live-bench-{name}@acme-live.iam.gserviceaccount.com" for name in ("app", "load"))
    assert in_short(gcloud.calls) == [
        "config get account",
        "services enable run.googleapis.com artifactregistry.googleapis.com cloudbuild.googleapis.com",
        "artifacts repositories list",
        "artifacts repositories create live-bench",
        "iam service-accounts list",
        "iam service-accounts create live-bench-app",
        "iam service-accounts list",
        "iam service-accounts create live-bench-load",
        "builds submit .",
        "builds submit .",
        *("run services replace -", "run services describe live-quart"),
        "run services add-iam-policy-binding live-quart",
        *("run services replace -", "run services describe live-flask"),
        "run services add-iam-policy-binding live-flask",
        "run services add-iam-policy-binding live-quart",
        "run services add-iam-policy-binding live-flask",
        "storage buckets add-iam-policy-binding gs://acme-shards",
        "run jobs replace -",
    ]
    members = [call.option("--member") for call in gcloud.calls if "add-iam-policy-binding" in call.words]
    assert members == ["user:somebody@example.com"] * 2 + [f"serviceAccount:{load}"] * 3
    images = [call.option("--substitutions") for call in gcloud.calls if call.words[0] == "builds"]
    registry = "europe-west1-docker.pkg.dev/acme-live/live-bench"
    assert images == [f"_TARGET={name},_IMAGE={registry}/{name}:c0ffee" for name in ("serve", "load")]
    made = [parse(call.stdin) for call in gcloud.calls if call.stdin]
    spec = made[0]["spec"]["template"]["spec"]
    assert (spec["serviceAccountName"], spec["containers"][0]["image"]) == (app, f"{registry}/serve:c0ffee")


def test_what_is_there_is_not_made_again(gcloud: GCloud) -> None:
    gcloud.answers["artifacts repositories list"] = "projects/acme-live/locations/europe-west1/repositories/live-bench"
    gcloud.answers["iam service-accounts list"] = "live-bench-app@acme-live.iam.gserviceaccount.com"
    assert gcloud.deploy(*LOAD).code == 0
    assert [words for words in in_short(gcloud.calls) if "create" in words] == []


def test_rights_are_the_least_that_do(gcloud: GCloud, another: GCloud) -> None:
    def rights(made: GCloud, *options: str) -> list[tuple[str, str]]:
        assert made.deploy(*options, "--invoker=user:me@example.com").code == 0
        account = "serviceAccount:live-bench-app@acme-live.iam.gserviceaccount.com"
        bindings = [call for call in made.calls if "add-iam-policy-binding" in call.words]
        return [
            (" ".join(call.command), call.option("--role")) for call in bindings if call.option("--member") == account
        ]

    key = ("secrets add-iam-policy-binding gemini-api-key", "roles/secretmanager.secretAccessor")
    assert rights(gcloud, "--backend=api-key", "--secret=gemini-api-key:3") == [key]
    model = ("projects add-iam-policy-binding acme-live", "roles/aiplatform.user")
    assert rights(another, "--backend=vertex") == [model]


def test_servers_with_the_fake_beside_them_have_no_rights_at_all(gcloud: GCloud) -> None:
    assert gcloud.deploy("--invoker=user:me@example.com").code == 0
    members = {call.option("--member") for call in gcloud.calls if "add-iam-policy-binding" in call.words}
    assert members == {"user:me@example.com"}


@everywhere
def test_dry_run_is_a_script_that_does_what_the_run_does(
    options: tuple[str, ...], gcloud: GCloud, another: GCloud, tmp_path: Path
) -> None:
    shown = gcloud.run(SCRIPTS / "deploy.sh", *PLACE, "--tag=c0ffee", *options, "--dry-run", installed=False)
    assert shown.code == 0, shown.stderr
    assert gcloud.calls == []
    plan = tmp_path / "plan.sh"
    plan.write_text(shown.stdout, encoding="utf-8")
    by_hand = gcloud.run(plan)
    run = another.deploy(*options)
    assert (by_hand.code, run.code) == (0, 0), (by_hand.stderr, run.stderr)
    assert gcloud.calls == another.calls != []
    assert by_hand.stdout == run.stdout


@pytest.mark.parametrize("way", [{"DRY_RUN": "1"}, {"DRY_RUN": "yes", "PROJECT": "acme-live", "REGION": "us-east1"}])
def test_variables_do_as_well(way: dict[str, str], gcloud: GCloud) -> None:
    gcloud.variables.update(way)
    shown = gcloud.deploy(place=() if "PROJECT" in way else PLACE)
    assert shown.code == 0 and "gcloud run services replace" in shown.stdout
    assert gcloud.calls == []


def test_dry_run_of_nought_is_none(gcloud: GCloud) -> None:
    gcloud.variables["DRY_RUN"] = "0"
    assert gcloud.deploy("quart").code == 0
    assert gcloud.calls != []


def test_option_goes_before_its_variable(gcloud: GCloud) -> None:
    gcloud.variables |= {"PROJECT": "another-one", "BACKEND": "vertex"}
    shown = gcloud.deploy("--backend", "sidecar", "--dry-run").stdout
    assert "another-one" not in shown and "aiplatform" not in shown and "acme-live" in shown


@everywhere
def test_every_option_of_gcloud_is_one_that_its_command_has(options: tuple[str, ...], gcloud: GCloud) -> None:
    assert gcloud.deploy(*options).code == 0
    for call in gcloud.calls:
        assert unknown_options(call.words) == set(), call.words


def test_unknown_option_and_command_of_gcloud_would_be_seen() -> None:
    assert unknown_options(("run", "services", "replace", "-", "--regoin=x")) == {"--regoin"}
    with pytest.raises(LookupError, match="gcloud run services frobnicate"):
        command_among(("run", "services", "frobnicate"))


@pytest.mark.parametrize("options", [LOAD, ("--backend=api-key", "--secret=gemini-api-key:3")], ids=["load", "key"])
def test_whatever_fails_ends_it_at_once_with_one_line(options: tuple[str, ...], tmp_path: Path) -> None:
    whole = GCloud(tmp_path / "whole")
    assert whole.deploy(*options).code == 0
    commands = dict.fromkeys(in_short(whole.calls))
    for number, words in enumerate(commands):
        gcloud = GCloud(tmp_path / str(number))
        gcloud.failing[words] = 1
        done = gcloud.deploy(*options)
        assert done.code == 2, words
        (said,) = (line for line in done.stderr.splitlines() if not line.startswith("== "))
        assert said.startswith("error: "), words
        assert in_short(gcloud.calls)[-1] == words, "nothing comes after it"
        assert "at https://" not in done.stdout


def test_failure_names_the_command_and_not_its_manifest(gcloud: GCloud) -> None:
    gcloud.failing["run services replace"] = 7
    said = gcloud.deploy("quart").stderr.splitlines()[-1]
    assert said.startswith("error: this failed, and what came before it stays: gcloud run services replace - --proj")
    assert "apiVersion" not in said


def test_secret_that_is_not_there_is_told_with_the_command_that_makes_it_and_nothing_is_made(gcloud: GCloud) -> None:
    gcloud.failing["secrets versions describe 3"] = 1
    done = gcloud.deploy("--backend=api-key", "--secret=my-key:3")
    assert done.code == 2
    said = done.stderr.splitlines()[-1]
    assert said.startswith("error: you cannot see version 3 of the secret my-key; ")
    command = said.rpartition(": ")[2]
    assert command == "gcloud secrets create my-key --project=acme-live --data-file=-"
    assert unknown_options(tuple(command.split()[1:])) == set()
    assert in_short(gcloud.calls) == ["secrets versions describe 3"]


def test_nobody_signed_in_is_told_before_anything_is_made(gcloud: GCloud) -> None:
    gcloud.answers["config get account"] = ""
    done = gcloud.deploy()
    assert done.code == 2 and done.stderr.splitlines()[-1].startswith("error: nobody is signed in: gcloud auth login")
    assert in_short(gcloud.calls) == ["config get account"]


def test_robot_that_is_signed_in_is_let_in_as_one(gcloud: GCloud) -> None:
    robot = "ci@acme-live.iam.gserviceaccount.com"
    gcloud.answers["config get account"] = robot
    assert gcloud.deploy("quart").code == 0
    (binding,) = (call for call in gcloud.calls if "add-iam-policy-binding" in call.words)
    assert binding.option("--member") == f"serviceAccount:{robot}"


def test_public_is_warned_of_and_lets_nobody_in_by_name(gcloud: GCloud) -> None:
    done = gcloud.deploy("--public")
    assert done.stderr.startswith("warning: everybody who finds the address may talk to these servers")
    assert not any("add-iam-policy-binding" in call.words for call in gcloud.calls)
    assert "--auth" not in done.stdout
    assert "allUsers" not in str(gcloud.calls)


QUART, FLASK = (f"--target {name}=https://live-{name}-made-up.a.run.app" for name in ("quart", "flask"))


@pytest.mark.parametrize(
    ("options", "command"),
    [
        ((), f"live-bench run {QUART} {FLASK} --auth gcloud"),
        (("flask",), f"live-bench run {FLASK} --auth gcloud"),
        (("quart", "--public"), f"live-bench run {QUART}"),
        (
            ("quart", "--backend=vertex"),
            f"live-bench run {QUART} --auth gcloud --profile servers/cloudrun/few-people.toml --allow-real-model "
            "--max-sessions 5 --max-turns 600",
        ),
    ],
)
def test_last_line_is_the_command_that_measures(options: tuple[str, ...], command: str, gcloud: GCloud) -> None:
    assert gcloud.deploy(*options).stdout.splitlines()[-1] == f"Measure: {command}"


def test_profile_for_a_real_model_is_one_and_stays_within_the_cap_that_is_named() -> None:
    profile = load_profile(str(SCRIPTS / "few-people.toml"))
    assert {(case.arrivals, case.sessions) for case in profile.case} == {("closed", 5)}


def test_job_is_started_and_read_by_commands_that_gcloud_has(gcloud: GCloud) -> None:
    *_, start, read = gcloud.deploy(*LOAD).stdout.splitlines()
    command = start.removeprefix("Load from there: gcloud ").split()
    assert command[:4] == ["run", "jobs", "execute", "live-bench-load"]
    assert unknown_options(tuple(command)) == set()
    assert read == (
        "... and what came of it: gcloud storage cp --recursive gs://acme-shards/EXECUTION shards "
        "&& live-bench merge shards/EXECUTION"
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--bogus",), "there is no option --bogus; see --help"),
        (("rails",), "'rails' cannot be deployed: quart, flask and load can"),
        (("--backend=openai",), "--backend is 'openai': choose sidecar, fake-service, api-key or vertex"),
        (("--backend",), "--backend needs a value; see --help"),
        (("--project=Acme Live",), "--project is 'Acme Live': give the project's ID, not its name or number"),
        (("--project=$(id)",), "--project is '$(id)': give the project's ID, not its name or number"),
        (("--region=europe",), "--region is 'europe': give a region such as us-central1"),
        (("--tag=latest",), "--tag is 'latest': give a name that stays with what it names"),
        (("--tag=a b",), "--tag is 'a b': give letters, digits, dots and dashes"),
        (("--invoker=me@example.com",), "--invoker is 'me@example.com': say user:somebody@example.com, or group:"),
        (("--invoker=user:a@b.c;id",), "--invoker is 'user:a@b.c;id': say "),
        (("--backend=api-key",), "--backend=api-key needs --secret=NAME:VERSION; to make one, run this, type the key"),
        (("--backend=fake-service",), "--backend=fake-service needs --secret=NAME:VERSION; to make one"),
        (("--backend=api-key", "--secret=k"), "--secret is 'k': give NAME:VERSION with the version's number"),
        (("--backend=api-key", "--secret=k:latest"), "--secret is 'k:latest': give NAME:VERSION with the version's"),
        (("load",), "load needs --bucket=NAME, of a bucket that exists"),
        (("load", "--bucket=gs://b"), "--bucket is 'gs://b': give the bucket's name without gs://"),
        (("load", "--bucket=bbb", "--tasks=0"), "--tasks is '0': give a number from 1 to 9999"),
        (("load", "--bucket=bbb", "--profile=../x"), "--profile is '../x': give the name of a profile"),
        (("load", "--bucket=bbb", "--profile=gone"), "there is no profile 'gone': --profile takes the name of one in"),
        (("load", "--bucket=bbb", "--tasks=41", "--profile=gate"), "--tasks is 41, and profile gate begins with 40"),
        (("load", "--bucket=bbb", "--backend=vertex"), "load is made on a fake Gemini only: choose --backend=sidecar"),
    ],
)  # fmt: skip
def test_mistake_is_told_in_one_line_and_nothing_is_asked_of_gcloud(
    options: tuple[str, ...], told: str, gcloud: GCloud
) -> None:
    assert gcloud.deploy(*options).complaint.startswith(told)
    assert gcloud.calls == []


@pytest.mark.parametrize("profile", profile_names())
def test_more_tasks_than_people_are_refused_before_anything_is_planned(profile: str, gcloud: GCloud) -> None:
    people = min(level for case in load_profile(profile).case for level in case.levels)
    options = ("load", "--bucket=bbb", f"--profile={profile}", "--dry-run")
    assert gcloud.deploy(*options, f"--tasks={people + 1}").complaint == (
        f"--tasks is {people + 1}, and profile {profile} begins with {people} people: give fewer tasks, or a larger "
        "profile"
    )
    assert gcloud.deploy(*options, f"--tasks={people}").code == 0


@pytest.mark.parametrize(("place", "told"), [((), "which project?"), (PLACE[:1], "which region?")])
def test_missing_place_is_told(place: tuple[str, ...], told: str, gcloud: GCloud) -> None:
    assert gcloud.deploy(place=place).complaint.startswith(told)


def test_missing_gcloud_is_told(gcloud: GCloud) -> None:
    done = gcloud.run(SCRIPTS / "deploy.sh", *PLACE, "--tag=c0ffee", installed=False)
    assert done.complaint == "gcloud is not installed; --dry-run shows what it would be asked to do"


def test_help_names_every_option(gcloud: GCloud) -> None:
    text = (SCRIPTS / "deploy.sh").read_text(encoding="utf-8")
    read = set(re.findall(r"^      (--[a-z-]+)", text, re.MULTILINE))
    shown = gcloud.run(SCRIPTS / "deploy.sh", "--help")
    assert shown.code == 0 and len(read) > 10
    assert read - set(re.findall(r"--[a-z-]+", shown.stdout)) == {"--help"}


@pytest.fixture
def checkout(tmp_path: Path) -> Callable[..., str]:
    """A repository with the scripts and one committed file; runs git in it."""
    root = tmp_path / "checkout"
    shutil.copytree(SCRIPTS, root / "servers" / "cloudrun", ignore=shutil.ignore_patterns("__pycache__"))

    def git(*words: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *who, *words], cwd=root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "--quiet")
    for name in ("bench", "loadtests", "pyproject.toml"):
        (root / name).write_text("")
    git("add", "--all")
    git("commit", "--quiet", "--message", "first")
    return git


def test_image_bears_the_commit(checkout: Callable[..., str], gcloud: GCloud, tmp_path: Path) -> None:
    script = tmp_path / "checkout" / "servers" / "cloudrun" / "deploy.sh"
    commit = checkout("rev-parse", "--short=12", "HEAD")
    assert gcloud.run(script, *PLACE).code == 0
    assert all(f"live-bench/serve:{commit}" in call.stdin for call in gcloud.calls if call.stdin)
    (tmp_path / "checkout" / "readme").write_text("not in the image")
    assert gcloud.run(script, *PLACE, "--dry-run").code == 0
    (tmp_path / "checkout" / "servers" / "new.py").write_text("in the image")
    assert gcloud.run(script, *PLACE, "--dry-run").complaint.startswith("what goes into the images has uncommitted")
    assert gcloud.run(script, *PLACE, "--dry-run", "--tag=trial").code == 0


def test_without_a_checkout_the_tag_has_to_be_named(gcloud: GCloud, tmp_path: Path) -> None:
    gcloud.variables["GIT_CEILING_DIRECTORIES"] = str(tmp_path)
    shutil.copytree(SCRIPTS, tmp_path / "copy" / "servers" / "cloudrun")
    done = gcloud.run(tmp_path / "copy" / "servers" / "cloudrun" / "deploy.sh", *PLACE)
    assert done.complaint == "this is no git checkout: name the images with --tag=TAG"


def test_key_of_the_shell_gets_nowhere(gcloud: GCloud) -> None:
    gcloud.variables |= {"GEMINI_API_KEY": PLANTED, "GOOGLE_API_KEY": PLANTED, "FAKE_GEMINI_KEY": PLANTED}
    done = gcloud.deploy("--backend=api-key", "--secret=gemini-api-key:3")
    assert done.code == 0
    assert PLANTED not in done.stdout + done.stderr + str(gcloud.calls)


def test_no_file_holds_what_looks_like_a_secret() -> None:
    looks = re.compile(r"AIza[\w-]{10}|-----BEGIN|ya29\.|\"private_key\"|sk-[A-Za-z0-9]{16}")
    files = [path for path in SCRIPTS.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert len(files) > 10
    for path in files:
        assert looks.search(path.read_text(encoding="utf-8")) is None, path


def test_what_the_shell_would_expand_in_a_manifest_is_left_as_it_is(gcloud: GCloud, tmp_path: Path) -> None:
    shutil.copytree(SCRIPTS, tmp_path / "copy" / "servers" / "cloudrun")
    manifest = tmp_path / "copy" / "servers" / "cloudrun" / "quart-with-fake.yaml"
    trap = r"""$(touch trap) `touch trap` $HOME \$ & \\"""
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(f"{text}# {trap}\nx: '{trap}'\n", encoding="utf-8")
    done = gcloud.run(tmp_path / "copy" / "servers" / "cloudrun" / "deploy.sh", *PLACE, "--tag=t", "quart")
    assert done.code == 0, done.stderr
    (call,) = (call for call in gcloud.calls if call.stdin)
    assert parse(call.stdin)["x"] == trap
    assert list(tmp_path.rglob("trap")) == []
