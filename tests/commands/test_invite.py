"""`causerie invite`: the link is the one that the bot needs, from the token alone, and a wrong token is one line."""

import base64
import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from commands.invite import invitation
from commands.permissions import USED, all_bits
from messages.channel_permissions import NEEDED_TO_ANSWER, lacking
from settings.environment import Environment
from settings.errors import ConfigurationError
from tests.commands.process import causerie

APPLICATION = 1_234_567_890_123_456_789
TOKEN = f"{base64.b64encode(str(APPLICATION).encode()).decode().rstrip('=')}.GaBcDe.SECRETsecretSECRETsecretSECRET"


def test_the_link_asks_for_the_two_scopes_and_for_what_the_bot_uses(tmp_path: Path) -> None:
    """It is alone in the first line, so that a script can take it, and nothing of the token's secret part is in the output."""
    ended = causerie(tmp_path, "invite", variables={"DISCORD_TOKEN": TOKEN})
    assert (ended.returncode, ended.stderr) == (0, "")
    link, *rest = ended.stdout.splitlines()
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "discord.com", "/oauth2/authorize")
    assert parse_qs(parts.query) == {
        "client_id": [str(APPLICATION)],
        "scope": ["bot applications.commands"],
        "permissions": [str(all_bits())],
    }
    said = "\n".join(rest)
    for permission in USED:
        assert f"  {permission.name}" in said
        assert permission.why in said
    assert f"https://discord.com/developers/applications/{APPLICATION}/bot" in said
    assert "SECRET" not in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_link_asks_for_each_permission_whose_lack_the_bot_tells_people() -> None:
    """And for voice messages, which only some people want; each bit stands there once."""
    told = NEEDED_TO_ANSWER | lacking(0, in_thread=False) | lacking(0, in_thread=True)
    assert all_bits() == told | 1 << 46
    assert len({one.bit for one in USED}) == len(USED)
    assert all(one.bit.bit_count() == 1 for one in USED)


def test_the_token_in_dot_env_is_enough(tmp_path: Path) -> None:
    """As it is pasted from somewhere, with the word before it and in quotes."""
    (tmp_path / ".env").write_text(f"DISCORD_TOKEN='Bot {TOKEN}'\n")
    ended = causerie(tmp_path, "invite")
    assert ended.returncode == 0
    assert f"client_id={APPLICATION}&" in ended.stdout


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "DISCORD_TOKEN is missing."),
        ("SECRET", "DISCORD_TOKEN is not a bot's token"),
        (TOKEN.rpartition(".")[0], "DISCORD_TOKEN is not a bot's token"),
        (TOKEN + ".SECRET", "DISCORD_TOKEN is not a bot's token"),
        ("MA==.GaBcDe.SECRET", "DISCORD_TOKEN is not a bot's token"),
        ("OTk5OTk5OTk5OTk5OTk5OTk5OTk=.GaBcDe.SECRET", "DISCORD_TOKEN is not a bot's token"),
        (TOKEN + "\u00a0\x1b[31m", "DISCORD_TOKEN is not a bot's token"),
        ("🔑.🔑.SECRET", "DISCORD_TOKEN is not a bot's token"),
    ],
)
def test_a_wrong_token_is_refused_without_a_word_of_it(token: str, said: str) -> None:
    """The line says where to copy it from."""
    with pytest.raises(ConfigurationError) as refused:
        invitation(Environment({"DISCORD_TOKEN": token}, (), {}, {}), "causerie")
    assert str(refused.value).startswith(said)
    assert "developer portal" in str(refused.value)
    assert "SECRET" not in str(refused.value)


def test_a_wrong_token_is_one_line_and_the_status_of_a_wrong_setting(tmp_path: Path) -> None:
    """As for `causerie run`."""
    ended = causerie(tmp_path, "invite")
    assert (ended.returncode, ended.stdout) == (os.EX_CONFIG, "")
    assert ended.stderr.startswith("causerie: DISCORD_TOKEN is missing. ")
    assert ended.stderr.count("\n") == 1


def test_an_output_that_cannot_be_written_is_a_line_and_a_status(tmp_path: Path) -> None:
    """A full disk behind a redirection must not look like success."""
    ended = causerie(tmp_path, "invite", variables={"DISCORD_TOKEN": TOKEN}, output=Path("/dev/full"))
    assert ended.returncode == os.EX_UNAVAILABLE
    assert ended.stderr == "causerie: The output cannot be written (No space left on device).\n"
