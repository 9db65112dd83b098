"""Before anything is measured: whether each target answers, may be loaded, and can be asked what the objective asks."""

from collections.abc import Sequence

from bench.chat_server import free_port, launch, open_first_session, wait_until_ready
from bench.errors import BenchError
from bench.objective import DEFAULT, Objective
from bench.results import Target
from bench.round_trips import is_less_round_trip
from bench.trial import Bench
from servers.deployments import DEPLOYMENTS

INTERRUPTIONS = ("stop_", "stale_", "ack_", "acknowledged_", "leaked_", "resume_")
"""How metrics begin that only people who interrupt have."""
ATTRIBUTED = frozenset({"ttft_added_seconds", "relay_seconds"})
"""Metrics that take a fake Gemini, which says what it spent."""
OF_THE_LOAD = ("schedule_delay_", "generator_lag_", "requested_", "achieved_")
"""How metrics begin that tell of the load, and not of the server."""
WATCHED = ("cpu_", "memory_", "threads", "descriptors")
"""How metrics begin that take a server on this machine."""


def check_objective(objective: Objective, targets: Sequence[Target], tags: bool) -> None:
    """Raises BenchError for a condition of which nothing would ever be known."""
    elsewhere = [target.name for target in targets if target.url is not None]
    for condition in objective.conditions:
        if condition.metric.startswith(INTERRUPTIONS):
            raise BenchError(
                f"objective: nobody interrupts while a capacity is sought, so leave out {condition.text!r}"
            )
        if condition.metric.startswith(OF_THE_LOAD):
            raise BenchError(f"objective: {condition.text!r} is of the load and not of the server, so leave it out")
        if is_less_round_trip(condition.metric):
            raise BenchError(
                f"objective: the way there is not looked at while a capacity is sought, so leave out {condition.text!r}"
            )
        if condition.metric in ATTRIBUTED and not tags:
            raise BenchError(
                f"objective: {condition.text!r} takes a fake Gemini behind every target; give another one, as in "
                f"--objective {DEFAULT!r}"
            )
        if elsewhere and (condition.metric.startswith(WATCHED) or condition.metric == "relay_seconds"):
            raise BenchError(
                f"objective: {condition.text!r} cannot be known of {elsewhere[0]}, which runs elsewhere; leave it out"
            )


def check_first_session(target: Target, bench: Bench) -> None:
    """Starts a deployment once and opens a session. Raises BenchError, with its log, where that cannot be had."""
    if target.url is not None:
        return  # its address has been asked already, for a session too
    port = free_port()
    url = f"ws://127.0.0.1:{port}"
    environment = bench.fake.server_environment if bench.fake else {}
    deployment = DEPLOYMENTS[target.deployment or target.name]
    log = bench.logs / f"first-session-{target.name}.log"
    try:
        with launch(deployment, port, environment, log, bench.cores.server) as server:
            wait_until_ready(server, url)
            open_first_session(server, url)
    except BenchError as error:
        raise BenchError(f"target {target.name!r} never came to its first session: {error}") from error
