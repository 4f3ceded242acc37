"""The operator's permission lists, and the one rule that reads them. Pure."""

from collections.abc import Set as AbstractSet

from msgspec import Struct

from messages.ids import ChannelId, GuildId, RoleId, UserId


class Lists(Struct, frozen=True, kw_only=True):
    """Servers, channels, roles and people by Discord id. A channel includes its threads, a category includes its channels."""

    servers: frozenset[GuildId] = frozenset()
    channels: frozenset[ChannelId] = frozenset()
    roles: frozenset[RoleId] = frozenset()
    users: frozenset[UserId] = frozenset()


class Permissions(Struct, frozen=True, kw_only=True):
    """What the operator's lists say; without any, everybody is admitted everywhere."""

    admins: frozenset[UserId] = frozenset()
    """The people who run the bot; they are always admitted."""

    direct_messages: bool = True
    """Whether people are answered outside servers."""

    allow: Lists = Lists()
    """Only these are answered. People and places are checked separately, and an empty list checks nothing."""

    block: Lists = Lists()
    """These are never answered, whatever `allow` says."""

    @property
    def needs_roles(self) -> bool:
        """Whether the rule looks at roles, so that somebody has to request them from Discord."""
        return bool(self.allow.roles or self.block.roles)

    def is_admin(self, user: UserId) -> bool:
        """Return whether that person runs the bot."""
        return user in self.admins

    def admits(
        self,
        *,
        user: UserId,
        guild: GuildId | None,
        channels: tuple[ChannelId, ...],
        roles: tuple[RoleId, ...] | None,
    ) -> bool:
        """Return whether the bot answers that person there.

        `guild` is None in direct messages, where no list of places applies. `channels` are the channel and those that
        contain it: a thread's channel, a channel's category. Whose `roles` are not known (None) is not admitted to a
        server where some are blocked.
        """
        if self.is_admin(user):
            return True
        held = frozenset(roles or ())
        may_be_blocked = roles is None and guild is not None and bool(self.block.roles)
        if user in self.block.users or held & self.block.roles or may_be_blocked:
            return False
        if not _listed_if_any(user in self.allow.users, held & self.allow.roles, self.allow.users, self.allow.roles):
            return False
        return self.direct_messages if guild is None else self.admits_place(guild, channels)

    def admits_place(self, guild: GuildId, channels: tuple[ChannelId, ...]) -> bool:
        """Return whether the bot answers those people there whom it answers. `channels` are as in `admits`."""
        within = frozenset(channels)
        if guild in self.block.servers or within & self.block.channels:
            return False
        return _listed_if_any(
            guild in self.allow.servers, within & self.allow.channels, self.allow.servers, self.allow.channels
        )


def _listed_if_any(listed: bool, matching: AbstractSet[int], ones: AbstractSet[int], others: AbstractSet[int]) -> bool:
    """Return whether somebody or somewhere is on one of two lists. Two empty lists allow everything."""
    return listed or bool(matching) or not (ones or others)
