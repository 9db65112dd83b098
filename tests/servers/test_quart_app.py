import importlib
import inspect

import pytest


def test_every_view_of_its_own_is_a_coroutine_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quart runs a plain function in a thread pool: one forgotten `async`, and threads would be measured."""
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://127.0.0.1:1")
    app = importlib.import_module("servers.quart_app").app
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}
    assert views.keys() == {"page", "healthz", "counts", "live", "static"}
    assert all(inspect.iscoroutinefunction(view) for view in views.values())
