"""`.env`: what it sets, and what is said of lines and names that were probably meant otherwise."""

from pathlib import Path

import pytest

from settings.environment import environment
from settings.errors import ConfigurationError


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("\n\nOPENAI_API_KEY sk-SECRET", 3),
        ("OPENAI_API_KEY: sk-SECRET", 1),
        ("# a comment\nset OPENAI_API_KEY=sk-SECRET", 2),
        ('$env:OPENAI_API_KEY = "sk-SECRET" # of PowerShell\nexport', 2),
        ('\nOPENAI_API_KEY="sk-SECRET', 2),
        ("OPENAI_API_KEY", 1),
        ("sk-SECRET", 1),
    ],
)
def test_a_line_that_sets_nothing_is_named_by_its_number(tmp_path: Path, line: str, number: int) -> None:
    """It may hold a secret, so it is not quoted."""
    (tmp_path / ".env").write_text(line)
    with pytest.raises(ConfigurationError, match=rf"\.env', line {number}, is not NAME=value") as refused:
        environment(tmp_path)
    assert "SECRET" not in str(refused.value)


def test_a_name_that_is_set_twice_otherwise_is_refused(tmp_path: Path) -> None:
    """Nobody can tell which of two tokens was meant; the same one twice, or an empty one, is no question."""
    file = tmp_path / ".env"
    file.write_text("OPENAI_API_KEY=sk-one\n\nOPENAI_API_KEY=sk-two\n")
    with pytest.raises(ConfigurationError, match="sets OPENAI_API_KEY in line 1 and otherwise in line 3"):
        environment(tmp_path)
    file.write_text("OPENAI_API_KEY=sk-one\nOPENAI_API_KEY=sk-one\nCAUSERIE_DATA=x\nCAUSERIE_DATA=\nOTHER=1\nOTHER=2\n")
    values = environment(tmp_path).values
    assert (values["OPENAI_API_KEY"], values["CAUSERIE_DATA"], values["OTHER"]) == ("sk-one", "x", "2")


def test_a_name_that_looks_like_a_setting_and_is_none_is_said(tmp_path: Path) -> None:
    """With the setting that was probably meant."""
    (tmp_path / ".env").write_text(
        "CAUSERIE_DATAS=x\nDISCORD_TOKN=y\nOPENAI_KEY=z\nopenai_api_key=z\nOPENAI_ORG_ID=o\nHTTPS_PROXY=\nPATHS=1\nDISCORD_GUILD=\n"
    )
    assert environment(tmp_path).warnings == (
        ".env sets 'CAUSERIE_DATAS', which Causerie does not know. Did you mean CAUSERIE_DATA?",
        ".env sets 'DISCORD_TOKN', which Causerie does not know. Did you mean DISCORD_TOKEN?",
        ".env sets 'OPENAI_KEY', which Causerie does not know. Did you mean OPENAI_API_KEY?",
        ".env sets 'openai_api_key', which Causerie does not know. Did you mean OPENAI_API_KEY?",
        ".env sets 'DISCORD_GUILD', which Causerie does not know.",
    )


def test_a_broken_link_is_not_taken_for_a_missing_file(tmp_path: Path) -> None:
    """Without `.env` the environment alone counts; with one that leads nowhere, something is wrong."""
    assert environment(tmp_path).warnings == ()
    (tmp_path / ".env").symlink_to("elsewhere")
    with pytest.raises(ConfigurationError, match="is a symbolic link to 'elsewhere', which does not exist"):
        environment(tmp_path)
