"""Who did something in Discord, where, and how Discord can be answered. Plain data."""

from msgspec import Struct

from messages.ids import ChannelId, GuildId, InteractionId, RoleId, UserId


class Interaction(Struct, frozen=True, kw_only=True):
    """Who did something, where, and how it can be answered. The token lives 15 minutes.

    `guild_id` is None in direct messages. `parents` are the channels that contain this one: a thread's channel, a
    channel's category. `user_name` is what people see of the person everywhere. `roles` are the person's in that server. `received_s` (monotonic seconds) is when the event came.
    """

    interaction_id: InteractionId
    token: str
    user_id: UserId
    user_name: str
    channel_id: ChannelId
    guild_id: GuildId | None
    parents: tuple[ChannelId, ...] = ()
    roles: tuple[RoleId, ...] = ()
    received_s: float = 0.0
