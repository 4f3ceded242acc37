"""Changes of servers, channels, threads, roles and members; each dispatches its gateway event."""

from collections.abc import Iterable

from sandbox.discord.events import GUILD_MEMBERS, GUILDS, Event
from sandbox.discord.people_payloads import member_json, user_json
from sandbox.discord.permissions import MEMBER, ROLE, VIEW_CHANNEL, may
from sandbox.discord.place_payloads import channel_json, guild_json, role_json
from sandbox.discord.things import CATEGORY, PRIVATE_THREAD, PUBLIC_THREAD, Channel, Guild, Overwrite, Role, User
from sandbox.discord.world import World


def add_guild(world: World, name: str) -> Guild:
    """Add a server whose only members are the bot and the founder."""
    guild = world.found(name)
    world.happened(Event("GUILD_CREATE", GUILDS, lambda _: guild_json(world, guild)))
    return guild


def change_locale(world: World, guild: Guild, locale: str) -> None:
    """Set a server's language, which Discord asks of Community servers: so it becomes one."""
    guild.locale, guild.features = locale, ["COMMUNITY"]
    body = guild_json(world, guild)
    world.happened(Event("GUILD_UPDATE", GUILDS, lambda _: body))


def join(world: World, user: User, guild: Guild) -> None:
    """Let somebody into a server."""
    guild.members[user.id] = set()
    body = {**member_json(guild, user), "guild_id": str(guild.id)}
    world.happened(Event("GUILD_MEMBER_ADD", GUILD_MEMBERS, lambda _: body))


def leave(world: World, user: User, guild: Guild) -> None:
    """Take somebody out of a server, with their roles and their places in private threads."""
    del guild.members[user.id]
    for place in world.channels.values():
        if place.guild is guild:
            place.members.discard(user.id)
    body = {"guild_id": str(guild.id), "user": user_json(user)}
    world.happened(Event("GUILD_MEMBER_REMOVE", GUILD_MEMBERS, lambda _: body))


def add_role(world: World, guild: Guild, name: str, permissions: int) -> Role:
    """Add a role that nobody has yet."""
    role = Role(world.ids.next(), name, permissions)
    guild.roles[role.id] = role
    _tell_of_role(world, guild, role, "GUILD_ROLE_CREATE")
    return role


def change_role(world: World, guild: Guild, role: Role, permissions: int) -> None:
    """Set the permissions of a role (also of @everyone)."""
    role.permissions = permissions
    _tell_of_role(world, guild, role, "GUILD_ROLE_UPDATE")


def change_roles(world: World, user: User, guild: Guild, roles: set[int]) -> None:
    """Set the roles of a member, @everyone left out. The bot is told only if it has the members intent."""
    guild.members[user.id] = roles
    body = {**member_json(guild, user), "guild_id": str(guild.id)}
    world.happened(Event("GUILD_MEMBER_UPDATE", GUILD_MEMBERS, lambda _: body))


def add_channel(
    world: World,
    guild: Guild,
    name: str,
    kind: int,
    *,
    category: Channel | None = None,
    overwrites: list[Overwrite] | None = None,
) -> Channel:
    """Add a text channel or a category; without `overwrites` it gets those of its category, as in Discord's client."""
    if overwrites is None:
        overwrites = [] if category is None else [*category.overwrites]
    channel = Channel(world.ids.next(), name, kind, guild, category=category, overwrites=overwrites)
    world.channels[channel.id] = channel
    tell_of(world, channel, "CHANNEL_CREATE")
    return channel


def restrict(world: World, channel: Channel, people: Iterable[User], roles: Iterable[Role]) -> None:
    """Hide a channel from everybody but these, the bot and the founder."""
    if channel.guild is not None:
        _overwrite(world, channel, for_some(channel.guild, people, roles))


def open_up(world: World, channel: Channel) -> None:
    """Remove all overwrites of a channel, so that @everyone's permissions decide who sees it."""
    _overwrite(world, channel, [])


def add_thread(
    world: World, parent: Channel, name: str, *, members: set[int] | None = None, number: int | None = None
) -> Channel:
    """Add a thread to a text channel: public, or with `members` private to them and the bot."""
    kind = PUBLIC_THREAD if members is None else PRIVATE_THREAD
    thread = Channel(number or world.ids.next(), name, kind, parent.guild, parent)
    thread.members = set() if members is None else {world.bot.id, *members}
    world.channels[thread.id] = thread
    tell_of(world, thread, "THREAD_CREATE", newly_created=True)
    return thread


def change_thread(world: World, thread: Channel, *, archived: bool, locked: bool) -> None:
    """Archive, lock or reopen a thread."""
    thread.archived, thread.locked = archived, locked
    tell_of(world, thread, "THREAD_UPDATE")


def delete_channel(world: World, channel: Channel) -> None:
    """Delete a channel with its threads; the channels of a deleted category stay, without a category."""
    threads = [place for place in world.channels.values() if place.parent is channel]
    for place in (*threads, channel):
        place.deleted = True
        del world.channels[place.id]
        tell_of(world, place, "CHANNEL_DELETE" if place.parent is None else "THREAD_DELETE")
    for place in _inside(world, channel):
        place.category = None
        tell_of(world, place, "CHANNEL_UPDATE")


def tell_of(world: World, channel: Channel, name: str, **more: bool) -> None:
    """Dispatch a channel's or thread's event, if the bot sees the place."""
    if may(world.bot, channel, VIEW_CHANNEL):
        body = {**channel_json(world, channel), **more}
        world.happened(Event(name, GUILDS, lambda _: body))
    world.changes.happened()


def _overwrite(world: World, channel: Channel, overwrites: list[Overwrite]) -> None:
    """Set overwrites, of a category also those of its "synced" channels, which have the same as the category."""
    synced = [place for place in _inside(world, channel) if place.overwrites == channel.overwrites]
    for place in (channel, *synced):
        place.overwrites = [*overwrites]
        tell_of(world, place, "CHANNEL_UPDATE")


def _inside(world: World, category: Channel) -> list[Channel]:
    return [place for place in world.channels.values() if category.kind == CATEGORY and place.category is category]


def for_some(guild: Guild, people: Iterable[User], roles: Iterable[Role] = ()) -> list[Overwrite]:
    """Return the overwrites that hide a channel from everybody but these, the bot and the founder."""
    bots = next(number for number, role in guild.roles.items() if role.managed)
    return [
        Overwrite(guild.id, ROLE, deny=VIEW_CHANNEL),
        Overwrite(bots, ROLE, allow=VIEW_CHANNEL),
        *(Overwrite(role.id, ROLE, allow=VIEW_CHANNEL) for role in roles),
        *(Overwrite(person.id, MEMBER, allow=VIEW_CHANNEL) for person in people),
    ]


def _tell_of_role(world: World, guild: Guild, role: Role, name: str) -> None:
    body = {"guild_id": str(guild.id), "role": role_json(role, [*guild.roles].index(role.id))}
    world.happened(Event(name, GUILDS, lambda _: body))
