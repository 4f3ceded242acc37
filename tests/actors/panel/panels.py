"""People, sessions and catalogues for tests of panels, and what Discord would refuse of a panel."""

import random
from typing import Any

import msgspec

from messages.components import Button, Link, Menu, Panel
from messages.ids import ChannelId, GuildId, InteractionId, SessionId, UserId
from messages.interaction import Interaction
from messages.turn import Utterance
from messages.usage import Total
from messages.verbs.sessions import SessionShown
from messages.verbs.users import SessionListed, UserShown
from models.catalogue import Catalogue
from models.model import Model

CATALOGUE = Catalogue(
    [
        Model(name="gpt-small", label="Small", description="Quick and cheap", default=True),
        Model(name="gpt-large"),
        Model(name="gpt-hidden", menu=False),
    ]
)

LISTED = SessionListed(
    session=SessionId(7),
    title="Comets are",
    creator=UserId(1001),
    creator_name="Alice",
    is_own=True,
    is_current=True,
    is_public=False,
    model="gpt-small",
    update_time_s=1_700_000_100.0,
)

ALICE = UserShown(
    user_id=UserId(123456789012345678),
    name="Alice",
    status="activate",
    model="gpt-small",
    system_msg="Answer in French.",
    max_token=700,
    temperature=0.5,
    show_public=True,
    attach=False,
    speaks=False,
    create_time_s=1_700_000_000.9,
    update_time_s=1_700_000_100.0,
    modify_time_s=1_700_000_200.0,
    sessions=3,
    newest=SessionId(9),
    current=LISTED,
    current_is_closed=False,
    listed=(LISTED,),
    page=0,
    pages=1,
    used=Total(input_tokens=1200, output_tokens=3400, cost=12_300),
)

SAID = (
    Utterance(role="user", author_id=UserId(1001), author_name="Alice", text="What is a comet?"),
    Utterance(role="assistant", author_id=None, author_name="", text="A ball of ice."),
)

SESSION = SessionShown(
    may_remove=True,
    session=SessionId(7),
    title="Comets are",
    creator=UserId(1001),
    creator_name="Alice",
    is_own=True,
    is_current=True,
    is_public=False,
    may_be_public=True,
    model="gpt-small",
    system_msg="Answer in French.",
    create_time_s=1_700_000_000.9,
    update_time_s=1_700_000_100.0,
    modify_time_s=1_700_000_200.0,
    utterances=2,
    excerpt=SAID,
    used=Total(input_tokens=120, output_tokens=340, cost=1_200),
)

BY_ALICE = Interaction(
    interaction_id=InteractionId(5001),
    token="token",  # noqa: S106 of an interaction that nobody had
    user_id=UserId(1001),
    user_name="Alice",
    channel_id=ChannelId(2001),
    guild_id=GuildId(3001),
)

HOSTILE = (
    "`", "```", "````", "\n", "\r\n", "@everyone", "<@1>", "<#1>", "**", "||", "](https://x.y)", "\\", "\u202e", "\u2066",
    "\u200b", "\x00", "\x1b[31m", "\ud800", "\ufeff", "\u3164", "> ", "# ", "שלום", "👩‍👩‍👧", "e\u0301", "word ", "▸ Answer:\n",
    "ñ", "語", "\u2028", "\x85", "-# ", "\u0e33", "क्ष",
)  # fmt: skip


def nasty(rng: random.Random, most: int) -> str:
    """Return anything, in up to so many pieces."""
    return "".join(rng.choice(HOSTILE) for _ in range(rng.randint(0, most)))


def user(**fields: Any) -> UserShown:
    return msgspec.structs.replace(ALICE, **fields)


def session(**fields: Any) -> SessionShown:
    return msgspec.structs.replace(SESSION, **{"may_remove": fields.get("is_own", True), **fields})


def listed(number: int, **fields: Any) -> SessionListed:
    return msgspec.structs.replace(LISTED, **{"session": SessionId(number), "is_current": False, **fields})


def button(panel: Panel, label: str) -> Button:
    """The one button of that label."""
    (found,) = [part for row in panel.rows if not isinstance(row, Menu) for part in row if part.label == label]
    assert isinstance(found, Button)
    return found


def labels(panel: Panel) -> list[list[str]]:
    """What the rows show."""
    return [
        [option.label for option in row.options] if isinstance(row, Menu) else [part.label for part in row]
        for row in panel.rows
    ]


def complaints(panel: Panel) -> list[str]:
    """What Discord would refuse (Discord: Create Message; Component Reference)."""
    found = []

    def check(what: str, text: str, least: int, most: int) -> None:
        text.encode()
        if not least <= len(text) <= most or (least and not text.strip()):
            found.append(f"{what} has {len(text)} characters: {text!r}")

    check("content", panel.text, 1, 2000)
    custom_ids = []
    if len(panel.rows) > 5:
        found.append("too many rows")
    for row in panel.rows:
        if isinstance(row, Menu):
            custom_ids.append(row.custom_id)
            check("placeholder", row.placeholder, 1, 150)
            if not 1 <= len(row.options) <= 25:
                found.append(f"{len(row.options)} options")
            if len({option.value for option in row.options}) != len(row.options):
                found.append("two options of one value")
            if sum(option.default for option in row.options) > 1:
                found.append("two defaults")
            for option in row.options:
                check("label", option.label, 1, 100)
                check("value", option.value, 1, 100)
                check("description", option.description, 0, 100)
        else:
            if not 1 <= len(row) <= 5:
                found.append(f"{len(row)} buttons")
            for part in row:
                check("button", part.label, 1, 80)
                if isinstance(part, Link):
                    check("url", part.url, 1, 512)
                else:
                    custom_ids.append(part.custom_id)
    for custom_id in custom_ids:
        check("custom_id", custom_id, 1, 100)
    if len(set(custom_ids)) != len(custom_ids):
        found.append("a custom_id stands twice")
    return found
