"""Channels and their messages. Discord, "Channel" and "Message"."""

from typing import Any

from sandbox.discord import places, posting
from sandbox.discord.forms import read_form
from sandbox.discord.mentions import resolve
from sandbox.discord.payloads import message_json, with_nonce
from sandbox.discord.permissions import (
    MANAGE_MESSAGES,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    SEND_VOICE_MESSAGES,
    VIEW_CHANNEL,
    may,
)
from sandbox.discord.refusals import UNSUPPORTED, FormErrors, refused
from sandbox.discord.requests import Answer, Call, Route
from sandbox.discord.things import DIRECT_CHANNEL, EPHEMERAL, REPLY, VOICE_MESSAGE, Channel, Json, Message
from sandbox.discord.world import World

PAGE, PAGE_MOST = 50, 100


def channel_of(world: World, call: Call) -> Channel:
    """Return the channel that a path names.

    :raises RefusedError: 10003 when it is unknown, 50001 when the bot cannot see it.
    """
    channel = world.channels.get(call.number("channel", 10003))
    if channel is None:
        raise refused(10003)
    if not may(world.bot, channel, VIEW_CHANNEL):
        raise refused(50001)
    return channel


def message_of(world: World, call: Call) -> Message:
    """Return the message that a path names; ephemeral messages are not found by these routes.

    :raises RefusedError: 10003, 50001, 10008.
    """
    message = channel_of(world, call).messages.get(call.number("message", 10008))
    if message is None or message.ephemeral:
        raise refused(10008)
    return message


def told(world: World, message: Message) -> Json:
    """Return a message's JSON for REST. Without the message content intent its content is hidden, as on the gateway."""
    return message_json(world, message, intent=world.message_content_enabled)


def get_messages(world: World, call: Call) -> Answer:
    """GET /channels/{channel}/messages, with `after` or without: newest first."""
    channel = channel_of(world, call)
    errors = FormErrors()
    limit = _number(call.query, "limit", errors)
    after = _number(call.query, "after", errors)
    if limit is not None and not 1 <= limit <= PAGE_MOST:
        errors.add("limit", "NUMBER_TYPE_MAX", f"int value should be between 1 and {PAGE_MOST}.")
    for key in call.query.keys() - {"limit", "after"}:
        errors.add(key, UNSUPPORTED, "The sandbox does not know this.")
    errors.refuse()
    limit = PAGE if limit is None else limit
    if not may(world.bot, channel, READ_MESSAGE_HISTORY):
        return Answer(body=[])
    every = list(world.seen(channel))
    found = every[-limit:] if after is None else [message for message in every if message.id > after][:limit]
    return Answer(body=[told(world, message) for message in reversed(found)])


def get_message(world: World, call: Call) -> Answer:
    """GET /channels/{channel}/messages/{message}."""
    message = message_of(world, call)
    if not may(world.bot, message.channel, READ_MESSAGE_HISTORY):
        raise refused(50013)
    return Answer(body=told(world, message))


def create_message(world: World, call: Call) -> Answer:
    """POST /channels/{channel}/messages."""
    channel = channel_of(world, call)
    _refuse_writing(world, channel)
    body = call.body or {}
    fields = read_form(world, body, call.files)
    if fields["flags"] & VOICE_MESSAGE and not may(world.bot, channel, SEND_VOICE_MESSAGES):
        raise refused(50173)
    fields["flags"] &= ~EPHEMERAL  # only an interaction's answer can be ephemeral
    nonce = _nonce(world, body)
    twin = _twin(world, body, nonce)
    if twin is not None:
        return Answer(body=with_nonce(twin, told(world, twin)))
    message = Message(world.ids.next(), channel, world.bot, nonce=nonce, **fields)
    replied = _reference(world, channel, body, message)
    mentions = resolve(world, channel, world.bot, message.content, body.get("allowed_mentions"), replied)
    posting.post(world, message, mentions)
    if nonce is not None:
        world.nonces[str(nonce)] = (world.clock.now_s(), message)
    return Answer(body=with_nonce(message, told(world, message)))


def edit_message(world: World, call: Call) -> Answer:
    """PATCH /channels/{channel}/messages/{message}."""
    message = message_of(world, call)
    body = call.body or {}
    if message.author is not world.bot:
        raise refused(50005)
    if message.channel.archived:
        raise refused(50083)
    return Answer(body=told(world, apply_edit(world, message, body, call)))


def apply_edit(world: World, message: Message, body: Json, call: Call) -> Message:
    """Edit an own message. Without `allowed_mentions` new content is parsed with everything allowed."""
    fields = read_form(world, body, call.files, message)
    mentions = None
    if "content" in fields:
        target = message.channel.messages.get(message.reference_id or 0)
        replied = target.author if target is not None and message.kind == REPLY else None
        allowed = body.get("allowed_mentions")
        mentions = resolve(world, message.channel, world.bot, fields["content"], allowed, replied)
    return posting.edit(world, message, fields, mentions)


def delete_message(world: World, call: Call) -> Answer:
    """DELETE /channels/{channel}/messages/{message}."""
    message = message_of(world, call)
    mighty = message.channel.kind != DIRECT_CHANNEL and may(world.bot, message.channel, MANAGE_MESSAGES)
    if message.author is not world.bot and not mighty:
        raise refused(50013)
    posting.remove(world, message)
    return Answer(204)


def _refuse_writing(world: World, channel: Channel) -> None:
    if channel.kind == DIRECT_CHANNEL:
        others = [world.users[who] for who in channel.recipients if who != world.bot.id]
        if not all(user.takes_direct_messages for user in others):
            raise refused(50007)
        return
    if not may(world.bot, channel, SEND_MESSAGES if channel.parent is None else SEND_MESSAGES_IN_THREADS):
        raise refused(50013)
    if channel.locked:
        raise refused(160005)
    if channel.archived:
        # Writing into an archived thread that is not locked opens it again ("Threads", section "Archived Threads").
        places.change_thread(world, channel, archived=False, locked=False)


def _nonce(world: World, body: Json) -> str | int | None:
    nonce: str | int | None = body.get("nonce")
    if nonce is not None and len(str(nonce)) > world.limits.nonce_chars:
        errors = FormErrors()
        errors.length("nonce", str(nonce), 0, world.limits.nonce_chars)
        errors.refuse()
    return nonce


def _twin(world: World, body: Json, nonce: str | int | None) -> Message | None:
    """Return the recent message with this nonce, if the body says `enforce_nonce` and there is one."""
    if nonce is None or not body.get("enforce_nonce"):
        return None
    at_s, message = world.nonces.get(str(nonce), (float("-inf"), None))
    return message if world.clock.now_s() - at_s <= world.limits.nonce_window_s else None


def _reference(world: World, channel: Channel, body: Json, message: Message) -> Any:
    """Make a message a reply, and return whose message it answers."""
    reference = body.get("message_reference")
    if reference is None:
        return None
    if not may(world.bot, channel, READ_MESSAGE_HISTORY):
        raise refused(160002)
    target = channel.messages.get(int(reference.get("message_id") or 0))
    if target is None or target.ephemeral:
        if reference.get("fail_if_not_exists", True):
            errors = FormErrors()
            errors.add("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            errors.refuse()
        return None
    message.kind, message.reference_id = REPLY, target.id
    return target.author


def _number(query: dict[str, str], key: str, errors: FormErrors) -> int | None:
    text = query.get(key)
    if text is None:
        return None
    if not text.isdecimal():
        errors.add(key, "NUMBER_TYPE_COERCE", f'Value "{text}" is not int.')
        return None
    return int(text)


ROUTES = [
    Route("GET", "/channels/{channel}/messages", get_messages),
    Route("GET", "/channels/{channel}/messages/{message}", get_message),
    Route("POST", "/channels/{channel}/messages", create_message),
    Route("PATCH", "/channels/{channel}/messages/{message}", edit_message),
    Route("DELETE", "/channels/{channel}/messages/{message}", delete_message),
]
