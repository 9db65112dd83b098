from pathlib import Path

import pytest
from made_up_certificate import level, reading

from bench.certify import brief
from bench.certify.brief import certify_briefly
from bench.certify.certificate import Certificate, Level
from bench.certify.measure import Setting
from bench.cores import Cores
from bench.profile import CasePlan, Profile


def profile(*sessions: int, think: float = 0.3, processes: int = 1) -> Profile:
    options: dict[str, str | int | float] = {"think-seconds": think}
    cases = [
        CasePlan(scenario="talk", sessions=each, trials=1, warm_up_seconds=1.0, window_seconds=1.0, options=options)
        for each in sessions
    ]
    return Profile(name="made-up", title="", targets=[], processes=processes, case=cases)


class Measured:
    """Stands in for the measuring: every load from `breaks_at` people on is misread."""

    def __init__(self, breaks_at: int = 10**9) -> None:
        self.breaks_at = breaks_at
        self.sessions: list[int] = []
        self.settings: list[Setting] = []

    def __call__(self, sessions: int, certificate: Certificate, setting: Setting, watch: object) -> Level:
        self.sessions.append(sessions)
        self.settings.append(setting)
        return level(sessions, ttft=reading(error=1.0 if sessions >= self.breaks_at else 0.001))


def certified(measured: Measured, wanted: Profile, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Certificate:
    monkeypatch.setattr(brief, "check_system", lambda: None)
    monkeypatch.setattr(brief, "measure", measured)
    return certify_briefly(wanted, 1, Cores(frozenset(), frozenset()), folder, lambda *_: None)


def test_one_load_beyond_the_largest_of_the_profile_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    measured = Measured()
    found = certified(measured, profile(20, 180), monkeypatch, tmp_path)
    assert measured.sessions == [225]
    assert found.short and found.certified and found.certified.sessions == 225


def test_a_small_load_is_looked_at_with_people_enough_for_a_percentile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    measured = Measured()
    certified(measured, profile(2), monkeypatch, tmp_path)
    assert measured.sessions == [100]


def test_load_that_is_misread_is_halved_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    measured = Measured(breaks_at=200)
    found = certified(measured, profile(180), monkeypatch, tmp_path)
    assert measured.sessions == [225, 112]
    assert found.certified and found.certified.sessions == 112


def test_people_think_as_little_as_any_of_the_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert certified(Measured(), profile(20, think=0.05), monkeypatch, tmp_path).pace.think_seconds == 0.05


def test_load_is_made_by_as_many_processes_as_that_of_the_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    measured = Measured()
    found = certified(measured, profile(20, processes=2), monkeypatch, tmp_path)
    assert found.processes == 2 and measured.settings[0].processes == 2
    assert Setting(Cores(frozenset(), frozenset()), tmp_path, 1, 1.0, 1.0).processes == 1
