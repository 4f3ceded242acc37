"""The JSON that Discord makes of messages, with every key that hikari 2.7.0 reads.

A payload that lacks a key is dropped by hikari with a log line and nothing else, so nothing here is optional
unless Discord leaves it out too.
"""

from sandbox.discord.clock import made_at
from sandbox.discord.people_payloads import member_json, stamp, user_json
from sandbox.discord.things import REPLY, Json, Message
from sandbox.discord.world import World


def sees_content(world: World, message: Message, *, intent: bool) -> bool:
    """Whether the bot receives the content of a message. Discord, "Gateway", section "Message Content Intent"."""
    own_or_direct = message.author is world.bot or message.channel.guild is None
    return intent or own_or_direct or world.bot.id in message.mentions


def message_json(
    world: World, message: Message, *, intent: bool = True, event: bool = False, nested: bool = False
) -> Json:
    """Discord, "Message", section "Message Object".

    :param intent: whether the reader has the message content intent.
    :param event: adds what only gateway events carry: `guild_id` and `member`.
    :param nested: it stands inside another message.
    """
    told = sees_content(world, message, intent=intent)
    body: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "author": user_json(message.author),
        "content": message.content if told and not message.is_layout else "",
        "timestamp": stamp(made_at(message.id)),
        "edited_timestamp": stamp(message.edited_at),
        "tts": False,
        "mention_everyone": message.mention_everyone,
        "mentions": [user_json(world.users[who]) for who in message.mentions],
        "mention_roles": [str(role) for role in message.mention_roles],
        "attachments": world.attachments.told(message.attachments, world.clock.now_s()) if told else [],
        "embeds": message.embeds if told else [],
        "components": message.components if told else [],
        "pinned": False,
        "type": message.kind,
        "flags": message.flags,
    }
    if message.reactions:
        body["reactions"] = [reaction_json(world, emoji, who) for emoji, who in message.reactions.items()]
    if message.reference_id is not None:
        body["message_reference"] = reference_json(message)
        target = message.channel.messages.get(message.reference_id)
        if message.kind == REPLY and not nested:
            body["referenced_message"] = None if target is None else _without_reference(world, target, intent=intent)
    if told:
        body |= _extras(world, message)
    if message.interaction is not None:
        body |= {"interaction_metadata": message.interaction}
        body |= {"webhook_id": str(world.application_id), "application_id": str(world.application_id)}
    if event:
        body |= _event_extras(message)
    return body


def _extras(world: World, message: Message) -> Json:
    """Return what else a message has; of a forward, the addresses of its attachments hold."""
    snapshots = [
        snapshot
        | {"message": inner | {"attachments": world.attachments.told(inner["attachments"], world.clock.now_s())}}
        for snapshot in message.extras.get("message_snapshots", ())
        for inner in (snapshot["message"],)
    ]
    return {**message.extras, "message_snapshots": snapshots} if snapshots else message.extras


def forward_json(world: World, message: Message) -> Json:
    """What a message has that forwards another one. Discord, "Message", sections "Message Reference" and "Message Snapshot"."""
    whole = message_json(world, message)
    kept = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions")
    snapshot: Json = {name: whole[name] for name in (*kept, "mention_roles", "components")}
    snapshot |= {name: value for name, value in message.extras.items() if name == "sticker_items"}
    reference = {"type": 1, "message_id": str(message.id), "channel_id": str(message.channel.id)}
    return {"message_reference": reference, "message_snapshots": [{"message": snapshot}]}


def poll_json(question: str, answers: list[str]) -> Json:
    """A poll that ends in a year. Discord, "Poll", section "Poll Object"."""
    return {
        "poll": {
            "question": {"text": question},
            "answers": [
                {"answer_id": number, "poll_media": {"text": answer}} for number, answer in enumerate(answers, 1)
            ],
            "expiry": "2100-01-01T00:00:00+00:00",
            "allow_multiselect": False,
            "layout_type": 1,
            "results": {"is_finalized": False, "answer_counts": []},
        }
    }


def stickers_json(names: list[str]) -> Json:
    """Discord, "Sticker", section "Sticker Item Object"."""
    return {
        "sticker_items": [{"id": str(number), "name": name, "format_type": 1} for number, name in enumerate(names, 1)]
    }


def with_nonce(message: Message, body: Json) -> Json:
    """Return the body with the nonce, as the answer to a create and its event have it; later reads do not."""
    return body if message.nonce is None else {**body, "nonce": message.nonce}


def reaction_json(world: World, emoji: str, who: set[int]) -> Json:
    """Discord, "Message", section "Reaction Object"."""
    return {
        "emoji": emoji_json(emoji),
        "count": len(who),
        "count_details": {"burst": 0, "normal": len(who)},
        "me": world.bot.id in who,
        "me_burst": False,
        "burst_colors": [],
    }


def emoji_json(emoji: str) -> Json:
    """A partial emoji out of `👌` or `name:id`."""
    name, _, number = emoji.partition(":")
    return {"id": number or None, "name": name}


def reference_json(message: Message) -> Json:
    """Discord, "Message", section "Message Reference Structure"."""
    place: Json = {"type": 0, "message_id": str(message.reference_id), "channel_id": str(message.channel.id)}
    return place if message.channel.guild is None else {**place, "guild_id": str(message.channel.guild.id)}


def _without_reference(world: World, message: Message, *, intent: bool) -> Json:
    """Return the JSON of a message that is replied to. What that message itself replies to is left out, as Discord does."""
    return message_json(world, message, intent=intent, nested=True)


def _event_extras(message: Message) -> Json:
    guild = message.channel.guild
    if guild is None:
        return {}
    extras: Json = {"guild_id": str(guild.id)}
    if message.interaction is None and message.author.id in guild.members:
        extras["member"] = member_json(guild, message.author, with_user=False)
    return extras
