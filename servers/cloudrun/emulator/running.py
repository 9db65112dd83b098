"""An emulator's life: everything it needs is made, services start, it is told to stop, and nothing is left."""

import argparse
import asyncio
import contextlib
import gc
import os
import secrets
import signal
import ssl
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import trustme
import uvloop

from servers.cloudrun.emulator.desk import Desk
from servers.cloudrun.emulator.emulation import Emulation
from servers.cloudrun.emulator.front import HOST
from servers.cloudrun.emulator.gcloud import write_gcloud
from servers.cloudrun.emulator.guard import Guard
from servers.cloudrun.emulator.identities import ACCOUNT, PERSON
from servers.cloudrun.emulator.leftovers import EMULATOR, kill_all
from servers.cloudrun.emulator.manifest import Service, read_manifests
from servers.cloudrun.emulator.metadata import Metadata
from servers.cloudrun.emulator.plain_http import port_of, serve
from servers.cloudrun.emulator.platform import Platform
from servers.cloudrun.emulator.tokens import Authority
from servers.descriptors import allow_many_sessions
from servers.errors import SettingsError


@dataclass(frozen=True)
class Ready:
    """What a caller has to know."""

    services: dict[str, str]
    """URL by name."""
    certificate: str
    metadata: str
    gcloud: str

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


def run(options: argparse.Namespace, announce: Callable[[Ready], None]) -> None:
    """Serves until SIGTERM or SIGINT. Raises SettingsError, StartFailed, and OSError for what cannot be listened on."""
    services = read_services(options.manifests, public=options.public)
    allow_many_sessions()
    folder = Path(tempfile.mkdtemp(prefix="cloudrun-emulator-"))
    name = secrets.token_hex(8)
    with Guard(name, folder), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(options, services, folder, name, announce))


def read_services(manifests: list[Path], *, public: bool) -> list[Service]:
    """Raises SettingsError."""
    services: list[Service] = []
    for path in manifests:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise SettingsError(f"cannot read {path}: {reason}") from error
        services += read_manifests(text, str(path), os.environ)
    names = [service.name for service in services]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"{names.count(name)} manifests are of {name!r}: a service has one")
    return [replace(service, public=service.public or public) for service in services]


async def _run(
    options: argparse.Namespace, services: list[Service], folder: Path, name: str, announce: Callable[[Ready], None]
) -> None:
    with _heeding_signals(name) as stopping:
        await _serve(options, services, folder, name, announce, stopping)


async def _serve(
    options: argparse.Namespace,
    services: list[Service],
    folder: Path,
    name: str,
    announce: Callable[[Ready], None],
    stopping: asyncio.Event,
) -> None:
    certificate = (options.certificate or folder / "ca.pem").absolute()
    authority = Authority(options.invoker or (ACCOUNT, PERSON), options.token_lifetime)
    platform = Platform(options.timeout, options.pending, options.idle, options.grace)
    emulation = Emulation(platform, authority, _tls(certificate), folder, name)
    metadata = Metadata(authority, options.account, instance=secrets.token_hex(8))
    desk = await serve(Desk(emulation, metadata.answer).answer, HOST, options.metadata_port)
    try:
        address = f"{HOST}:{port_of(desk)}"
        gcloud = write_gcloud(options.gcloud or folder / "bin", address)
        deploying = asyncio.ensure_future(_deploy(emulation, services, options.port))
        if await _before(stopping, deploying):
            gc.collect()
            gc.freeze()  # what lives as long as we do need not be walked while sessions wait
            urls = {name: front.url for name, front in emulation.fronts.items()}
            announce(Ready(urls, str(certificate), address, gcloud))
            await stopping.wait()
    finally:
        desk.close()
        await emulation.stop()


async def _deploy(emulation: Emulation, services: list[Service], port: int) -> None:
    for number, service in enumerate(services):
        await emulation.deploy(service, port + number if port else 0)


async def _before(stopping: asyncio.Event, work: "asyncio.Future[None]") -> bool:
    """Whether work was done before we were told to stop; then it is given up. Raises what the work raises."""
    told = asyncio.ensure_future(stopping.wait())
    await asyncio.wait((told, work), return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if work.done():
        work.result()
        return True
    work.cancel()
    return False


@contextlib.contextmanager
def _heeding_signals(name: str) -> Iterator[asyncio.Event]:
    """Set by the first signal; the second one kills the containers, as nobody wants to wait for them any longer."""
    stopping = asyncio.Event()

    def told() -> None:
        if stopping.is_set():
            kill_all(EMULATOR, name)
        stopping.set()

    loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, told)
    try:
        yield stopping
    finally:
        for number in numbers:  # A loop that is closed heeds none, and they would be lost.
            loop.remove_signal_handler(number)


def _tls(authority: Path) -> ssl.SSLContext:
    """A server context for loopback. The authority that clients must trust is written to a file, as PEM."""
    maker = trustme.CA()
    maker.cert_pem.write_to_path(str(authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    maker.issue_cert(HOST, "localhost").configure_cert(context)
    return context
