"""Proof that what was measured is what was asked for: a gate that reads one arm twice would pass everything. Pure."""

from collections.abc import Sequence

from bench.gate.record import BASE, HEAD, Arm, Gate
from bench.results import Reason

CHECK = "arms"


def faults(gate: Gate) -> list[Reason]:
    """Why the trials of an arm cannot be its own; nothing where every server said the build that it had to have.

    What the builds have to be is read off the files of each revision, by the gate and not by the servers.
    """
    if gate.kind == "baseline":
        return []
    if same := _alike(gate):
        return [Reason(check=CHECK, verdict="INVALID", message=same)]
    told = [message for name, arm in ((BASE, gate.base), (HEAD, gate.head)) for message in _strangers(gate, name, arm)]
    return [Reason(check=CHECK, verdict="INVALID", message=message) for message in told]


def _alike(gate: Gate) -> str | None:
    """Where only the packages differ both share a build, which is no fault; there it proves nothing either."""
    distinct = gate.base.build != gate.head.build
    if distinct or gate.kind == "same" or gate.packages:
        return None
    return f"base and head are the same build {gate.base.build}, in the same environment: nothing is compared"


def _strangers(gate: Gate, name: str, arm: Arm) -> Sequence[str]:
    """At most one message for an arm."""
    builds = {trial.build for trial in gate.trials if trial.target == name and trial.window_seconds > 0}
    strange = sorted(str(build) for build in builds - {arm.build})
    if not strange:
        return []
    return [
        f"the {name} is {arm.ref}, build {arm.build}, but a server that was measured as it said that it is build "
        f"{', '.join(strange)}: the arms are mixed up, and the comparison says nothing"
    ]
