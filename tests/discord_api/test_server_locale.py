"""Which language a server has chosen: Discord names one for every server, but asks Community servers alone."""

from typing import Any
from unittest.mock import Mock

import hikari
import pytest

from discord_api.channel_tree import ChannelTree
from discord_api.server_events import remember
from messages.ids import GuildId
from messages.intake import ChannelsListed, ServerLocale

SERVER = GuildId(3001)
COMMUNITY = hikari.GuildFeature.COMMUNITY


def event(kind: type[Any], locale: str, features: list[str]) -> Any:
    """Return an event about a server with this language."""
    guild = Mock(preferred_locale=hikari.Locale(locale), features=features)
    guild.name = "A server"
    return Mock(spec=kind, guild_id=SERVER, guild=guild, channels={}, threads={}, roles={})


@pytest.mark.parametrize(
    ("locale", "features", "chosen"),
    [
        ("en-US", [], ""),
        ("en-US", ["NEWS"], ""),
        ("en-US", [COMMUNITY], "en-US"),
        ("zh-CN", [COMMUNITY], "zh-CN"),
        ("zh-CN", [], "zh-CN"),
        ("tlh", [COMMUNITY], "tlh"),
    ],
)
def test_english_of_a_server_that_is_no_community_is_not_chosen(locale: str, features: list[str], chosen: str) -> None:
    """When Discord lists the server, and when it was changed. A language that hikari does not know has its name too."""
    listed = remember(event(hikari.GuildAvailableEvent, locale, features), ChannelTree())
    assert isinstance(listed, ChannelsListed)
    assert listed.locale == chosen
    changed = remember(event(hikari.GuildUpdateEvent, locale, features), ChannelTree())
    assert changed == ServerLocale(guild_id=SERVER, locale=chosen)
