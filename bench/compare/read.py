"""The two runs to compare, as they were given: results folders, or the `run.json` of one."""

from pathlib import Path

from bench import store
from bench.errors import BenchError
from bench.results import Run


def read(path: Path) -> Run:
    """A run that may be compared.

    An INVALID one may not: each number of it may be the instrument's, and a ratio to it would look like a finding.
    So it is refused as a whole, which is never a pass, rather than shown with a stamp that a copied table loses.
    Single INVALID trials of other runs are left out, as they are of the run's own estimates. An incomplete run may be
    compared: what there is of it was measured properly. Raises BenchError, also for what is no run at all.
    """
    run = store.read_run_file(path) if path.is_file() else store.read_run(path)
    if run.validity.verdict == "INVALID":
        why = next(reason for reason in run.validity.reasons if reason.verdict == "INVALID")
        raise BenchError(f"{path} is INVALID and proves nothing ({why.check}: {why.message}); measure it again")
    return run
