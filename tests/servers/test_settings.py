import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from servers.errors import SettingsError
from servers.settings import Settings, build_of, health, read_settings

KEY = "AIza-not-a-key"
FAKE = "https://127.0.0.1:9443"
LIMITS = ("MAX_SESSIONS", "PROMPTS_PER_MINUTE", "TOKENS_PER_MINUTE", "ALLOWED_ORIGINS", "LOG_LEVEL", "LOG_PROMPTS")
BAD_NUMBERS = ("0", "-1", "1.5", "many", "1e3", "\u0661", " 1", "1000000001")


def test_api_key_means_the_developer_api_and_a_model_that_speaks() -> None:
    assert read_settings({"GEMINI_API_KEY": KEY}) == Settings("developer", "gemini-3.8-live", "AUDIO", api_key=KEY)


def test_google_api_key_is_as_good() -> None:
    assert read_settings({"GOOGLE_API_KEY": KEY}) == read_settings({"GEMINI_API_KEY": KEY})


def test_project_means_vertex_ai_and_a_model_that_writes() -> None:
    environment = {"GOOGLE_CLOUD_PROJECT": "acme", "GOOGLE_CLOUD_LOCATION": "europe-west4"}
    assert read_settings(environment) == Settings(
        "vertex", "gemini-live-2.5-flash", "TEXT", project="acme", location="europe-west4"
    )


def test_location_is_global_unless_it_is_set() -> None:
    assert read_settings({"GOOGLE_CLOUD_PROJECT": "acme"}).location == "global"


def test_base_url_alone_needs_no_credentials() -> None:
    settings = read_settings({"GOOGLE_GEMINI_BASE_URL": FAKE})
    assert settings == Settings("custom", "gemini-live-2.5-flash", "TEXT", base_url=FAKE)


def test_base_url_goes_with_a_key() -> None:
    settings = read_settings({"GOOGLE_GEMINI_BASE_URL": FAKE, "GEMINI_API_KEY": KEY})
    assert (settings.backend, settings.base_url, settings.api_key) == ("developer", FAKE, KEY)


def test_key_for_the_fake_is_for_it_alone() -> None:
    assert read_settings({"GOOGLE_GEMINI_BASE_URL": FAKE, "FAKE_GEMINI_KEY": ""}).api_key is None
    assert read_settings({"GEMINI_API_KEY": KEY, "FAKE_GEMINI_KEY": "other"}).api_key == KEY
    assert read_settings({"GOOGLE_CLOUD_PROJECT": "acme", "FAKE_GEMINI_KEY": "other"}).api_key is None
    with pytest.raises(SettingsError):
        read_settings({"FAKE_GEMINI_KEY": "other"})


def test_project_goes_before_a_key_which_is_then_not_kept() -> None:
    settings = read_settings({"GOOGLE_CLOUD_PROJECT": "acme", "GEMINI_API_KEY": KEY})
    assert (settings.backend, settings.api_key) == ("vertex", None)


def test_gemini_api_key_goes_before_google_api_key() -> None:
    assert read_settings({"GEMINI_API_KEY": KEY, "GOOGLE_API_KEY": "other"}).api_key == KEY


def test_variable_that_is_set_to_nothing_is_not_set() -> None:
    environment = {
        "GOOGLE_GEMINI_BASE_URL": FAKE,
        **dict.fromkeys(("GOOGLE_CLOUD_PROJECT", "GEMINI_API_KEY", "GEMINI_MODEL", "GEMINI_MODALITY"), ""),
        "IDLE_SECONDS": "",
        "SERVERS_INJECT": "",
    }
    assert read_settings(environment) == read_settings({"GOOGLE_GEMINI_BASE_URL": FAKE})


def test_model_modality_and_silence_can_be_chosen() -> None:
    settings = read_settings(
        {"GEMINI_API_KEY": KEY, "GEMINI_MODEL": "gemini-4", "GEMINI_MODALITY": "TEXT", "IDLE_SECONDS": "2.5"}
    )
    assert (settings.model, settings.modality, settings.idle_seconds) == ("gemini-4", "TEXT", 2.5)


def test_nothing_is_limited_and_little_is_logged_unless_it_is_asked_for() -> None:
    settings = read_settings({"GEMINI_API_KEY": KEY, **dict.fromkeys(LIMITS, "")})
    assert settings == read_settings({"GEMINI_API_KEY": KEY})
    assert (settings.max_sessions, settings.prompts_per_minute, settings.tokens_per_minute) == (None, None, None)
    assert (settings.log_level, settings.log_prompts) == ("warning", False)
    assert settings.allowed_origins == frozenset()


def test_limits_origins_and_the_log_can_be_chosen() -> None:
    settings = read_settings(
        {
            "GEMINI_API_KEY": KEY,
            "MAX_SESSIONS": "96",
            "PROMPTS_PER_MINUTE": "20",
            "TOKENS_PER_MINUTE": "1000000",
            "ALLOWED_ORIGINS": "https://Chat.example.org, http://localhost:3000",
            "LOG_LEVEL": "error",
        }
    )
    assert (settings.max_sessions, settings.prompts_per_minute, settings.tokens_per_minute) == (96, 20, 1_000_000)
    assert settings.allowed_origins == {"https://chat.example.org", "http://localhost:3000"}
    assert settings.log_level == "error"


def test_who_wants_prompts_logged_gets_the_level_at_which_they_are() -> None:
    settings = read_settings({"GEMINI_API_KEY": KEY, "LOG_PROMPTS": "1"})
    assert (settings.log_prompts, settings.log_level) == (True, "info")
    assert not read_settings({"GEMINI_API_KEY": KEY, "LOG_PROMPTS": "0"}).log_prompts


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "GOOGLE_GEMINI_BASE_URL"),
        ({"GEMINI_API_KEY": KEY, "GEMINI_MODALITY": "VIDEO"}, "GEMINI_MODALITY"),
        ({"GEMINI_API_KEY": KEY, "IDLE_SECONDS": "soon"}, "IDLE_SECONDS"),
        ({"GEMINI_API_KEY": KEY, "IDLE_SECONDS": "0"}, "IDLE_SECONDS"),
        ({"GEMINI_API_KEY": KEY, "IDLE_SECONDS": "-1"}, "IDLE_SECONDS"),
        ({"GEMINI_API_KEY": KEY, "IDLE_SECONDS": "nan"}, "IDLE_SECONDS"),
        ({"GEMINI_API_KEY": KEY, "IDLE_SECONDS": "inf"}, "IDLE_SECONDS"),
        *(({"GEMINI_API_KEY": KEY, name: value}, name) for name in LIMITS[:3] for value in BAD_NUMBERS),
        ({"GEMINI_API_KEY": KEY, "ALLOWED_ORIGINS": "*"}, "ALLOWED_ORIGINS"),
        ({"GEMINI_API_KEY": KEY, "ALLOWED_ORIGINS": "https://a.org,"}, "ALLOWED_ORIGINS"),
        ({"GEMINI_API_KEY": KEY, "ALLOWED_ORIGINS": "https://a.org/"}, "ALLOWED_ORIGINS"),
        ({"GEMINI_API_KEY": KEY, "LOG_LEVEL": "debug"}, "LOG_LEVEL"),
        ({"GEMINI_API_KEY": KEY, "LOG_PROMPTS": "yes"}, "LOG_PROMPTS"),
        ({"GEMINI_API_KEY": KEY, "LOG_PROMPTS": "1", "LOG_LEVEL": "warning"}, "LOG_PROMPTS"),
        ({"GOOGLE_GEMINI_BASE_URL": FAKE, "SERVERS_INJECT": "cpu"}, "SERVERS_INJECT"),
        ({"GOOGLE_GEMINI_BASE_URL": FAKE, "SERVERS_INJECT": "cpu=1us\n"}, "SERVERS_INJECT"),
    ],
)
def test_bad_value_is_told_in_one_line_that_names_the_variable(environment: Mapping[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as told:
        read_settings(environment)
    message = str(told.value)
    assert named in message
    assert "\n" not in message
    assert KEY not in message


@pytest.mark.parametrize(
    ("environment", "backend", "gemini"),
    [
        ({"GEMINI_API_KEY": KEY}, "developer", "Google"),
        ({"GOOGLE_CLOUD_PROJECT": "acme"}, "vertex", "Google"),
        ({"GOOGLE_GEMINI_BASE_URL": FAKE}, "custom", FAKE),
    ],
)
def test_health_names_server_backend_model_and_address(
    environment: Mapping[str, str], backend: str, gemini: str
) -> None:
    settings = read_settings(environment)
    told = health({"app": "quart", "instance": "i"}, settings)
    assert told == {"app": "quart", "instance": "i", "backend": backend, "model": settings.model, "gemini": gemini}


@pytest.mark.parametrize(
    "production",
    [
        {"GEMINI_API_KEY": KEY},
        {"GOOGLE_API_KEY": KEY},
        {"GOOGLE_CLOUD_PROJECT": "acme"},
        {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": FAKE},
        {"GOOGLE_CLOUD_PROJECT": "acme", "GOOGLE_GEMINI_BASE_URL": FAKE},
    ],
    ids=lambda environment: " and ".join(environment),
)
@pytest.mark.parametrize("fault", ["cpu=300us", "nonsense"])
def test_fault_is_refused_by_whatever_speaks_to_a_real_gemini(production: Mapping[str, str], fault: str) -> None:
    with pytest.raises(SettingsError) as told:
        read_settings({**production, "SERVERS_INJECT": fault})
    assert str(told.value) == "SERVERS_INJECT is for tests against the fake Gemini: unset it"
    assert read_settings({**production, "SERVERS_INJECT": ""}).injection is None


def test_health_tells_of_a_fault_as_it_was_written() -> None:
    settings = read_settings({"GOOGLE_GEMINI_BASE_URL": FAKE, "SERVERS_INJECT": "drop=40,cpu=300us"})
    assert settings.injection is not None and settings.injection.drop_every == 40
    assert health({}, settings)["injected"] == "drop=40,cpu=300us"


def test_build_of_a_folder_without_subfolders_of_code_is_what_it_has_always_been(tmp_path: Path) -> None:
    """Or servers of older revisions would no longer be recognised by what they call themselves."""
    texts = {"__main__.py": "main()\n", "app.py": "NAME = 'x'\n", "b.py": ""}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    digest = hashlib.blake2b(digest_size=6)
    for name in ("__main__.py", "app.py", "b.py"):
        digest.update(name.encode() + b"\0" + texts[name].encode())
    assert build_of(tmp_path) == digest.hexdigest() == "8a917baaa448"
    stand_ins = ("fake_gemini/server.py", "null_chat/wire.py", "recording/relay.py")
    cloud = ("cloudrun/__init__.py", "cloudrun/emulator/front.py", "cloudrun/quart.yaml", "cloudrun/requirements.lock")
    for beside in (*stand_ins, *cloud, "page/view.py", "page/chat.js", "readme.txt"):
        (tmp_path / beside).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / beside).write_text("beside")
    assert build_of(tmp_path) == digest.hexdigest()


def test_build_tells_what_lies_deeper_and_where(tmp_path: Path) -> None:
    builds = [build_of(tmp_path)]
    for name in ("a.py", "cloudrun.py", "inner/a.py", "inner/page/a.py", "inner/cloudrun/a.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
        builds.append(build_of(tmp_path))
    (tmp_path / "inner").rename(tmp_path / "outer")
    builds.append(build_of(tmp_path))
    assert len(set(builds)) == len(builds)


@pytest.mark.parametrize("name", ["GEMINI_API_KEY", "GOOGLE_API_KEY", "FAKE_GEMINI_KEY"])
def test_key_is_kept_but_shown_neither_by_health_nor_in_a_traceback(name: str) -> None:
    settings = read_settings({name: KEY, "GOOGLE_GEMINI_BASE_URL": FAKE})
    assert settings.api_key == KEY
    assert KEY not in repr(settings)
    assert KEY not in str(health({}, settings))


def test_secret_to_resume_by_is_kept_but_not_shown() -> None:
    secret = "0123456789abcdef" * 2
    settings = read_settings({"GEMINI_API_KEY": KEY, "RESUME_SECRET": secret})
    assert settings.resume_secret == secret
    assert secret not in repr(settings)
    assert read_settings({"GEMINI_API_KEY": KEY, "RESUME_SECRET": ""}).resume_secret is None


def test_secret_that_could_be_guessed_is_refused_and_not_shown() -> None:
    with pytest.raises(SettingsError, match="RESUME_SECRET is too short") as told:
        read_settings({"GEMINI_API_KEY": KEY, "RESUME_SECRET": "hunter2"})
    assert "hunter2" not in str(told.value)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read_settings({"GEMINI_API_KEY": KEY}).model = "another"  # type: ignore[misc]
