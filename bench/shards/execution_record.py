"""What a shard keeps of an execution, by what became of it. Pure."""

from collections.abc import Sequence

from bench.errors import BenchError
from bench.execution import Execution
from bench.plan import Planned
from bench.results import Reason
from bench.shards.clocks import Meeting
from bench.shards.record import ExecutionRecord
from bench.windows import Process
from loadtests.support.turn import Mark


def of(
    planned: Planned, people: list[int], meeting: Meeting, execution: Execution, findings: Sequence[Reason]
) -> ExecutionRecord:
    """Of one that came to its end. `people` are this shard's, at each level."""
    return _record(planned, people, meeting, execution.processes).model_copy(
        update={
            "workers": execution.workers,
            "load_cores": execution.load_cores,
            "locust_turns": execution.locust_turns,
            "generator": [(sample.at, sample.cpu_seconds) for sample in execution.generator],
            "stolen": [(sample.at, sample.cpu_seconds) for sample in execution.stolen],
            "findings": list(findings),
            "approach": execution.approach,
        }
    )


def cut_short(planned: Planned, people: list[int], meeting: Meeting, processes: Sequence[Process]) -> ExecutionRecord:
    """Of one that was ended by hand."""
    return _record(planned, people, meeting, processes).model_copy(update={"whole": False})


def failed(
    planned: Planned, people: list[int], meeting: Meeting, error: BenchError, findings: Sequence[Reason]
) -> ExecutionRecord:
    """Of one that left nothing."""
    update = {"whole": False, "error": str(error), "findings": list(findings)}
    return _record(planned, people, meeting, []).model_copy(update=update)


def _record(planned: Planned, people: list[int], meeting: Meeting, processes: Sequence[Process]) -> ExecutionRecord:
    begun = [line.at for process in processes for line in process if isinstance(line, Mark)]
    return ExecutionRecord(
        order=planned.order,
        trial=planned.trial,
        target=planned.target,
        scenario=planned.case.name,
        people=people,
        meeting=meeting,
        began_at=min(begun, default=None),
        lines=[len(process) for process in processes],
    )
