from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.fake import FakeGemini
from servers.fake_gemini.timing import load_profile
from tests.made_up_recording import conversation

pytestmark = pytest.mark.e2e

NO_CORES: frozenset[int] = frozenset()


def test_fake_tells_its_ledger_and_counts_anew_when_asked(tmp_path: Path) -> None:
    with FakeGemini("fast", 7, tmp_path, NO_CORES) as fake:
        account = fake.ledger(reset=True)
    assert (account["profile"], account["seed"], account["sessions_open"]) == ("fast", 7, 0)


def test_recording_in_the_place_of_a_profile_is_said_again(tmp_path: Path) -> None:
    path = conversation(tmp_path / "it.ndjson.gz", load_profile("fast"), 2)
    with FakeGemini(str(path), 1, tmp_path, NO_CORES) as fake:
        assert fake.ledger()["profile"] == str(path)
    path.write_text("Dear diary")
    with pytest.raises(BenchError, match=r"its log ends: .*it\.ndjson\.gz cannot be read"):
        FakeGemini(str(path), 1, tmp_path, NO_CORES)


def test_nothing_but_address_and_certificate_turns_a_server_to_the_fake(tmp_path: Path) -> None:
    with FakeGemini("fast", 1, tmp_path, NO_CORES) as fake:
        environment = fake.server_environment
        assert Path(environment["SSL_CERT_FILE"]).exists()
    given = {name for name, value in environment.items() if value}
    assert given == {"GOOGLE_GEMINI_BASE_URL", "SSL_CERT_FILE", "NO_PROXY", "no_proxy"}


def test_what_the_shell_says_of_a_deployed_fake_is_not_for_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("FAKE_GEMINI_KEY", "key")
    with FakeGemini("fast", 1, tmp_path, NO_CORES) as fake:
        assert not fake.url.endswith(":1")
        assert fake.ledger()["seed"] == 1


def test_certificate_goes_with_the_fake(tmp_path: Path) -> None:
    with FakeGemini("fast", 1, tmp_path, NO_CORES) as fake:
        pass
    assert not fake.certificate.exists()


def test_fake_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"the fake Gemini did not start; its log ends: .*no-such-profile"):
        FakeGemini("no-such-profile", 1, tmp_path, NO_CORES)
