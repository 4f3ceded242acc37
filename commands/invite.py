"""`causerie invite`: the link with which the bot is added to a server. It needs the token and no network."""

from typing import Final
from urllib.parse import urlencode

from commands.permissions import USED, all_bits
from settings.environment import Environment
from settings.values import application_id, checked_token, without_quotes

SCOPES: Final = (
    ("bot", "it joins the server"),
    ("applications.commands", "/user, /session and the Apps menu are there"),
)
"""What the link asks for beside permissions (Discord: OAuth2, Scopes), and what for."""

_STEPS: Final = """\
Before that, switch on the message content intent: open {page}
and switch on Message Content Intent under Privileged Gateway Intents.

Open the link in a browser in which you are logged in to Discord, choose a server in which you have the permission Manage Server,
leave every box ticked, and press Authorize. Then run: {program} check"""


def invite_link(application: int) -> str:
    """Return the address at which Discord asks somebody to add the application to a server (Discord: OAuth2, Bot Authorization Flow)."""
    scopes = " ".join(scope for scope, _ in SCOPES)
    query = urlencode({"client_id": application, "permissions": all_bits(), "scope": scopes})
    return f"https://discord.com/oauth2/authorize?{query}"


def portal_page(application: int, page: str = "bot") -> str:
    """Return the address of one of the application's pages in Discord's developer portal."""
    return f"https://discord.com/developers/applications/{application}/{page}"


def invitation(env: Environment, program: str) -> str:
    """Return the link, alone in the first line, what it asks for, and what to click.

    :param program: how this command was called, for the commands that the text names
    :raises ConfigurationError: there is no token, or it is none
    """
    application = application_id(checked_token(without_quotes(env.values.get("DISCORD_TOKEN", ""))))
    asked = (*((f"scope {scope}", why) for scope, why in SCOPES), *((one.name, one.why) for one in USED))
    wide = max(len(name) for name, _ in asked)
    lines = [
        invite_link(application),
        "",
        "It asks for:",
        *(f"  {name:{wide}}  {why}" for name, why in asked),
        "",
        _STEPS.format(page=portal_page(application), program=program),
    ]
    return "\n".join(lines)
