"""The outputs that docs/operators.md shows are those of the commands: each line, with this machine's numbers in place of the page's."""

import re
from collections.abc import Sequence
from pathlib import Path

from sandbox.discord.permissions import SEND_MESSAGES
from sandbox.discord.things import Overwrite
from tests.commands.process import CHECKOUT, causerie
from tests.commands.test_check import checked
from tests.commands.test_init import typed
from tests.commands.test_invite import TOKEN
from tests.rig.town import town as a_town

PAGE = (CHECKOUT / "docs" / "operators.md").read_text()


def shown(command: str) -> list[str]:
    """Return the lines that the page shows below a command."""
    blocks = re.findall(r"^```console\n\$ \.venv/bin/causerie (\w+)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    (found,) = [output for name, output in blocks if name == command]
    return [line for line in str(found).splitlines() if line]


def plain(lines: Sequence[str]) -> list[str]:
    """Return lines without what differs from machine to machine: numbers, paths, addresses, users, spaces."""
    text = "\n".join(lines).replace(".venv/bin/", "")
    for pattern in (r"'/[^']*'", r"https?://\S+?(?=[\s,]|\.?$)", r"the user '\w+'", r"\d[\d.,]*"):
        text = re.sub(pattern, "…", text, flags=re.MULTILINE)
    return [" ".join(line.split()) for line in text.splitlines()]


def test_init_and_invite_say_what_the_page_says(tmp_path: Path) -> None:
    """The link's permissions to the digit."""
    status, said = typed(tmp_path, [f"{TOKEN}\n", "sk-1\n"])
    assert status == 0, said
    assert [line for line in plain(shown("init")) if line not in plain(said.splitlines())] == []
    ended = causerie(tmp_path, "invite")
    wanted = "\n".join(shown("invite")).replace(".venv/bin/", "")
    assert [line for line in ended.stdout.splitlines() if line] == wanted.splitlines()


def test_settings_says_what_the_page_says(tmp_path: Path) -> None:
    """In the same columns, for the same files."""
    (tmp_path / ".env").write_text(f"DISCORD_TOKEN={TOKEN}\nOPENAI_API_KEY=sk-1\nCAUSERIE_CONFIG=causerie.toml\n")
    (tmp_path / "causerie.toml").write_text("[limits]\nmax_token = 900\n")
    said = [" ".join(line.split()) for line in causerie(tmp_path, "settings").stdout.splitlines()]
    assert [line for line in shown("settings") if " ".join(line.split()) not in said] == []


async def test_check_says_what_the_page_says(tmp_path: Path) -> None:
    """With the same three things wrong."""
    async with a_town(tmp_path) as town:
        town.discord.message_content_enabled = False
        managed = next(role for role in town.discord.world.guild.roles.values() if role.managed)
        town.discord.add_channel("help").overwrites = [Overwrite(managed.id, 0, deny=SEND_MESSAGES)]
        with town.config.open("a") as config:
            config.write('[[models]]\nname = "gpt-9"\n')
        ended = await checked(town)
    assert ended.returncode == 1
    assert plain(shown("check")) == plain([line for line in ended.stdout.splitlines() if line])


def test_every_command_has_its_place_on_the_page() -> None:
    """In the order in which an operator needs them."""
    places = [
        PAGE.index(f"**{place}") for place in ("3. `init`", "4. `invite`", "5. `check`", "6. `run`", "`settings`")
    ]
    assert places == sorted(places)
