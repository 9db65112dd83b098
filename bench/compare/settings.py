"""In what two runs differ besides their numbers. Pure.

Of three kinds: the workload, without which there is nothing to compare; the machine, without which absolute times
prove nothing; and all the rest, which is mostly what one wants to compare. A record does not tell how fast people
came at the beginning, how long the last step was held and how long replies had to end, so these cannot be looked at.
"""

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any

from bench import units
from bench.compare.record import Difference
from bench.results import Case, Environment, Run, Target

MEMORY_TOLERANCE = 0.03
"""Less than this share makes no other machine: kernels keep differently much for themselves."""
NONE = "none"
OF_A_CASE: Mapping[str, str] = {
    "sessions": "sessions",
    "warm_up_seconds": "warm-up seconds",
    "window_seconds": "window seconds",
    "processes": "load processes",
    "arrivals": "arrivals",
    "arrival_rate": "arrival rate",
}
"""Field of `Case` to what people call it, of those that make another workload."""
OF_A_TARGET: Mapping[str, str] = {
    "label": "label",
    "style": "style",
    "threads": "threads",
    "command": "command",
    "websocket_url": "address",
    "deployment": "deployment",
}


def workload(a: Run, b: Run) -> list[Difference]:
    """What people did, what answered behind the servers, and by what rule a turn is good."""
    here, there = _cases(a), _cases(b)
    found = [_difference("scenarios", ", ".join(sorted(here)), ", ".join(sorted(there)))]
    for scenario in sorted(here.keys() & there.keys()):
        found += _of_a_case(scenario, here[scenario], there[scenario])
    found.append(_difference("objective seconds", a.objective_seconds, b.objective_seconds))
    found.append(_difference("seed", a.seed, b.seed))
    found += _of_a_mapping("fake Gemini's", a.fake_gemini, b.fake_gemini)
    found.append(_difference("attribution", a.attribution, b.attribution))
    return _only(found)


def machine(a: Run, b: Run) -> list[Difference]:
    here, there = a.environment, b.environment
    found = [
        _difference("processor", here.cpu_model, there.cpu_model),
        _difference("cores", here.cpu_count, there.cpu_count),
        _difference("system", here.system, there.system),
        _difference("pinning", _pinning(here.pinning), _pinning(there.pinning)),
    ]
    if not isclose(here.memory_bytes, there.memory_bytes, rel_tol=MEMORY_TOLERANCE):
        found.append(_difference("memory", units.size(here.memory_bytes), units.size(there.memory_bytes)))
    return _only(found)


def others(a: Run, b: Run) -> list[Difference]:
    """Software, targets, and how much was measured."""
    here, there = a.environment, b.environment
    found = [
        _difference("commit", _commit(here), _commit(there)),
        _difference("uncommitted changes", here.dirty, there.dirty),
        _difference("python", here.python, there.python),
        *_of_a_mapping("package", here.packages, there.packages),
        _difference("profile", a.profile, b.profile),
        _difference("certificate of the load generator", a.certificate is not None, b.certificate is not None),
        *_trials(a, b),
        _difference("targets", _names(a.targets), _names(b.targets)),
    ]
    theirs = {target.name: target for target in b.targets}
    for target in a.targets:
        if target.name in theirs:
            found += _of_a_target(a, b, target, theirs[target.name])
    return _only(found)


def _commit(environment: Environment) -> str | None:
    return environment.commit and environment.commit[:12]


def _cases(run: Run) -> dict[str, Case]:
    """A scenario of which there are several loads is named with each."""
    names = [case.scenario for case in run.cases]
    return {
        case.scenario if names.count(case.scenario) == 1 else f"{case.scenario} at {_shown(case.sessions)}": case
        for case in run.cases
    }


def _of_a_case(scenario: str, here: Case, there: Case) -> list[Difference | None]:
    found = [
        _difference(f"{scenario}: {what}", getattr(here, field), getattr(there, field))
        for field, what in OF_A_CASE.items()
    ]
    return [*found, *_of_a_mapping(f"{scenario}:", here.options, there.options)]


def _trials(a: Run, b: Run) -> list[Difference | None]:
    here, there = _cases(a), _cases(b)
    return [_difference(f"{name}: trials", here[name].trials, there[name].trials) for name in here if name in there]


def _of_a_target(a: Run, b: Run, here: Target, there: Target) -> list[Difference | None]:
    found = [
        _difference(f"{here.name}: {what}", getattr(here, field), getattr(there, field))
        for field, what in OF_A_TARGET.items()
    ]
    return [*found, _difference(f"{here.name}: build", _builds(a, here.name), _builds(b, here.name))]


def _builds(run: Run, target: str) -> list[str]:
    return sorted({trial.build for trial in run.trials if trial.target == target and trial.build is not None})


def _of_a_mapping(name: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> list[Difference | None]:
    keys = dict.fromkeys([*here, *there])
    return [_difference(f"{name} {key}", here.get(key), there.get(key)) for key in keys]


def _names(targets: Sequence[Target]) -> list[str]:
    return sorted(target.name for target in targets)


def _pinning(pinning: Mapping[str, Sequence[int]]) -> str:
    return "; ".join(f"{role} {_shown(list(cores))}" for role, cores in sorted(pinning.items())) or NONE


def _difference(setting: str, here: Any, there: Any) -> Difference | None:
    return None if here == there else Difference(setting=setting, base=_shown(here), other=_shown(there))


def _shown(value: Any) -> str:
    """A number without what only tells its type from another."""
    if value is None or value == [] or value == "":
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _only(found: Sequence[Difference | None]) -> list[Difference]:
    return [difference for difference in found if difference is not None]
