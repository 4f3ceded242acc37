"""Changes of messages: posted, edited, removed, with a link preview, reacted to; each dispatches its gateway event."""

from collections.abc import Callable

from sandbox.discord.events import DIRECT_MESSAGES, DIRECT_REACTIONS, GUILD_MESSAGES, GUILD_REACTIONS, Event
from sandbox.discord.mentions import Mentions
from sandbox.discord.payloads import emoji_json, message_json, with_nonce
from sandbox.discord.people_payloads import member_json
from sandbox.discord.permissions import VIEW_CHANNEL, may
from sandbox.discord.things import LOADING, Channel, Json, Message, Ping, User
from sandbox.discord.world import World


def post(world: World, message: Message, mentions: Mentions) -> Message:
    """Put a new message into its channel."""
    _set_mentions(message, mentions)
    world.shows(message)
    message.channel.messages[message.id] = message
    if not message.ephemeral:
        message.channel.last_message_id = message.id
    _note_pings(world, message, mentions, "create")
    _tell(world, message, "MESSAGE_CREATE", lambda intent: _created(world, message, intent=intent))
    return message


def edit(world: World, message: Message, changes: Json, mentions: Mentions | None) -> Message:
    """Change parts of a message: content, embeds, components, attachments, flags.

    :param mentions: what its text now mentions; None when the text did not change.
    """
    resolved_loading = message.loading
    if "content" in changes and changes["content"] != message.content:
        message.edits.append(message.content)
    for name, value in changes.items():
        setattr(message, name, value)
    if resolved_loading:
        message.flags &= ~LOADING
        message.edits.clear()
    else:
        message.edited_at = world.clock.now()
    if mentions is not None:
        _set_mentions(message, mentions)
        _note_pings(world, message, mentions, "edit")
    world.shows(message)
    tell_updated(world, message)
    return message


def unfurl(world: World, message: Message, embed: Json) -> None:
    """Add a link preview, as Discord does: an update that leaves `edited_timestamp` unchanged."""
    message.embeds = [*message.embeds, embed]
    tell_updated(world, message)


def tell_updated(world: World, message: Message) -> None:
    """Dispatch MESSAGE_UPDATE, which carries the whole message. Discord, "Gateway Events", "Message Update"."""
    _tell(world, message, "MESSAGE_UPDATE", lambda intent: message_json(world, message, intent=intent, event=True))


def remove(world: World, message: Message) -> None:
    """Take a message out of its channel."""
    _take_out(world, message)
    body = _place(message)
    body["id"] = body.pop("message_id")
    _tell(world, message, "MESSAGE_DELETE", lambda _: body)


def remove_many(world: World, messages: list[Message]) -> None:
    """Take messages of one channel out of it at once, as a moderator's bot does."""
    for message in messages:
        _take_out(world, message)
    body = _place(messages[0])
    del body["message_id"]
    body["ids"] = [str(message.id) for message in messages]
    _tell(world, messages[0], "MESSAGE_DELETE_BULK", lambda _: body)


def _take_out(world: World, message: Message) -> None:
    message.deleted = True
    world.shows(message)
    message.channel.messages.pop(message.id, None)


def react(world: World, message: Message, user: User, emoji: str) -> None:
    """Add a reaction; a second one of the same person changes nothing."""
    if user.id in message.reactions.setdefault(emoji, set()):
        return
    message.reactions[emoji].add(user.id)
    world.shows(message)
    body = {**_reaction(message, user, emoji), "message_author_id": str(message.author.id)}
    if message.channel.guild is not None:
        body["member"] = member_json(message.channel.guild, user)
    _tell_reaction(world, message, "MESSAGE_REACTION_ADD", body)


def unreact(world: World, message: Message, user: User, emoji: str) -> None:
    """Remove a reaction; when it was the last one, its emoji is removed too."""
    message.reactions[emoji].discard(user.id)
    world.shows(message)
    if not message.reactions[emoji]:
        del message.reactions[emoji]
    _tell_reaction(world, message, "MESSAGE_REACTION_REMOVE", _reaction(message, user, emoji))


def _created(world: World, message: Message, *, intent: bool) -> Json:
    return with_nonce(message, message_json(world, message, intent=intent, event=True))


def _set_mentions(message: Message, mentions: Mentions) -> None:
    message.mentions, message.mention_roles = mentions.users, mentions.roles
    message.mention_everyone = mentions.everyone


def _note_pings(world: World, message: Message, mentions: Mentions, by: str) -> None:
    if message.author is not world.bot:
        return
    world.pings += [Ping("user", who, message.id, by) for who in mentions.users if who != world.bot.id]
    world.pings += [Ping("role", role, message.id, by) for role in mentions.roles]
    if mentions.everyone:
        world.pings.append(Ping("everyone", message.channel.id, message.id, by))


def _place(message: Message) -> Json:
    place: Json = {"message_id": str(message.id), "channel_id": str(message.channel.id)}
    return place if message.channel.guild is None else {**place, "guild_id": str(message.channel.guild.id)}


def _reaction(message: Message, user: User, emoji: str) -> Json:
    return {**_place(message), "user_id": str(user.id), "emoji": emoji_json(emoji), "burst": False, "type": 0}


def _hears(world: World, channel: Channel) -> bool:
    return may(world.bot, channel, VIEW_CHANNEL)


def _tell(world: World, message: Message, name: str, render: Callable[[bool], Json]) -> None:
    # An ephemeral message is not part of the channel: only the interaction's answer tells the bot of it.
    if message.ephemeral or not _hears(world, message.channel):
        world.changes.happened()
        return
    world.happened(Event(name, DIRECT_MESSAGES if message.channel.guild is None else GUILD_MESSAGES, render))


def _tell_reaction(world: World, message: Message, name: str, body: Json) -> None:
    if not _hears(world, message.channel):
        world.changes.happened()
        return
    world.happened(Event(name, DIRECT_REACTIONS if message.channel.guild is None else GUILD_REACTIONS, lambda _: body))
