"""Made-up certificates: levels of which every number is known."""

from bench.certify.certificate import TITLES, Bounds, Certificate, Level, Pace, Reading
from bench.certify.folder import StoredCertificate
from bench.certify.judgement import with_level
from bench.results import Environment

ENVIRONMENT = Environment(
    commit="0123456789abcdef",
    dirty=False,
    cpu_model="made up",
    cpu_count=2,
    memory_bytes=1,
    system="Linux 1",
    python="3.11.7",
    pinning={},
    packages={},
)


def reading(bias=0.0002, error=0.001, count=1000) -> Reading:
    return Reading(
        count=count,
        bias_seconds=bias,
        error_seconds_p99=error,
        reported_seconds_p50=0.55 + bias,
        true_seconds_p50=0.55,
        reported_seconds_p99=None if error is None else 0.9058 + error,
        true_seconds_p99=None if error is None else 0.9058,
    )


def level(sessions=100, ttft=None, gaps=None, **fields) -> Level:
    """One that keeps within every bound, unless told otherwise."""
    usual = {
        "sessions": sessions,
        "window_seconds": 6.0,
        "frames_per_second": 6.0 * sessions,
        "turns_ok": 1000,
        "turns_lost": 0,
        "clock": "kernel",
        "readings": dict(zip(TITLES, (ttft or reading(), gaps or reading(bias=-0.000002)), strict=True)),
        "generator_cpu_share": 0.2,
        "greenlet_lag_seconds_p99": 0.002,
        "generator_lag_seconds_p99": 0.001,
        "schedule_delay_seconds_p99": 0.003,
        "steal_share": 0.0,
        "server_cpu_share": 0.1,
        "server_lateness_seconds_p50": 0.0001,
        "server_lateness_seconds_p99": 0.001,
        "server_handover_seconds_p99": 0.00005,
    }
    return Level(**{**usual, **fields})


def certificate(*levels: Level, **fields) -> Certificate:
    usual = {"started_at": "2026-01-02T03:04:05Z", "seed": 1, "short": False, "bounds": Bounds(), "pace": Pace()}
    made = Certificate(**{**usual, **fields})
    for each in levels:
        made = with_level(made, each)
    return made


def stored(*levels: Level, complete=True) -> StoredCertificate:
    whole = StoredCertificate(
        **dict(certificate()), id="made-up", complete=complete, command="live-bench certify", environment=ENVIRONMENT
    )
    for each in levels:
        whole = with_level(whole, each)
    return whole


TOO_LATE = 0.02


def climbed() -> StoredCertificate:
    """Certified up to 283 people, found between 200 that keep within and 400 that do not."""
    return stored(
        level(25, ttft=reading(0.00015, 0.0006)),
        level(50, ttft=reading(0.00018, 0.0008)),
        level(100, ttft=reading(0.0002, 0.0011), gaps=reading(0.0, 0.0007)),
        level(200, ttft=reading(0.00025, 0.0019), gaps=reading(0.0, 0.0012), schedule_delay_seconds_p99=0.004),
        level(400, ttft=reading(0.0007, 0.0091), gaps=reading(-0.0001, 0.0044), schedule_delay_seconds_p99=TOO_LATE),
        level(283, ttft=reading(0.0003, 0.0041), gaps=reading(0.0, 0.0021), schedule_delay_seconds_p99=0.008),
    )
