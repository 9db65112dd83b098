import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from servers import deployments
from servers.deployments import DEPLOYMENTS
from servers.fake_gemini.__main__ import _parse as parse_fake
from servers.fake_gemini.certificate import NAMES
from servers.settings import read_settings
from tests.servers.cloudrun.made_up_gcloud import SCRIPTS
from tests.servers.cloudrun.rendered import BACKENDS, LOAD, Manifest, every_manifest, manifests, parse, texts
from tests.servers.cloudrun.rules import broken_rules, command_of, option

SERVERS = ("flask", "quart")
Change = Callable[[Manifest], Any]


def pod(manifest: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return found


def containers(manifest: Manifest) -> dict[str, Any]:
    return {container["name"]: container for container in pod(manifest)["containers"]}


def environment(container: dict[str, Any]) -> dict[str, str]:
    """Its variables, a secret standing as the name of the secret."""
    return {
        variable["name"]: variable.get("value") or variable["valueFrom"]["secretKeyRef"]["name"]
        for variable in container.get("env", [])
    }


@pytest.mark.parametrize("manifest", [pytest.param(one, id=name) for name, one in every_manifest().items()])
def test_every_manifest_keeps_the_rules(manifest: Manifest) -> None:
    assert broken_rules(manifest) == []


ANNOTATIONS = "run.googleapis.com/"
BROKEN: dict[str, tuple[Change, str]] = {
    "as many people as threads": (
        lambda m: pod(m).update(containerConcurrency=100),
        "no more than 96 people have a thread",
    ),
    "liveness": (
        lambda m: containers(m)["app"].update(livenessProbe={"httpGet": {"path": "/healthz", "port": 8080}}),
        "a liveness probe would kill a server whose threads are all taken",
    ),
    "five minutes": (lambda m: pod(m).update(timeoutSeconds=300), "a conversation may last an hour"),
    "two ports": (
        lambda m: containers(m)["fake-gemini"].update(ports=[{"containerPort": 9443}]),
        "exactly one container has the port",
    ),
    "no port": (lambda m: containers(m)["app"].pop("ports"), "exactly one container has the port"),
    "no startup probe": (
        lambda m: containers(m)["app"].pop("startupProbe"),
        "it gets no requests before it answers at /healthz",
    ),
    "probe at another port": (
        lambda m: containers(m)["app"]["startupProbe"]["httpGet"].update(port=80),
        "it gets no requests before it answers at /healthz",
    ),
    "probe that overlaps the next": (
        lambda m: containers(m)["app"]["startupProbe"].update(timeoutSeconds=2),
        "a probe ends before the next begins",
    ),
    "no order": (
        lambda m: m["spec"]["template"]["metadata"]["annotations"].pop(f"{ANNOTATIONS}container-dependencies"),
        "containers that need each other start in an order",
    ),
    "order of others": (
        lambda m: containers(m)["fake-gemini"].update(name="fake"),
        "there is no container fake-gemini",
    ),
    "order without a probe": (
        lambda m: containers(m)["fake-gemini"].pop("startupProbe"),
        "fake-gemini says when it has started",
    ),
    "throttled": (
        lambda m: m["spec"]["template"]["metadata"]["annotations"].pop(f"{ANNOTATIONS}cpu-throttling"),
        "the processor is there between requests too",
    ),
    "automatic scaling": (
        lambda m: m["metadata"]["annotations"].update({f"{ANNOTATIONS}scalingMode": "automatic"}),
        "a benchmark has a fixed number of instances",
    ),
    "half a processor for the fake": (
        lambda m: containers(m)["fake-gemini"]["resources"]["limits"].update(cpu="500m"),
        "every container has one whole processor",
    ),
    "latest": (
        lambda m: containers(m)["app"].update(image="europe-west1-docker.pkg.dev/acme/live-bench/serve:latest"),
        "the image has a tag that stays with it",
    ),
    "no tag": (
        lambda m: containers(m)["app"].update(image="localhost:5000/serve"),
        "the image has a tag that stays with it",
    ),
    "nobody's volume": (
        lambda m: pod(m)["volumes"].append({"name": "more"}),
        "what is mounted is there, and what is there is mounted",
    ),
    "the project's account": (lambda m: pod(m).pop("serviceAccountName"), "it runs as an account of its own"),
    "a placeholder": (
        lambda m: containers(m)["app"]["env"][0].update(value="${FAKE_URL}"),
        "nothing is left to fill in",
    ),
    "a variable in a command": (
        lambda m: containers(m)["app"]["command"].append("$(PORT)"),
        "nothing is left to fill in",
    ),
    "the latest secret": (
        lambda m: containers(m)["app"]["env"].append(
            {"name": "K", "valueFrom": {"secretKeyRef": {"name": "k", "key": "latest"}}}
        ),
        "a secret's version is a number",
    ),
}


@pytest.mark.parametrize(("change", "told"), BROKEN.values(), ids=list(BROKEN))
def test_broken_rule_is_named(change: Change, told: str) -> None:
    manifest = manifests("sidecar")["live-flask"]
    change(manifest)
    assert broken_rules(manifest) == [told]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda spec: spec.update(parallelism=1), "all shards run at the same time"),
        (lambda spec: spec["template"]["spec"].update(maxRetries=3), "no shard is made up for later"),
        (
            lambda spec: spec["template"]["spec"]["containers"][0]["volumeMounts"][0].update(mountPath="/elsewhere"),
            "what is measured is written to the bucket",
        ),
    ],
)
def test_broken_rule_of_the_job_is_named(change: Change, told: str) -> None:
    manifest = manifests("sidecar", *LOAD)["live-bench-load"]
    change(pod(manifest))
    assert broken_rules(manifest) == [told]


def test_rules_follow_the_table_of_deployments(monkeypatch: pytest.MonkeyPatch) -> None:
    flask = DEPLOYMENTS["flask"]
    slower = tuple("20" if word == "8" else word for word in flask.command)
    table = {"flask": replace(flask, threads=50, command=slower), "quart": DEPLOYMENTS["quart"]}
    monkeypatch.setattr("tests.servers.cloudrun.rules.DEPLOYMENTS", table)
    assert broken_rules(manifests("sidecar")["live-flask"]) == [
        "no more than 46 people have a thread",
        "it has to leave within 8 s",
    ]
    assert broken_rules(manifests("sidecar")["live-quart"]) == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_both_servers_get_the_same_but_for_name_command_and_people(backend: str) -> None:
    both = manifests(backend)
    for name in SERVERS:
        manifest = both[f"live-{name}"]
        assert command_of(containers(manifest)["app"]) == ["python", "-m", "servers", name, "--host", "0.0.0.0"]
        manifest["metadata"].pop("name")
        pod(manifest).pop("containerConcurrency")
        containers(manifest)["app"].pop("command")
    assert both["live-flask"] == both["live-quart"]


def test_both_twins_of_the_table_have_their_manifests() -> None:
    assert set(SERVERS) <= set(deployments.DEPLOYMENTS)
    for name in SERVERS:
        assert (SCRIPTS / f"{name}.yaml").exists() and (SCRIPTS / f"{name}-with-fake.yaml").exists()


@pytest.mark.parametrize(
    ("backend", "kind", "variables"),
    [
        ("sidecar", "custom", {"GOOGLE_GEMINI_BASE_URL", "SSL_CERT_FILE"}),
        ("fake-service", "custom", {"GOOGLE_GEMINI_BASE_URL", "FAKE_GEMINI_KEY"}),
        ("api-key", "developer", {"GEMINI_API_KEY"}),
        ("vertex", "vertex", {"GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"}),
    ],
)
def test_environment_leads_to_the_backend_asked_for(backend: str, kind: str, variables: set[str]) -> None:
    for name in SERVERS:
        given = environment(containers(manifests(backend)[f"live-{name}"])["app"])
        assert given.keys() == variables
        settings = read_settings(given)
        assert settings.backend == kind
        if kind == "vertex":
            assert (settings.project, settings.location) == ("acme-live", "us-central1")


@pytest.mark.parametrize("name", SERVERS)
def test_sidecar_is_dialled_where_it_listens_and_trusted_by_what_it_writes(name: str) -> None:
    parts = containers(manifests("sidecar")[f"live-{name}"])
    app, fake = parts["app"], parts["fake-gemini"]
    assert command_of(fake)[:3] == ["python", "-m", "servers.fake_gemini"]
    options = parse_fake(command_of(fake)[3:])
    address = urlsplit(environment(app)["GOOGLE_GEMINI_BASE_URL"])
    assert address.scheme == "https" and address.hostname in NAMES and not options.no_tls
    assert address.port == options.port == fake["startupProbe"]["tcpSocket"]["port"]
    assert environment(app)["SSL_CERT_FILE"] == str(options.certificate)
    for container in (app, fake):
        (mount,) = container["volumeMounts"]
        assert str(options.certificate.parent) == mount["mountPath"]


def test_fake_of_its_own_speaks_plainly_to_the_platform_and_asks_for_the_key_that_the_apps_have() -> None:
    made = manifests("fake-service")
    fake = containers(made["fake-gemini"])["fake-gemini"]
    options = parse_fake(command_of(fake)[3:])
    assert options.no_tls and options.host == "0.0.0.0"
    for name in SERVERS:
        app = containers(made[f"live-{name}"])["app"]
        key = [variable for variable in app["env"] if variable["name"] == "FAKE_GEMINI_KEY"]
        assert key == fake["env"]
        assert environment(app)["GOOGLE_GEMINI_BASE_URL"] == "https://fake-gemini-made-up.a.run.app"
    assert made["fake-gemini"]["metadata"]["annotations"]["run.googleapis.com/invoker-iam-disabled"] == "true"


def test_a_server_is_private_unless_it_is_said_to_be_public() -> None:
    def open_to_all(*options: str) -> set[str]:
        made = manifests("sidecar", *options).values()
        return {one["metadata"]["annotations"]["run.googleapis.com/invoker-iam-disabled"] for one in made}

    assert open_to_all() == {"false"}
    assert open_to_all("--public") == {"true"}


def test_job_measures_both_servers_in_as_many_shards_as_asked_for() -> None:
    job = manifests("sidecar", *LOAD)["live-bench-load"]
    assert pod(job)["taskCount"] == 3
    (container,) = pod(job)["template"]["spec"]["containers"]
    words = command_of(container)
    assert words[:4] == ["python", "-m", "bench", "run"]
    targets = [words[at + 1] for at, word in enumerate(words) if word == "--target"]
    assert targets == [f"{name}=https://live-{name}-made-up.a.run.app" for name in ("quart", "flask")]
    assert option(words, "--auth") == "metadata"
    (volume,) = pod(job)["template"]["spec"]["volumes"]
    assert volume["csi"]["volumeAttributes"]["bucketName"] == "acme-shards"


def sources() -> Iterator[str]:
    for backend in BACKENDS:
        yield from texts(backend)


def test_nothing_is_left_to_fill_in() -> None:
    assert all("${" not in text and "\\" not in text for text in sources())


@pytest.mark.parametrize("path", sorted((SCRIPTS / "env").glob("*.yaml")), ids=lambda path: path.stem)
def test_exchanged_environment_stands_as_deep_as_the_one_it_replaces(path) -> None:
    def indentation(text: str) -> str:
        (line,) = (line for line in text.splitlines() if line.strip() == "env:")
        return line.removesuffix("env:")

    text = path.read_text(encoding="utf-8")
    assert list(parse(text)) == ["env"]
    for name in SERVERS:
        manifest = (SCRIPTS / f"{name}.yaml").read_text(encoding="utf-8")
        assert indentation(manifest) == indentation(text)
        assert list(parse(manifest)["spec"]["template"]["spec"]["containers"][0])[-1] == "env", "it stands last"


def test_manifests_as_they_lie_there_differ_from_those_deployed_by_their_values_only() -> None:
    for name in SERVERS:
        lying = parse((SCRIPTS / f"{name}.yaml").read_text(encoding="utf-8"))
        deployed = copy.deepcopy(manifests("api-key")[f"live-{name}"])
        for manifest in (lying, deployed):
            manifest["metadata"]["annotations"].pop("run.googleapis.com/invoker-iam-disabled")
            pod(manifest).pop("serviceAccountName")
            containers(manifest)["app"].pop("image")
            containers(manifest)["app"].pop("env")
        assert lying == deployed
