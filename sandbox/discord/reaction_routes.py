"""Own reactions. Discord, "Message", sections "Create Reaction" and "Delete Own Reaction"."""

import re
import unicodedata

from sandbox.discord import posting
from sandbox.discord.message_routes import message_of
from sandbox.discord.permissions import ADD_REACTIONS, READ_MESSAGE_HISTORY, may
from sandbox.discord.refusals import refused
from sandbox.discord.requests import Answer, Call, Route
from sandbox.discord.world import World

EMOJIS_MOST = 20
CUSTOM = re.compile(r"\w{2,32}:\d+")

# Parts of an emoji that are none on their own: skin tones, joiner, presentation, keycap.
MODIFIERS = {"\u200d", "\ufe0f", "\u20e3", *map(chr, range(0x1F3FB, 0x1F400))}


def put_own(world: World, call: Call) -> Answer:
    """PUT .../reactions/{emoji}/@me."""
    message = message_of(world, call)
    emoji = call.params["emoji"]
    # The sandbox has no custom emoji, so one that looks like one is unknown.
    if not is_emoji(emoji) or CUSTOM.fullmatch(emoji):
        raise refused(10014)
    fresh = emoji not in message.reactions
    if not may(world.bot, message.channel, READ_MESSAGE_HISTORY):
        raise refused(50013)
    if fresh and not may(world.bot, message.channel, ADD_REACTIONS):
        raise refused(50013)
    if fresh and len(message.reactions) >= EMOJIS_MOST:
        raise refused(30010)
    posting.react(world, message, world.bot, emoji)
    return Answer(204)


def delete_own(world: World, call: Call) -> Answer:
    """DELETE .../reactions/{emoji}/@me. An invalid emoji is refused; a reaction that is not there is no error."""
    message = message_of(world, call)
    emoji = call.params["emoji"]
    if not is_emoji(emoji):
        raise refused(10014)
    if world.bot.id in message.reactions.get(emoji, set()):
        posting.unreact(world, message, world.bot, emoji)
    return Answer(204)


def is_emoji(text: str) -> bool:
    """Whether a text is one emoji: symbols and what modifies them, nothing else."""
    if CUSTOM.fullmatch(text):
        return True
    bare = [letter for letter in text if letter not in MODIFIERS]
    keycap = len(bare) == 1 and bare[0] in "0123456789#*" and text.endswith("\u20e3")
    return keycap or (bool(bare) and all(unicodedata.category(letter) in {"So", "Sm", "Po"} for letter in bare))


ROUTES = [
    Route("PUT", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me", put_own, bucket="REACTIONS"),
    Route("DELETE", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me", delete_own, bucket="REACTIONS"),
]
