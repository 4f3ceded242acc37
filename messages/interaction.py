"""An interaction: who did something in Discord, where, and the token to answer it with."""

from msgspec import Struct

from messages.ids import ChannelId, GuildId, InteractionId, RoleId, UserId


class Interaction(Struct, frozen=True, kw_only=True):
    """Who did something, where, and the token with which it can be answered for 15 minutes.

    `user_name` is the name that people see everywhere; `roles` are the person's roles in this server. `guild_id` is None
    in direct messages. `parents` are the channels that contain this one: a thread's channel, a channel's category.
    `locale` is the language in which the person uses Discord, by Discord's name for it (Discord: Reference, Locales); "" where Discord
    did not say.
    `lacks` are the permissions that the bot lacks in the channel, as Discord's bits; None where Discord did not say.
    `received_s` is when the event arrived, in monotonic seconds.
    """

    interaction_id: InteractionId
    token: str
    user_id: UserId
    user_name: str
    channel_id: ChannelId
    guild_id: GuildId | None
    parents: tuple[ChannelId, ...] = ()
    roles: tuple[RoleId, ...] = ()
    locale: str = ""
    lacks: int | None = None
    received_s: float = 0.0
