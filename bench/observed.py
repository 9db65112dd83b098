"""What metrics are computed from, of an execution that one machine or several made the load of. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from bench.execution import Execution
from bench.readings import Observed
from bench.round_trips import of_way
from bench.windows import Window
from loadtests.support.turn import Turn


def observed(execution: Execution, window: Window, resources: Mapping[str, float]) -> Observed:
    """`resources` are those of the whole window."""
    whole = Observed(window, resources, execution.objective_seconds, of_way(execution.approach))
    if execution.approach is None:
        return whole
    return replace(whole, parts=[_share(whole, part) for part in execution.parts])


def _share(whole: Observed, part: Execution) -> Observed:
    """What was seen by the people of one of the machines. Nobody barges in on anybody but himself."""
    mine = {line.session for process in part.processes for line in process if isinstance(line, Turn)}
    window = replace(
        whole.window,
        turns=[turn for turn in whole.window.turns if turn.session in mine],
        barge_ins=[pair for pair in whole.window.barge_ins if pair.new.session in mine],
    )
    return replace(whole, window=window, round_trip_seconds=of_way(part.approach))
