"""The short certificate before a run: is its load within what the generator reads right?"""

from datetime import UTC, datetime
from pathlib import Path

from bench.certify.certificate import Bounds, Certificate, Pace
from bench.certify.judgement import with_level
from bench.certify.measure import Setting, Watch, check_system, measure
from bench.cores import Cores
from bench.moments import iso
from bench.profile import Profile

MARGIN = 1.25
"""How far beyond the run's largest load it looks, in people."""
FEWEST = 100
"""With fewer people, a 99th percentile takes longer than a run can spare."""
RAMP_SECONDS, WARM_UP_SECONDS, WINDOW_SECONDS = 1, 1.0, 3.0


def certify_briefly(profile: Profile, seed: int, cores: Cores, logs: Path, watch: Watch) -> Certificate:
    """Of one load just beyond the largest of the profile, by people who think as little as any of its people do; and,
    where that is too much, of half of it, to tell a generator that is too weak from one that is no good at all.

    Raises BenchError where it cannot be had.
    """
    check_system()
    think_seconds = min(float(case.options["think-seconds"]) for case in profile.case)
    sessions = max(FEWEST, round(MARGIN * max(case.sessions for case in profile.case)))
    setting = Setting(cores, logs, RAMP_SECONDS, WARM_UP_SECONDS, WINDOW_SECONDS, profile.processes)
    certificate = Certificate(
        started_at=iso(datetime.now(UTC)),
        seed=seed,
        short=True,
        processes=profile.processes,
        bounds=Bounds(),
        pace=Pace(think_seconds=think_seconds),
    )
    certificate = with_level(certificate, measure(sessions, certificate, setting, watch))
    if certificate.certified is None:
        certificate = with_level(certificate, measure(sessions // 2, certificate, setting, watch))
    return certificate
