"""Where faults can be made to strike: only behind servers that speak to the bench's own fake Gemini."""

from collections.abc import Sequence

from bench.errors import BenchError
from bench.profile import Profile
from bench.results import Target


def check_faults(profile: Profile, targets: Sequence[Target]) -> None:
    """Raises BenchError where a case has a fault script and a target is out of its reach."""
    scripts = [case.faults for case in profile.case if case.faults]
    far = [target.name for target in targets if target.url is not None]
    if scripts and far:
        raise BenchError(
            f"profile {profile.name} arms the fault script {scripts[0]!r}, which cannot strike behind an address "
            f"({', '.join(far)}): name targets of the table"
        )
