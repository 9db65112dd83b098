from pathlib import Path

import pytest
import trustme

from loadtests.support.address import Address
from loadtests.support.trust import check_trust

SECURE = Address.of("https://chat.example.com")


@pytest.mark.parametrize(
    ("name", "why"),
    [("nowhere.pem", "No such file or directory"), (".", "Is a directory"), ("empty", "there is no certificate in it")],
)
def test_a_file_that_gives_nobody_to_trust_is_told(
    name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").touch()
    path = tmp_path / name
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(ValueError) as refused:
        check_trust(SECURE)
    assert str(refused.value) == (
        f"SSL_CERT_FILE names {path}, which cannot be used ({why}): name the file with the certificate of the "
        "authority to trust, or unset SSL_CERT_FILE"
    )


def test_a_file_is_nothing_to_whoever_speaks_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    check_trust(Address.of("ws://127.0.0.1:1"))


def test_a_file_with_an_authority_is_good_and_so_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    check_trust(SECURE)
    for value in ("", None):
        monkeypatch.delenv("SSL_CERT_FILE") if value is None else monkeypatch.setenv("SSL_CERT_FILE", value)
        check_trust(SECURE)
