from datetime import UTC, datetime, timedelta, timezone

from bench.moments import iso


def test_moment_is_told_in_utc_to_the_second():
    assert iso(datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)) == "2026-01-02T03:04:05Z"
    assert iso(datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1)))) == "2026-01-02T02:04:05Z"
