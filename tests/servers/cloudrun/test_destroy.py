import os
import pty
import re
from pathlib import Path

import pytest

from tests.servers.cloudrun.gcloud_flags import unknown_options
from tests.servers.cloudrun.made_up_gcloud import PLACE, SCRIPTS, GCloud
from tests.servers.cloudrun.rendered import BACKENDS, LOAD, manifests

APP, LOADER = (f"live-bench-{name}@acme-live.iam.gserviceaccount.com" for name in ("app", "load"))
SERVICES = ("live-quart", "live-flask", "fake-gemini")
POLICY = '{"bindings": [{"members": ["serviceAccount:%s"]}]}'
GIVEN = ("--secret=gemini-api-key:3", "--bucket=acme-shards")


@pytest.fixture
def gcloud(tmp_path: Path) -> GCloud:
    return GCloud(tmp_path / "gcloud")


@pytest.fixture
def everything(gcloud: GCloud) -> GCloud:
    """A project in which all is there that can be."""
    for service in SERVICES:
        gcloud.answers[found(service)] = service
    gcloud.answers["run jobs list"] = "live-bench-load"
    gcloud.answers["projects get-iam-policy"] = POLICY % APP
    gcloud.answers["secrets get-iam-policy"] = POLICY % APP
    gcloud.answers["storage buckets get-iam-policy"] = POLICY % LOADER
    gcloud.answers["iam service-accounts list"] = "there"
    gcloud.answers["artifacts repositories list"] = "there"
    return gcloud


def found(service: str) -> str:
    """How the made-up gcloud is asked for one service of the region."""
    return (
        f"run services list {' '.join(PLACE)} --filter=metadata.name={service} AND metadata.labels.made-by=live-bench"
    )


def removed(gcloud: GCloud) -> list[str]:
    looks = ("list", "get-iam-policy")
    return [" ".join(call.command) for call in gcloud.calls if not set(looks) & set(call.words)]


ALL = [
    *(f"run services delete {service}" for service in SERVICES),
    "run jobs delete live-bench-load",
    "projects remove-iam-policy-binding acme-live",
    "secrets remove-iam-policy-binding gemini-api-key",
    "storage buckets remove-iam-policy-binding gs://acme-shards",
    f"iam service-accounts delete {APP}",
    f"iam service-accounts delete {LOADER}",
    "artifacts repositories delete live-bench",
]


def test_all_that_was_made_is_removed_and_what_stays_is_said(everything: GCloud) -> None:
    done = everything.destroy("--yes", *GIVEN)
    assert done.code == 0, done.stderr
    assert removed(everything) == ALL
    assert done.stdout == "Left: the APIs that were enabled, what Cloud Build keeps, secrets, buckets\n"


def test_rights_that_are_taken_back_are_those_that_were_given(everything: GCloud, tmp_path: Path) -> None:
    given = set()
    for number, (backend, options) in enumerate(BACKENDS.items()):
        made = GCloud(tmp_path / str(number))
        load = LOAD if backend == "sidecar" else ()
        options = tuple(option.replace("fake-gemini-key:2", "gemini-api-key:3") for option in options)
        assert made.deploy(f"--backend={backend}", *options, *load).code == 0
        calls = [call for call in made.calls if "add-iam-policy-binding" in call.words and call.words[0] != "run"]
        given |= {(call.command[-1], call.option("--member"), call.option("--role")) for call in calls}
    assert everything.destroy("--yes", *GIVEN).code == 0
    calls = [call for call in everything.calls if "remove-iam-policy-binding" in call.words]
    assert {(call.command[-1], call.option("--member"), call.option("--role")) for call in calls} == given


def test_what_is_looked_for_is_what_the_manifests_are_called_and_labelled() -> None:
    made = manifests("fake-service", *LOAD)
    assert made.keys() == {*SERVICES, "live-bench-load"}
    assert all(one["metadata"]["labels"] == {"made-by": "live-bench"} for one in made.values())


def test_where_nothing_was_made_nothing_is_removed(gcloud: GCloud) -> None:
    gcloud.answers["projects get-iam-policy"] = POLICY % "somebody@acme-live.iam.gserviceaccount.com"
    assert gcloud.destroy("--yes", *GIVEN).code == 0
    assert removed(gcloud) == []


def test_accounts_stay_while_another_region_runs_as_them(everything: GCloud) -> None:
    everything.answers["run services list --project=acme-live --filter=metadata.labels.made-by=live-bench"] = (
        "live-quart"
    )
    done = everything.destroy("--yes", *GIVEN)
    assert done.stdout.startswith("The accounts stay: services in another region run as them\n")
    assert removed(everything) == [*ALL[:4], ALL[-1]]


def test_images_can_be_kept(everything: GCloud) -> None:
    done = everything.destroy("--yes", "--keep-images", *GIVEN)
    assert removed(everything) == ALL[:-1]
    assert done.stdout.endswith(", the images\n")


def test_secret_and_bucket_that_are_not_named_are_not_looked_at(everything: GCloud) -> None:
    assert everything.destroy("--yes").code == 0
    assert not any(call.words[0] in ("secrets", "storage") for call in everything.calls)


def test_look_that_fails_is_not_taken_for_nothing_there(tmp_path: Path) -> None:
    looks = ("run services list", "run jobs list", "projects get-iam-policy", "iam service-accounts list")
    for number, look in enumerate((*looks, "artifacts repositories list")):
        gcloud = GCloud(tmp_path / str(number))
        gcloud.failing[look] = 1
        done = gcloud.destroy("--yes")
        assert done.code == 2 and done.stdout == "", look
        assert done.stderr.splitlines()[-1].startswith("error: this failed, and what came before it stays: ")
        assert " ".join(gcloud.calls[-1].words).startswith(look)


def test_it_asks_and_nobody_there_to_answer_is_a_no(everything: GCloud) -> None:
    assert everything.destroy().complaint.startswith("there is nobody to ask: add --yes")
    assert everything.calls == []


@pytest.mark.parametrize(("answer", "code"), [("yes", 0), ("y", 2), ("", 2)])
def test_only_a_whole_yes_is_one(answer: str, code: int, everything: GCloud) -> None:
    ours, terminal = pty.openpty()
    try:
        os.write(ours, f"{answer}\n".encode())
        done = everything.run(SCRIPTS / "destroy.sh", *PLACE, stdin=terminal)
    finally:
        os.close(ours)
        os.close(terminal)
    assert done.code == code
    assert "Remove what deploy.sh made in acme-live, europe-west1? Type yes: " in done.stderr
    assert bool(everything.calls) is (code == 0)
    assert code == 0 or done.stderr.endswith("error: nothing was removed\n")


def test_dry_run_asks_nobody_and_is_a_script_that_does_what_the_run_does(everything: GCloud, tmp_path: Path) -> None:
    shown = everything.run(SCRIPTS / "destroy.sh", *PLACE, *GIVEN, "--dry-run", installed=False)
    assert shown.code == 0 and everything.calls == []
    plan = tmp_path / "plan.sh"
    plan.write_text(shown.stdout, encoding="utf-8")
    another = GCloud(tmp_path / "another")
    another.answers.update(everything.answers)
    assert another.run(plan).code == 0
    assert everything.destroy("--yes", *GIVEN).code == 0
    assert another.calls == everything.calls


def test_every_option_of_gcloud_is_one_that_its_command_has(everything: GCloud) -> None:
    assert everything.destroy("--yes", *GIVEN).code == 0
    for call in everything.calls:
        assert unknown_options(call.words) == set(), call.words


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--bogus",), "there is no option --bogus; see --help"),
        (("quart",), "'quart' is no option; everything is removed, see --help"),
        (("--secret=$(id)",), "--secret is '$(id)': give the secret's name"),
        (("--bucket=gs://b",), "--bucket is 'gs://b': give the bucket's name without gs://"),
        (("--bucket",), "--bucket needs a value; see --help"),
    ],
)
def test_mistake_is_told_in_one_line_and_nothing_is_asked_of_gcloud(
    options: tuple[str, ...], told: str, gcloud: GCloud
) -> None:
    assert gcloud.destroy("--yes", *options).complaint == told
    assert gcloud.calls == []


@pytest.mark.parametrize(("place", "told"), [((), "which project?"), (PLACE[:1], "which region?")])
def test_missing_place_is_told(place: tuple[str, ...], told: str, gcloud: GCloud) -> None:
    assert gcloud.destroy("--yes", place=place).complaint.startswith(told)


def test_missing_gcloud_is_told(gcloud: GCloud) -> None:
    done = gcloud.run(SCRIPTS / "destroy.sh", *PLACE, "--yes", installed=False)
    assert done.complaint.startswith("gcloud is not installed")


def test_help_names_every_option(gcloud: GCloud) -> None:
    text = (SCRIPTS / "destroy.sh").read_text(encoding="utf-8")
    read = set(re.findall(r"^      (--[a-z-]+)", text, re.MULTILINE))
    shown = gcloud.run(SCRIPTS / "destroy.sh", "--help")
    assert shown.code == 0
    assert read - set(re.findall(r"--[a-z-]+", shown.stdout)) == {"--help"}
