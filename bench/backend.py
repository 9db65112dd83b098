"""What stands behind a target: the fake Gemini, or a real model that costs money and has quotas."""

from bench.address import check_address
from bench.elsewhere import Approach
from bench.errors import BenchError
from bench.health import NOBODY, health_of
from bench.results import Target
from loadtests.support.identity import Auth
from servers.deployments import DEPLOYMENTS
from servers.injection import VARIABLE


def speaks_to_fake(target: Target, allow_real_model: bool, auth: Auth = NOBODY) -> bool:
    """Whether a target's chunks will carry attribution. Raises BenchError for an address that nobody answers at, that
    has a fault injected, or that must not be loaded."""
    if target.url is None:
        return True
    health = check_address(target.url, auth)
    if fault := health.get("injected"):
        raise BenchError(f"target {target.name!r} has a fault injected ({fault}): start it without {VARIABLE}")
    fake = health.get("backend") == "custom"
    if not fake and not allow_real_model:
        raise BenchError(
            f"target {target.name!r} does not say that a fake Gemini is behind it, and a real one costs money and has "
            "quotas: add --allow-real-model to load it all the same"
        )
    return fake


def described(target: Target, way: Approach | None) -> Target:
    """With what an address says of itself; an app of the table says how it is built, too."""
    if way is None:
        return target
    deployment = DEPLOYMENTS.get(way.app or "")
    style = deployment.style if deployment else target.style
    return target.model_copy(update={"style": style, "app": way.app, "revision": way.revision})


def is_gone(target: Target, auth: Auth = NOBODY) -> bool:
    """Whether a target that runs elsewhere no longer answers: nobody here can start it again."""
    return target.url is not None and health_of(target.url, auth=auth) is None
