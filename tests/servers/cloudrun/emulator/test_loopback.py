import json

import pytest

from servers.cloudrun.emulator.loopback import command_of, environment_of, ports_of, replaced
from servers.cloudrun.emulator.manifest import Container, Service, read_manifests
from tests.servers.cloudrun.emulator.emulator_process import manifest

PORTS, FOLDERS = {8080: 18080, 9443: 19443}, {"/certificate": "/tmp/i/certificate", "/certificate/old": "/tmp/i/old"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://localhost:9443", "https://localhost:19443"),
        ("https://127.0.0.1:9443/path?x=9443", "https://127.0.0.1:19443/path?x=9443"),
        ("ws://[::1]:9443/", "ws://[::1]:19443/"),
        ("exec serve --port 9443 --grpc-port=8080", "exec serve --port 19443 --grpc-port=18080"),
        ("https://example.com:9443", "https://example.com:9443"),
        ("localhost:94430", "localhost:94430"),
        ("localhost:7000", "localhost:7000"),
        ("9443 sessions", "9443 sessions"),
        ("/certificate/ca.pem", "/tmp/i/certificate/ca.pem"),
        ("a=/certificate,b=/certificate/old/ca.pem", "a=/tmp/i/certificate,b=/tmp/i/old/ca.pem"),
        ("/certificates/ca.pem", "/certificates/ca.pem"),
        ("/etc/certificate/ca.pem", "/etc/certificate/ca.pem"),
        ("/certificate.pem", "/certificate.pem"),
    ],
)
def test_only_what_is_a_port_or_a_path_of_the_instance_is_replaced(text: str, expected: str) -> None:
    assert replaced(text, PORTS, FOLDERS) == expected


def container(*command: str, **environment: str) -> Container:
    return Container("app", command, environment, 8080, None, {}, ())


def test_command_listens_on_the_instance_s_port_and_on_loopback_alone() -> None:
    given = container("serve", "--host", "0.0.0.0", "--port", "8080", "--count", "8080", "--bind", "0.0.0.0:9443")
    assert command_of(given, PORTS, FOLDERS) == [
        *("serve", "--host", "127.0.0.1", "--port", "18080", "--count", "8080", "--bind", "127.0.0.1:19443"),
    ]


def test_variables_that_are_ports_are_replaced_by_their_name() -> None:
    given = container(FAKE_PORT="9443", SEED="9443", URL="http://localhost:8080", FILE="/certificate/ca.pem")
    assert environment_of(given, PORTS, FOLDERS) == {
        "FAKE_PORT": "19443",
        "SEED": "9443",
        "URL": "http://localhost:18080",
        "FILE": "/tmp/i/certificate/ca.pem",
    }


def test_every_port_that_a_manifest_fixes_is_found() -> None:
    app = {
        "name": "app",
        "command": ["serve", "--admin-port", "1001", "--bind=localhost:1002"],
        "ports": [{"containerPort": 1003}],
        "env": [{"name": "URL", "value": "http://localhost:1004"}, {"name": "ITS_PORT", "value": "1005"}],
    }
    beside = {"name": "beside", "command": ["fake"], "startupProbe": {"tcpSocket": {"port": 1006}}}
    service: Service
    (service,) = read_manifests(json.dumps(manifest(app, beside)), "echo.yaml", {})
    assert ports_of(service) == [1001, 1002, 1003, 1004, 1005, 1006]
