"""The gateway turns the events that come from the small Discord through hikari into our messages."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import hikari
import pytest

import gateway
from actors.connection.actor import GatewayConnection
from actors.figures import FiguresCollector
from actors.mailbox import Mailbox
from actors.recorder import Recorder
from discord_api.channel_tree import ChannelTree
from discord_api.rest import discord_rest
from discord_api.translation import HikariMessages
from messages.ids import ChannelId, GuildId, MessageId
from messages.intake import ChannelGone, ChannelsListed, IntakeMessage, MessageEdited, MessagePosted, ServerLeft
from messages.interaction import Interaction
from messages.panel import CommandUsed, ComponentPressed, FormSubmitted, MessageCommandUsed, OptionTyped, PanelMessage
from sandbox.discord import Channel, Message
from sandbox.discord.payloads import message_json
from sandbox.discord.permissions import SEND_MESSAGES, VIEW_CHANNEL
from sandbox.discord.place_payloads import channel_json, guild_json, role_json
from storage.limits import Limits
from storage.sqlite import open_store
from tests.rig.discord import DiscordRig
from tests.sandbox.discord_client import RawBot, button, raw_bot, row

pytestmark = pytest.mark.usefixtures("hikari_handles_its_errors")

USER: dict[str, Any] = {
    "name": "user",
    "description": "You",
    "options": [
        {"type": 3, "name": "session", "description": "Which", "autocomplete": True},
        {"type": 4, "name": "max_token", "description": "How many"},
    ],
}


@dataclass
class Listening:
    """A connected gateway, and the mailboxes that it posts to."""

    raw: RawBot
    app: hikari.GatewayBot
    connection: GatewayConnection
    rest: hikari.api.RESTClient
    channel_tree: ChannelTree
    intake: Mailbox[IntakeMessage]
    panel: Mailbox[PanelMessage]
    figures: FiguresCollector = field(default_factory=FiguresCollector)
    told: list[IntakeMessage] = field(default_factory=list)

    @property
    def discord(self) -> DiscordRig:
        return self.raw.discord

    async def posted(self) -> MessagePosted:
        """Return the next message that somebody wrote; the messages before it are kept in `told`."""
        with anyio.fail_after(10):
            while True:
                await self.intake.wait()
                while (message := self.intake.take()) is not None:
                    if isinstance(message, MessagePosted):
                        return message
                    self.told.append(message)

    async def said(self, channel: Channel) -> MessagePosted:
        """Have Alice write a message, and return it as the intake gets it."""
        await self.raw.alice.say(channel, "hello")
        return await self.posted()

    async def heard(self) -> PanelMessage:
        """Return what the panel's actor gets next."""
        with anyio.fail_after(10):
            await self.panel.wait()
        message = self.panel.take()
        assert message is not None
        return message

    async def panel_of_alice(self, channel: Channel) -> Message:
        """Return a private panel with a button, which only Alice sees."""
        used = await self.raw.alice.command(channel, "user")
        await self.heard()
        await self.raw.callback(used, 4, content="panel", flags=64, components=[row(button())])
        message = await used.answered()
        assert message is not None
        return message

    def happens(self, name: str, payload: Any) -> None:
        """Let an event arrive that the small Discord does not send."""
        self.app.event_manager.consume_raw_event(name, self.connection.shards[0], payload)


@pytest.fixture
async def listening() -> AsyncIterator[Listening]:
    async with raw_bot() as raw:
        await raw.register(USER, {"name": "Show session", "type": 3})
        app = gateway.listener(raw.discord.token, raw.discord.rest_url, message_content=True)
        recorder = Recorder(open_store(":memory:", Limits(default_model="gpt-4o-mini")))
        rest = discord_rest(raw.discord.token, raw.discord.rest_url, app.entity_factory)
        async with rest, anyio.create_task_group() as tasks:
            tasks.start_soon(recorder.run)
            connection = GatewayConnection(app, rest, raw.discord.token, recorder)
            listening = Listening(raw, app, connection, rest, ChannelTree(), Mailbox(), Mailbox())
            actor = gateway.Gateway(
                app,
                connection,
                bot_id=raw.discord.world.bot.id,
                channel_tree=listening.channel_tree,
                intake=listening.intake,
                panel=listening.panel,
                figures=listening.figures,
            )
            tasks.start_soon(actor.run)
            assert await connection.first_session_ready()
            yield listening
            await connection.close()
            tasks.cancel_scope.cancel()
        assert raw.discord.unknown_routes == []


@pytest.fixture
def thread(listening: Listening) -> Channel:
    """Return a thread of a channel in a category."""
    category = listening.discord.add_category("talk")
    return listening.discord.add_thread(listening.discord.add_channel("deep", category=category), "deeper")


def above(channel: Channel) -> tuple[int, ...]:
    """Return the ids of what contains a channel, nearest first, from the small Discord itself."""
    found = channel.parent or channel.category
    return () if found is None else (found.id, *above(found))


async def test_message_tells_where_it_was_written(listening: Listening, thread: Channel) -> None:
    """A message has its server, the channels that contain its own, and its author's roles, among them that of @everyone."""
    discord, alice = listening.discord, listening.raw.alice
    role = discord.role("Friends")
    discord.give(alice, role)
    posted = await listening.said(thread)
    assert posted.guild_id == discord.world.guild.id
    assert posted.parents == above(thread)
    assert len(posted.parents) == 2
    assert set(posted.roles or ()) == {role.id, discord.world.guild.id}
    direct = await listening.said(alice.direct_messages)
    assert (direct.guild_id, direct.parents, direct.roles, direct.channel_is_public) == (None, (), (), False)


async def test_message_tells_whether_everybody_sees_its_channel(listening: Listening) -> None:
    """A restricted channel and a private thread are not public; any other thread is public when its channel is."""
    discord = listening.discord
    general, staff = discord.channel("general"), discord.channel("staff")
    for channel, public in (
        (general, True),
        (staff, False),
        (discord.add_thread(general, "aside"), True),
        (discord.add_thread(staff, "quiet"), False),
        (discord.add_thread(general, "private", private=True, people=[listening.raw.alice]), False),
        (discord.add_channel("new"), True),
        (discord.add_channel("hidden", restricted=True, people=[listening.raw.alice]), False),
    ):
        assert (await listening.said(channel)).channel_is_public is public, channel.name


async def test_what_changes_counts_from_the_next_message(listening: Listening) -> None:
    """A change of the channel's overwrite, of its category's or of @everyone's role decides whether the channel is public."""
    discord, alice = listening.discord, listening.raw.alice
    category = discord.add_category("talk")
    channel = discord.add_channel("deep", category=category)
    discord.give(alice, discord.role("Talkers", permissions=VIEW_CHANNEL | SEND_MESSAGES))
    changes: list[tuple[Callable[[], None], bool]] = [
        (lambda: discord.restrict(channel, [alice]), False),
        (lambda: discord.open(channel), True),
        (lambda: discord.restrict(category, [alice]), False),
        (lambda: discord.open(category), True),
        (lambda: discord.change_everyone(deny=VIEW_CHANNEL), False),
        (lambda: discord.change_everyone(allow=VIEW_CHANNEL), True),
    ]
    for change, public in changes:
        change()
        assert (await listening.said(channel)).channel_is_public is public


async def test_an_edit_tells_when_discord_saw_it_however_it_is_heard(listening: Listening) -> None:
    """By an event or read over REST: so the newest is known, whichever comes first. A link's preview is no edit."""
    discord, general = listening.discord, listening.discord.channel("general")
    said = await listening.raw.alice.say(general, "Hello")
    assert (await listening.posted()).edited_s is None
    await listening.raw.alice.edit(said, "Hello!")
    await listening.said(general)
    (edited,) = [message for message in listening.told if isinstance(message, MessageEdited)]
    read = await listening.rest.fetch_message(general.id, said.id)
    assert read.edited_timestamp is not None
    assert edited.edited_s == read.edited_timestamp.timestamp()
    translator = HikariMessages(discord.world.bot.id, listening.channel_tree)
    assert translator.posted(read).edited_s == edited.edited_s
    assert translator.edited(read) == edited


async def test_servers_are_told_apart(listening: Listening) -> None:
    """A server that the bot joins later is known from then on; a server that it leaves is forgotten."""
    discord = listening.discord
    second = discord.add_guild("Second")
    discord.join(listening.raw.alice, second)
    there = discord.add_channel("there", guild=second)
    posted = await listening.said(there)
    assert (posted.guild_id, posted.channel_is_public) == (second.id, True)
    listening.happens("GUILD_DELETE", {"id": str(second.id)})
    assert (await listening.said(discord.channel("general"))).channel_is_public
    assert ServerLeft(guild_id=GuildId(second.id)) in listening.told
    assert listening.channel_tree.guild_of(ChannelId(there.id)) is None


async def test_a_server_that_a_new_gateway_session_does_not_list_is_forgotten(listening: Listening) -> None:
    """The bot was removed from it while nobody listened."""
    discord = listening.discord
    second = discord.add_guild("Second")
    there = discord.add_channel("there", guild=second)
    discord.join(listening.raw.alice, second)
    await listening.said(there)
    del discord.world.guilds[second.id]
    discord.gateway.invalidate(resumable=False)
    await discord.until(lambda: len(discord.gateway.identifies) == 2 and discord.gateway.connected)
    await listening.said(discord.channel("general"))
    assert listening.channel_tree.guild_of(ChannelId(there.id)) is None
    assert listening.channel_tree.guild_of(ChannelId(discord.channel("general").id)) is not None


async def test_servers_roles_count_however_they_are_told(listening: Listening) -> None:
    """An update of the server changes what @everyone may do; an update of another role does not."""
    discord, general = listening.discord, listening.discord.channel("general")
    guild = discord.world.guild
    other = role_json(discord.role("Nobody"), 1)
    listening.happens("GUILD_ROLE_UPDATE", {"guild_id": str(guild.id), "role": {**other, "permissions": "0"}})
    assert (await listening.said(general)).channel_is_public
    body = guild_json(discord.world, guild)
    closed = [{**role, "permissions": "0"} for role in body["roles"]]
    listening.happens("GUILD_UPDATE", {**body, "roles": closed})
    assert not (await listening.said(general)).channel_is_public


async def test_deleted_places_are_forgotten(listening: Listening, thread: Channel) -> None:
    """A deleted thread is forgotten, and a deleted channel with its threads; the intake is told of each."""
    general = listening.discord.channel("general")
    second = listening.discord.add_thread(general, "second")
    await listening.said(general)
    assert thread.parent is not None
    numbers = [ChannelId(place.id) for place in (second, thread, thread.parent)]
    assert all(listening.channel_tree.guild_of(number) for number in numbers)
    listening.discord.delete_channel(second)
    listening.discord.delete_channel(thread.parent)
    await listening.said(general)
    assert not any(listening.channel_tree.guild_of(number) for number in numbers)
    assert {told.channel_id for told in listening.told if isinstance(told, ChannelGone)} == set(numbers)


@pytest.mark.parametrize(
    "strange",
    [
        {"interaction_metadata": {"type": 99}},
        {"components": [{"type": 1, "components": [{"type": 2, "style": 1}]}]},
        {"embeds": [{"timestamp": "yesterday"}]},
        {"poll": {}},
    ],
)
async def test_a_message_that_hikari_does_not_understand_is_read_for_its_text(
    listening: Listening, strange: dict[str, Any]
) -> None:
    """Such an event would be dropped by hikari, and hikari would fail to read a page with such a message."""
    general = listening.discord.channel("general")
    message = await listening.raw.alice.say(general, "first")
    await listening.posted()
    event = {**message_json(listening.discord.world, message, event=True), **strange, "id": str(message.id + 1)}
    listening.happens("MESSAGE_CREATE", event)
    assert (await listening.posted()).text == "first"
    read = listening.app.entity_factory.deserialize_message(event)
    assert (read.content, read.author.id, read.id) == ("first", listening.raw.alice.user.id, message.id + 1)


async def test_listed_threads_are_known(listening: Listening, thread: Channel) -> None:
    """When the bot is let into a channel, Discord lists its threads; threads that it does not list are gone."""
    general = listening.discord.channel("general")
    await listening.said(thread)
    assert thread.parent is not None
    shown = {**channel_json(listening.discord.world, thread), "id": "77"}
    sync = {"guild_id": shown["guild_id"], "channel_ids": [str(thread.parent.id)], "threads": [shown], "members": []}
    listening.happens("THREAD_LIST_SYNC", sync)
    await listening.said(general)
    assert listening.channel_tree.parents_of(ChannelId(77)) == above(thread)
    assert listening.channel_tree.guild_of(ChannelId(thread.id)) is None


async def test_thread_that_is_woken_is_known_again(listening: Listening, thread: Channel) -> None:
    """Discord sends an update of the thread when somebody writes in an archived one."""
    await listening.said(thread)
    listening.channel_tree.remove(ChannelId(thread.id))
    listening.discord.change_thread(thread, archived=False)
    assert (await listening.said(thread)).parents == above(thread)


async def test_thread_that_is_opened_to_the_bot_is_listed_with_its_last_message(listening: Listening) -> None:
    """The last message of an opened thread is told, so that what was written before it is no gap; a new thread has none."""
    discord, general = listening.discord, listening.discord.channel("general")
    new = discord.add_thread(general, "new")
    opened = {**channel_json(discord.world, new), "id": "77", "last_message_id": "70"}
    listening.happens("THREAD_CREATE", opened)
    await listening.said(general)
    listed = [told.last_messages for told in listening.told if isinstance(told, ChannelsListed)]
    assert ((ChannelId(new.id), MessageId(0)),) in listed
    assert ((ChannelId(77), MessageId(70)),) in listed
    assert listening.channel_tree.parents_of(ChannelId(77)) == (general.id,)


async def test_message_read_over_rest_knows_its_server(listening: Listening, thread: Channel) -> None:
    """The server is looked up; roles are unknown (None) in a server, and there are none in direct messages."""
    direct = listening.raw.alice.direct_messages
    for channel, roles in ((thread, None), (direct, ())):
        live = await listening.said(channel)
        (message,) = await listening.rest.fetch_messages(channel.id, after=1)
        read = HikariMessages(listening.discord.world.bot.id, listening.channel_tree).posted(message)
        assert message.guild_id is None
        assert (read.guild_id, read.parents, read.channel_is_public) == (
            live.guild_id,
            live.parents,
            live.channel_is_public,
        )
        assert read.roles == roles


def described(interaction: Interaction) -> tuple[GuildId | None, tuple[int, ...], set[int]]:
    """Return the server, the containing channels and the roles of an interaction."""
    return interaction.guild_id, interaction.parents, set(interaction.roles)


async def test_slash_command_is_told_with_its_options(listening: Listening, thread: Channel) -> None:
    """The command is told with its options, where it was used, by whom, and when."""
    discord, alice = listening.discord, listening.raw.alice
    role = discord.role("Friends")
    discord.give(alice, role)
    before_s = anyio.current_time()
    used = await alice.command(thread, "user", max_token=7)
    heard = await listening.heard()
    assert isinstance(heard, CommandUsed)
    assert (heard.name, heard.options) == ("user", {"max_token": 7})
    told = heard.interaction
    assert (told.interaction_id, told.token, told.user_id, told.user_name) == (used.id, used.token, alice.id, "Alice")
    assert (told.channel_id, *described(told)) == (
        thread.id,
        discord.world.guild.id,
        above(thread),
        {role.id, discord.world.guild.id},
    )
    assert before_s <= told.received_s <= anyio.current_time()
    await alice.command(alice.direct_messages, "user")
    assert described((await listening.heard()).interaction) == (None, (), set())


async def test_interaction_in_an_archived_thread_tells_what_contains_it(listening: Listening, thread: Channel) -> None:
    """The channel tree does not know archived threads; the interaction itself names the channel."""
    await listening.said(thread)
    listening.channel_tree.remove(ChannelId(thread.id))
    await listening.raw.alice.command(thread, "user")
    assert (await listening.heard()).interaction.parents == above(thread)


async def test_message_command_is_told_with_its_message(listening: Listening) -> None:
    """The entry of the Apps menu is told with the message that it was used on."""
    message = await listening.raw.alice.say(listening.discord.channel("general"), "hello")
    await listening.raw.bob.message_command(message, "Show session")
    heard = await listening.heard()
    assert isinstance(heard, MessageCommandUsed)
    assert (heard.name, heard.message_id) == ("Show session", message.id)
    assert heard.interaction.user_id == listening.raw.bob.id


async def test_option_that_completes_itself_is_told_as_it_is_typed(listening: Listening) -> None:
    """Only the option that has the focus is told, with the text so far."""
    general = listening.discord.channel("general")
    for typed in ("bl", ""):
        await listening.raw.alice.autocomplete(general, "user", "session", max_token=7, session=typed)
        heard = await listening.heard()
        assert isinstance(heard, OptionTyped)
        assert (heard.command, heard.option, heard.typed) == ("user", "session", typed)
    typing = await listening.raw.alice.autocomplete(general, "user", "session", max_token=7, session="last")
    await listening.heard()
    assert typing.event is not None
    options = typing.event["data"]["options"]
    other = {**typing.event, "id": "1", "data": {**typing.event["data"], "options": options[::-1]}}
    listening.happens("INTERACTION_CREATE", other)
    heard = await listening.heard()
    assert isinstance(heard, OptionTyped)
    assert (heard.option, heard.typed) == ("session", "last")


async def test_press_tells_whose_panel_it_was(listening: Listening) -> None:
    """Only a private message that answers an interaction of the presser is their own panel, whatever a client says."""
    general = listening.discord.channel("general")
    panel = await listening.panel_of_alice(general)
    public = listening.raw.message(await listening.raw.post(content="answer", components=[row(button())]))
    for person, message, own in (
        (listening.raw.alice, panel, True),
        (listening.raw.bob, panel, False),
        (listening.raw.alice, public, False),
    ):
        await person.forge(message, "b", "x", "y")
        heard = await listening.heard()
        assert isinstance(heard, ComponentPressed)
        assert (heard.message_id, heard.custom_id, heard.values) == (message.id, "b", ("x", "y"))
        assert heard.on_own_panel is own
    await listening.raw.alice.press(panel, "Press")
    heard = await listening.heard()
    assert isinstance(heard, ComponentPressed)
    assert (heard.values, heard.on_own_panel) == ((), True)


async def test_press_on_a_public_answer_to_ones_own_command_is_not_on_a_panel(listening: Listening) -> None:
    """A message that others see is no panel, though it answers the presser's command."""
    used = await listening.raw.alice.command(listening.discord.channel("general"), "user")
    await listening.heard()
    await listening.raw.callback(used, 4, content="for all", components=[row(button())])
    message = await used.answered()
    assert message is not None
    await listening.raw.alice.press(message, "Press")
    heard = await listening.heard()
    assert isinstance(heard, ComponentPressed)
    assert not heard.on_own_panel


async def test_form_tells_every_field_as_often_as_it_was_sent(listening: Listening) -> None:
    """All fields are told in order, and whether the form was opened from the sender's own panel."""
    general = listening.discord.channel("general")
    panel = await listening.panel_of_alice(general)
    fields = (("name", "first"), ("other", ""), ("name", "second"))
    for person, message, own in (
        (listening.raw.alice, panel, True),
        (listening.raw.bob, panel, False),
        (listening.raw.alice, None, False),
    ):
        await person.forge_form(message, "form", fields, channel=general)
        heard = await listening.heard()
        assert isinstance(heard, FormSubmitted)
        assert (heard.custom_id, heard.fields, heard.on_own_panel) == ("form", fields, own)


async def test_what_discords_own_user_says_is_not_heard(listening: Listening) -> None:
    """Discord's system user writes directly, and is marked neither as a bot nor by the message's type."""
    world, alice = listening.discord.world, listening.raw.alice
    said = Message(world.ids.next(), alice.direct_messages, alice.user, "Your account was reviewed")
    payload = message_json(world, said, event=True)
    listening.happens("MESSAGE_CREATE", {**payload, "author": {**payload["author"], "system": True}})
    assert (await listening.said(alice.direct_messages)).text == "hello"


async def test_event_that_comes_twice_is_heard_once(listening: Listening) -> None:
    """After a RESUME hikari hands on the same interaction again; it is told once."""
    general = listening.discord.channel("general")
    first = await listening.raw.alice.command(general, "user")
    assert (await listening.heard()).interaction.interaction_id == first.id
    listening.discord.replay(first)
    second = await listening.raw.alice.command(general, "user")
    assert (await listening.heard()).interaction.interaction_id == second.id
