import pytest
from made_up import ELSEWHERE, QUART
from made_up_elsewhere import approach

from bench import backend
from bench.backend import described, is_gone, speaks_to_fake
from bench.errors import BenchError

ADDRESS = ELSEWHERE.model_copy(update={"url": "ws://example.com"})


def test_real_model_is_loaded_only_where_it_is_allowed(monkeypatch):
    monkeypatch.setattr(backend, "check_address", lambda url, auth: {"backend": "vertex"})
    with pytest.raises(BenchError, match="add --allow-real-model"):
        speaks_to_fake(ADDRESS, allow_real_model=False)
    assert speaks_to_fake(ADDRESS, allow_real_model=True) is False
    monkeypatch.setattr(backend, "check_address", lambda url, auth: {"backend": "custom"})
    assert speaks_to_fake(ADDRESS, allow_real_model=False) is True
    assert speaks_to_fake(QUART, allow_real_model=False) is True


def test_target_with_a_fault_is_not_loaded_whatever_is_allowed(monkeypatch):
    health = {"backend": "custom", "injected": "cpu=300us"}
    monkeypatch.setattr(backend, "check_address", lambda url, auth: health)
    for allowed in (False, True):
        with pytest.raises(BenchError) as told:
            speaks_to_fake(ADDRESS, allow_real_model=allowed)
        assert str(told.value) == ("target 'other' has a fault injected (cpu=300us): start it without SERVERS_INJECT")


def test_only_a_target_elsewhere_can_be_gone(monkeypatch):
    monkeypatch.setattr(backend, "health_of", lambda url, auth: None)
    assert is_gone(ADDRESS) is True and is_gone(QUART) is False
    monkeypatch.setattr(backend, "health_of", lambda url, auth: {"app": "chat"})
    assert is_gone(ADDRESS) is False


def test_app_of_the_table_says_how_it_is_built():
    known = described(ADDRESS, approach("flask"))
    assert (known.app, known.style, known.revision) == ("flask", "blocking", "flask-00003")


def test_app_that_nobody_knows_is_built_as_nobody_knows():
    known = described(ADDRESS, approach("flask", app="other", revision=None))
    assert (known.app, known.style, known.revision) == ("other", "unknown", None)
    assert described(ADDRESS, None) == ADDRESS
