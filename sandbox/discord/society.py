"""The people, servers and channels of a small Discord, and what tests do to them."""

from collections.abc import Iterable

from sandbox.discord import places, posting
from sandbox.discord.people import Person
from sandbox.discord.things import CATEGORY, FORUM, TEXT_CHANNEL, Channel, Guild, Json, Message, Overwrite, Role
from sandbox.discord.world import World


class Society:
    """Adds and changes people, servers, channels and roles; without `guild` the first server is meant."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: dict[str, Person] = {}

    # People

    def add_person(self, name: str, *, guild: Guild | None = None) -> Person:
        """Add a person to a server."""
        person = Person(self.world, self.world.add_user(name))
        places.join(self.world, person.user, guild or self.world.guild)
        self.people[name] = person
        return person

    def person(self, name: str) -> Person:
        """Somebody by name.

        :raises KeyError: when nobody has it.
        """
        return self.people[name]

    def join(self, person: Person, guild: Guild) -> None:
        """Let somebody into a server."""
        places.join(self.world, person.user, guild)

    def leave(self, person: Person, guild: Guild | None = None) -> None:
        """Take somebody out of a server; the bot is told only with the members intent.

        :raises KeyError: when they are not in it.
        """
        places.leave(self.world, person.user, guild or self.world.guild)

    def role(self, name: str, *, guild: Guild | None = None, permissions: int = 0) -> Role:
        """A new role, which nobody has yet, with permissions beside those of @everyone."""
        return places.add_role(self.world, guild or self.world.guild, name, permissions)

    def give(self, person: Person, role: Role) -> None:
        """Give somebody a role of a server that they are in."""
        guild = self._guild_of(role)
        places.change_roles(self.world, person.user, guild, guild.members[person.id] | {role.id})

    def take(self, person: Person, role: Role) -> None:
        """Take a role away from somebody."""
        guild = self._guild_of(role)
        places.change_roles(self.world, person.user, guild, guild.members[person.id] - {role.id})

    def change_role(self, role: Role, *, allow: int = 0, deny: int = 0) -> None:
        """Add permission bits to a role and take others from it: GUILD_ROLE_UPDATE."""
        places.change_role(self.world, self._guild_of(role), role, (role.permissions | allow) & ~deny)

    def change_everyone(self, guild: Guild | None = None, *, allow: int = 0, deny: int = 0) -> None:
        """Change what @everyone may do in a server: GUILD_ROLE_UPDATE. The bot keeps what its own role allows."""
        guild = guild or self.world.guild
        self.change_role(guild.roles[guild.id], allow=allow, deny=deny)

    # Servers and channels

    def add_guild(self, name: str) -> Guild:
        """Add a server that has the bot but no people yet; `join` adds them."""
        return places.add_guild(self.world, name)

    def change_locale(self, locale: str, guild: Guild | None = None) -> None:
        """Have a server choose its language, such as `zh-CN`: GUILD_UPDATE."""
        places.change_locale(self.world, guild or self.world.guild, locale)

    def add_channel(
        self,
        name: str,
        *,
        guild: Guild | None = None,
        category: Channel | None = None,
        restricted: bool = False,
        people: Iterable[Person] = (),
    ) -> Channel:
        """A text channel; a restricted one is seen by `people` and the bot only."""
        found = (category.guild if category else None) or guild or self.world.guild
        return places.add_channel(
            self.world,
            found,
            name,
            TEXT_CHANNEL,
            category=category,
            overwrites=self._seen_by(restricted, found, people),
        )

    def add_category(
        self, name: str, *, guild: Guild | None = None, restricted: bool = False, people: Iterable[Person] = ()
    ) -> Channel:
        """A category; channels made in it begin with its overwrites and follow them as long as they are the same."""
        found = guild or self.world.guild
        return places.add_channel(
            self.world, found, name, CATEGORY, overwrites=self._seen_by(restricted, found, people)
        )

    def add_forum(self, name: str, *, guild: Guild | None = None, category: Channel | None = None) -> Channel:
        """A forum, which holds posts and no messages of its own; people begin posts with `person.begin_post`."""
        found = (category.guild if category else None) or guild or self.world.guild
        return places.add_channel(self.world, found, name, FORUM, category=category)

    def add_thread(
        self,
        parent: Channel,
        name: str,
        *,
        private: bool = False,
        people: Iterable[Person] = (),
        begins_with: Message | None = None,
    ) -> Channel:
        """A thread; a private one is seen by `people`, the bot, and those who may manage threads.

        One that begins with a message has that message's id. Discord, "Threads", section "Creating Threads".
        """
        members = {person.id for person in people} if private else None
        number = None if begins_with is None else begins_with.id
        return places.add_thread(self.world, parent, name, members=members, number=number)

    def invite(self, thread: Channel, person: Person) -> None:
        """Add somebody to a private thread; the bot is told only with the members intent."""
        thread.members.add(person.id)
        self.world.changes.happened()

    def change_thread(self, thread: Channel, *, archived: bool, locked: bool = False) -> None:
        """Archive, lock or reopen a thread."""
        places.change_thread(self.world, thread, archived=archived, locked=locked)

    def restrict(self, channel: Channel, people: Iterable[Person] = (), *, roles: Iterable[Role] = ()) -> None:
        """Hide a channel or category from everybody but these, the bot and the founder: CHANNEL_UPDATE."""
        places.restrict(self.world, channel, [person.user for person in people], roles)

    def open(self, channel: Channel) -> None:
        """Let everybody see a channel or category again: CHANNEL_UPDATE."""
        places.open_up(self.world, channel)

    def delete_messages(self, messages: Iterable[Message]) -> None:
        """A moderator's bot deletes messages of one channel at once: one event for all."""
        posting.remove_many(self.world, list(messages))

    def delete_channel(self, channel: Channel) -> None:
        """Somebody with the right to deletes a channel."""
        places.delete_channel(self.world, channel)

    def channel(self, name: str, guild: Guild | None = None) -> Channel:
        """A channel or thread by name.

        :raises KeyError: when there is none.
        """
        for channel in self.world.channels.values():
            if channel.name == name and channel.guild is (guild or self.world.guild):
                return channel
        raise KeyError(name)

    # What is in them

    def messages(self, channel: Channel, *, seen_by: Person | None = None) -> list[Message]:
        """A channel's messages, oldest first, as somebody sees them; None: without what only one person sees."""
        return list(self.world.seen(channel, None if seen_by is None else seen_by.user))

    def unfurl(self, message: Message, embed: Json | None = None) -> None:
        """Add a link preview to a message: MESSAGE_UPDATE with an unchanged `edited_timestamp`."""
        posting.unfurl(self.world, message, embed or {"type": "link", "title": "A page", "url": "http://127.0.0.1/"})

    def attachment(self, name: str, data: bytes, kind: str = "text/plain", **more: object) -> Json:
        """Upload a file for `person.say(..., attachments=[...])`; `more` is what Discord tells of some: `width`, `waveform`."""
        return self.world.attachments.keep(name, data, kind, **more)

    def file(self, message: Message, name: str | None = None) -> bytes:
        """The bytes of a file that is attached to a message: the one of that name, or the only one.

        :raises LookupError: when there is none, or without a name more than one.
        """
        found = [entry for entry in message.attachments if name in {None, entry["filename"]}]
        if len(found) != 1:
            raise LookupError(f"{name or 'one file'} among {[entry['filename'] for entry in message.attachments]}")
        return self.world.files[found[0]["url"].removeprefix(self.world.base_url)]

    def _guild_of(self, role: Role) -> Guild:
        return next(guild for guild in self.world.guilds.values() if role.id in guild.roles)

    def _seen_by(self, restricted: bool, guild: Guild, people: Iterable[Person]) -> list[Overwrite] | None:
        return places.for_some(guild, [person.user for person in people]) if restricted else None
