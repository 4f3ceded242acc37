"""The authorities that the operator names, with every kind of damage: used as they are meant, or refused in one line."""

import os
import re
import ssl
from pathlib import Path

import pytest

from network import tls
from settings.errors import ConfigurationError
from settings.settings import read
from tests.rig.certificates import make_certificates
from tests.settings.damage import DAMAGES, as_nobody
from tests.settings.test_damage import folder
from tests.settings.test_settings import TOKEN

__all__ = ["folder"]  # a fixture


def refusal(name: str, value: str) -> str:
    """Return the line with which a bot with this variable is refused."""
    with pytest.raises(ConfigurationError) as refused:
        read({"DISCORD_TOKEN": TOKEN, name: value})
    said = str(refused.value)
    assert said.isprintable()
    assert said.startswith(f"{name} is '")
    assert value in said
    return said


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        ("missing", "No such file or directory"),
        ("folder", "it is not a file"),
        ("pipe_without_writer", "it is not a file"),
        ("unix_socket", "it is not a file"),
        ("broken_link", "No such file or directory"),
        ("links_in_a_circle", "Too many levels of symbolic links"),
        ("utf16_little", "it is not in PEM format"),
        ("empty", "it is not in PEM format"),
        ("key", "it is not in PEM format"),
        ("der", "it is not in PEM format"),  # as a browser exports it (crewAIInc/crewAI#268)
        ("endless", "it is not a file"),
        ("unreadable", "Permission denied"),
    ],
)
def test_a_file_of_authorities_that_cannot_be_used_is_refused(folder: Path, damage: str, cause: str) -> None:
    """OpenSSL would say nothing, and trust nobody."""
    made = make_certificates(folder)
    path = folder / "authorities.pem"
    if damage == "empty":
        path.write_text("")
    elif damage == "key":
        path.write_text((folder / "key.pem").read_text())
    elif damage == "der":
        path.write_bytes(ssl.PEM_cert_to_DER_cert(made.authority.read_text()))
    elif damage != "missing":
        DAMAGES[damage](path, made.authority.read_text())
    with as_nobody():
        assert f"({cause})" in refusal("SSL_CERT_FILE", str(path))


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        ("missing", r"cannot be read \(No such file or directory\)"),
        ("file", r"cannot be read \(Not a directory\)"),
        ("empty", "holds no certificate under a name that OpenSSL looks for"),
        ("other_names", r"\(run: openssl rehash "),
        ("unreadable", r"cannot be read \(Permission denied\)"),
    ],
)
def test_a_folder_of_authorities_that_cannot_be_used_is_refused(folder: Path, damage: str, cause: str) -> None:
    """OpenSSL looks for a certificate by the hash of its subject, and for nothing else."""
    path = folder / "authorities"
    if damage == "file":
        path.write_text("")
    elif damage != "missing":
        path.mkdir()
    if damage == "other_names":
        make_certificates(path)
    if damage == "unreadable":
        path.chmod(0)
    with as_nobody():
        assert re.search(cause, refusal("SSL_CERT_DIR", str(path)))


def test_authorities_that_can_be_used_are_taken_with_their_paths_as_openssl_reads_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL knows neither `~` nor variables; several folders have colons between them."""
    make_certificates(folder)
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "0123abcd.0").symlink_to(folder / "authority.pem")
    monkeypatch.setenv("HOME", str(folder))
    variables = {"SSL_CERT_FILE": "~/authority.pem", "SSL_CERT_DIR": "~/a:$HOME/b"}
    assert read({"DISCORD_TOKEN": TOKEN, "HOME": str(folder), **variables}).certificates == {
        "SSL_CERT_FILE": f"{folder}/authority.pem",
        "SSL_CERT_DIR": f"{folder}/a:{folder}/b",
    }


@pytest.fixture
def _other_contexts() -> None:
    """The one context of this process stays as it is."""
    tls.tls_context.cache_clear()


@pytest.mark.usefixtures("_other_contexts")
def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """For OpenSSL it would name a file that is not there, and nobody would be trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", "")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    settings = read({"DISCORD_TOKEN": TOKEN, "SSL_CERT_FILE": " "})
    assert settings.certificates == {"SSL_CERT_FILE": ""}
    tls.use_authorities(settings.certificates)
    assert "SSL_CERT_FILE" not in os.environ


@pytest.mark.usefixtures("_other_contexts")
def test_a_log_of_keys_that_cannot_be_written_is_refused_and_one_that_can_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python writes the keys of encrypted connections where SSLKEYLOGFILE says; an operator should know."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "none" / "keys"))
    with pytest.raises(ValueError, match=r"SSLKEYLOGFILE is '.*', which cannot be written"):
        tls.use_authorities({})
    warnings = read({"DISCORD_TOKEN": TOKEN, "SSLKEYLOGFILE": str(tmp_path / "keys")}).warnings
    assert any("SSLKEYLOGFILE" in warning for warning in warnings)
