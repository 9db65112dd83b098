"""Under what a number was measured: runs whose machine or workload differ are never joined to one line. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from string import ascii_uppercase

from bench.history.record import Machine, Workload
from bench.results import Case, Run


def machine_of(run: Run) -> tuple[str, int, str]:
    return run.environment.cpu_model, run.environment.cpu_count, run.environment.system


def machines_of(runs: Iterable[Run]) -> dict[tuple[str, int, str], Machine]:
    """Named A, B, ... in the order in which they come."""
    found = dict.fromkeys(machine_of(run) for run in runs)
    return {
        key: Machine(name=letters(number), cpu_model=key[0], cpu_count=key[1], system=key[2])
        for number, key in enumerate(found)
    }


def letters(number: int) -> str:
    """A to Z, AA, AB and so on."""
    rest, last = divmod(number, len(ascii_uppercase))
    return (letters(rest - 1) if rest else "") + ascii_uppercase[last]


def workload_of(run: Run, target: str, scenario: str) -> str:
    """All that decides what the target had to do in a scenario, as JSON.

    Not the seed: other seeds ask other things of the same kind. Not the number of trials: it decides how sure the
    median is, not where it lies.
    """
    told = {
        "scenario": scenario,
        "cases": [_asked(case) for case in run.cases if case.scenario == scenario],
        "model": {name: value for name, value in run.fake_gemini.items() if name != "seed"},
        "attribution": run.attribution,
        "objective_seconds": run.objective_seconds,
        "address": next((each.websocket_url for each in run.targets if each.name == target), None),
    }
    return json.dumps(told, sort_keys=True)


def _asked(case: Case) -> Mapping[str, object]:
    return case.model_dump(exclude={"title", "trials"})


def workloads_of(told: Iterable[str]) -> dict[str, Workload]:
    """Numbered in the order in which they come, scenario by scenario."""
    found: dict[str, Workload] = {}
    numbers: dict[str, int] = {}
    for text in told:
        if text in found:
            continue
        values = json.loads(text)
        scenario = values["scenario"]
        numbers[scenario] = numbers.get(scenario, 0) + 1
        found[text] = Workload(
            scenario=scenario, number=numbers[scenario], told=_in_words(values["cases"], values), asked=values
        )
    return found


def _in_words(cases: Sequence[Mapping[str, object]], values: Mapping[str, object]) -> str:
    parts = []
    for case in cases:
        options = case["options"]
        assert isinstance(options, dict)
        loads = case["sessions"]
        assert isinstance(loads, list)
        parts += [
            f"{'/'.join(str(load) for load in loads)} people, {case['arrivals']}",
            f"windows of {case['window_seconds']:g} s",
            *(f"{name} {value}" for name, value in options.items()),
        ]
    model = values["model"]
    assert isinstance(model, dict)
    parts.append(f"fake Gemini {model.get('profile')}" if model else "whatever the servers speak to")
    return ", ".join([*parts, *([str(values["address"])] if values["address"] else [])])
