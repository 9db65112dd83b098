"""Where the code of a chat server is, and the interpreter that has its packages.

Mostly that is the code that is running. A gate measures the code of other revisions, each beside its own packages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import Command
from servers.injection import VARIABLE

NOT_INHERITED = ("PYTHONPATH", "PYTHONHOME", VARIABLE)
"""Variables that would put other code in place of an installation's, or a fault into it."""


@dataclass(frozen=True)
class Installation:
    """A checked-out tree with `servers/` in it, and a Python that has what its lock file names."""

    tree: Path
    python: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """Put into its servers' environment, before all else."""

    @property
    def injected(self) -> str:
        """The faults that are put into its servers on purpose; empty for none."""
        return self.environment.get(VARIABLE, "")

    def launch(
        self, deployment: str, port: int, environment: Mapping[str, str], log: Path, cores: frozenset[int]
    ) -> Command:
        """Starts a deployment on loopback as this tree's own table says it is served."""
        command = [str(self.python), "-m", "servers", deployment, "--host", "127.0.0.1", "--port", str(port)]
        return Command(
            command,
            log,
            environment={**self.environment, **environment},
            without=NOT_INHERITED,
            cores=cores,
            folder=self.tree,
        )
