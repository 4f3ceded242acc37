"""What messages enclose, from payloads as Discord's document has them."""

from typing import Any

import hikari
import pytest

import gateway
from discord_api.channel_tree import VIEW_CHANNEL, ChannelTree, KnownChannel
from discord_api.enclosures import ENCLOSURES_MAX, TEXT_CHARS_MAX, WAVEFORM_CHARS_MAX
from discord_api.translation import HikariMessages
from messages.enclosure import Enclosure
from messages.ids import ChannelId, GuildId, MessageId, RoleId, UserId

GUILD, GENERAL, STAFF, THREAD, BOT = GuildId(1), ChannelId(10), ChannelId(11), ChannelId(12), 3
ALICE: dict[str, Any] = {"id": "4", "username": "alice", "global_name": "Alice", "discriminator": "0", "avatar": None}
BOB: dict[str, Any] = {**ALICE, "id": "5", "username": "bob", "global_name": "Bob"}
BOBS = (UserId(5), MessageId(90))
"""Who wrote what is replied to here, and which message that is."""

CDN = "https://cdn.discordapp.com/attachments/1/2/message.txt?ex=1"


def message(**more: Any) -> dict[str, Any]:
    """Return a message of Alice's in #general."""
    return {
        "id": "100",
        "channel_id": str(GENERAL),
        "author": ALICE,
        "content": "",
        "timestamp": "2026-11-26T14:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "pinned": False,
        "type": 0,
        "flags": 0,
        **more,
    }


def attached(name: str = "message.txt", **more: Any) -> dict[str, Any]:
    """Return an attachment with a text."""
    kind = "text/plain; charset=utf-8"
    return {"id": "2", "filename": name, "size": 9, "url": CDN, "proxy_url": CDN, "content_type": kind, **more}


def forward(**snapshot: Any) -> dict[str, Any]:
    """Return the fields of a message that forwards another one."""
    whole = {key: value for key, value in message(**snapshot).items() if key not in ("id", "channel_id", "author")}
    reference = {"type": 1, "message_id": "90", "channel_id": "99"}
    return {"message_reference": reference, "message_snapshots": [{"message": whole}]}


def reply(target: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """Return a message that replies to another one."""
    reference = {"type": 0, "message_id": "90", "channel_id": str(GENERAL)}
    return message(type=19, message_reference=reference, referenced_message=target, **more)


@pytest.fixture(scope="module")
def factory() -> hikari.api.EntityFactory:
    """Hikari's reader of payloads, as the gateway makes it."""
    return gateway.listener("NA.x.y", "http://127.0.0.1", message_content=True).entity_factory


@pytest.fixture
def messages() -> HikariMessages:
    """A translator that knows a public and a restricted channel, and a thread."""
    tree = ChannelTree()
    channels = [
        KnownChannel(channel_id=GENERAL, guild_id=GUILD, name="general"),
        KnownChannel(channel_id=STAFF, guild_id=GUILD, name="staff", deny=VIEW_CHANNEL),
        KnownChannel(channel_id=THREAD, guild_id=GUILD, name="comets", parent_id=GENERAL, kind="thread"),
        KnownChannel(channel_id=ChannelId(13), guild_id=GuildId(2), name="elsewhere"),
    ]
    tree.list_guild(GUILD, VIEW_CHANNEL, channels[:3])
    tree.list_guild(GuildId(2), VIEW_CHANNEL, channels[3:])
    tree.name_role(GUILD, RoleId(20), "Friends")
    return HikariMessages(BOT, tree)


@pytest.fixture
def enclosed(factory: hikari.api.EntityFactory, messages: HikariMessages) -> Any:
    """Return what a payload's message encloses."""
    return lambda payload: messages.posted(factory.deserialize_message(payload)).enclosures


def test_a_forward_encloses_the_text_of_what_it_forwards(enclosed: Any) -> None:
    """With the names in it, and what its embeds say where it has no text: bots write so.

    Reported: HybridAIOne/hybridclaw#1521.
    """
    assert enclosed(message(**forward(content="<@5> <#10>", mentions=[BOB]))) == (
        Enclosure(kind="forward", text="@Bob #general"),
    )
    embed = {"type": "rich", "title": "News", "description": "A comet", "fields": [{"name": "When", "value": "Now"}]}
    assert enclosed(message(**forward(embeds=[embed]))) == (Enclosure(kind="forward", text="News\nA comet\nWhen: Now"),)


def test_a_forward_of_files_encloses_them(enclosed: Any) -> None:
    """Whether it has words or not; they can be asked about."""
    picture = attached("cat.png", content_type="image/png")
    file = Enclosure(
        kind="file", name="cat.png", media_type="image/png", url=CDN, attachment=2, size=9, within="forward"
    )
    for content in ("Look", ""):
        forwarded = enclosed(message(**forward(content=content, attachments=[picture])))
        assert forwarded == (Enclosure(kind="forward", text=content), file)
        assert any(one.can_be_asked for one in forwarded)


def test_a_reply_encloses_the_files_of_what_it_replies_to(enclosed: Any) -> None:
    """They are no question by themselves; those of the bot's own answers are known to their session."""
    target = message(id="90", author=BOB, attachments=[attached("cat.png", content_type="image/png")])
    told, picture = enclosed(reply(target))
    assert told == Enclosure(kind="reply", author="Bob", wrote=BOBS, text="")
    assert (picture.name, picture.within, picture.can_be_asked) == ("cat.png", "reply", False)
    own = {**BOB, "id": str(BOT), "bot": True}
    assert [one.kind for one in enclosed(reply({**target, "author": own}))] == ["reply"]


def test_a_forward_is_no_reply(factory: hikari.api.EntityFactory, messages: HikariMessages) -> None:
    """It refers to the message that it forwards, which may be an answer of the bot in another session."""
    posted = messages.posted(factory.deserialize_message(message(**forward(content="Look"))))
    assert (posted.reply_to, posted.by_person) == (None, True)


def test_a_reply_encloses_what_it_replies_to(enclosed: Any) -> None:
    """Who wrote it and what; where Discord does not say, it has to be read.

    Reported: AlaskanTuna/Rokabot#104.
    """
    target = message(id="90", author=BOB, content="A comet is ice.")
    assert enclosed(reply(target)) == (Enclosure(kind="reply", author="Bob", wrote=BOBS, text="A comet is ice."),)
    unread = Enclosure(kind="reply", origin=(GENERAL, MessageId(90)))
    assert enclosed(reply(None)) == (unread,)
    without = reply(None)
    del without["referenced_message"]
    assert enclosed(without) == (unread,)
    del without["message_reference"]
    assert enclosed(without) == (Enclosure(kind="reply"),)
    assert enclosed(reply({**target, "content": ""})) == (Enclosure(kind="reply", author="Bob", wrote=BOBS),)
    forwarding = {**target, **forward(content="Old news"), "content": "Look"}
    assert enclosed(reply(forwarding))[0].text == "Look\n[forwarded: Old news]"


def test_a_reply_to_the_bot_encloses_the_beginning_of_what_it_said(enclosed: Any) -> None:
    """So that the model knows which of its answers is meant; its session has the whole one."""
    own = {**BOB, "id": str(BOT), "global_name": None, "username": "causerie", "bot": True}
    (told,) = enclosed(reply(message(id="90", author=own, content="A comet is ice. " * 100)))
    assert (told.author, told.is_own, len(told.text)) == ("causerie", True, 300)


def test_a_reply_to_another_bot_encloses_its_embeds_too(enclosed: Any) -> None:
    """A person's embeds are previews of links, a bot's are what it says."""
    target = message(id="90", author=BOB, content="https://x.y", embeds=[{"type": "link", "title": "A page"}])
    (person,) = enclosed(reply(target))
    assert person.text == "https://x.y"
    (bot,) = enclosed(reply({**target, "author": {**BOB, "bot": True}}))
    assert bot.text == "https://x.y\nA page"


def test_what_a_bot_writes_by_components_alone_is_told(enclosed: Any) -> None:
    """Texts in containers and sections, in their order; buttons say nothing."""
    texts = [
        {"type": 10, "id": number, "content": text} for number, text in enumerate(("Comets", "are <@5>", "ice"), 2)
    ]
    button = {"type": 2, "id": 8, "style": 2, "label": "Press", "custom_id": "x"}
    section = {"type": 9, "id": 7, "components": texts[1:2], "accessory": button}
    components = [texts[0], {"type": 17, "id": 6, "components": [section, texts[2]]}]
    target = message(id="90", author={**BOB, "bot": True}, flags=1 << 15, components=components, mentions=[BOB])
    assert enclosed(reply(target)) == (Enclosure(kind="reply", author="Bob", wrote=BOBS, text="Comets\nare @Bob\nice"),)


def test_files_are_enclosed_with_what_discord_says_of_them(enclosed: Any) -> None:
    """Their address, their size, their type; each can be a question by itself, whatever it turns out to be.

    Reported: ebibibi/ebi-agent-chat-relay#211, ebibibi/ebi-agent-chat-relay#213.
    """
    text, picture, untyped = enclosed(
        message(
            attachments=[
                attached(),
                attached("cat.png", content_type="image/png", size=123_456_789, width=5, height=6),
                attached("a.txt", content_type=None),
            ]
        )
    )
    assert text == Enclosure(kind="file", name="message.txt", media_type="text/plain", url=CDN, attachment=2, size=9)
    assert text.is_unread
    assert text.is_long_text
    assert (picture.name, picture.media_type, picture.size) == ("cat.png", "image/png", 123_456_789)
    assert (picture.width, picture.height) == (0, 0)  # its content says that
    assert untyped.media_type == ""
    assert all(file.can_be_asked for file in (text, picture, untyped))


def test_a_voice_message_is_one(enclosed: Any) -> None:
    """Whatever its file is called; how long it is and how it sounds is told, within bounds."""
    spoken = attached("message.txt", duration_secs=2.5, waveform="AAEC")
    (voice,) = enclosed(message(flags=1 << 13, attachments=[spoken]))
    assert (voice.kind, voice.seconds, voice.waveform) == ("voice", 2.5, "AAEC")
    assert not voice.is_long_text
    (long,) = enclosed(message(flags=1 << 13, attachments=[{**spoken, "waveform": "A" * 10_000}]))
    assert len(long.waveform) == WAVEFORM_CHARS_MAX


def test_polls_and_stickers_say_what_people_read(enclosed: Any) -> None:
    """A poll's question and answers; a sticker's name."""
    poll = {
        "question": {"text": "Which\ncomet?"},
        "answers": [
            {"answer_id": 1, "poll_media": {"text": "Halley"}},
            {"answer_id": 2, "poll_media": {"text": "Encke"}},
        ],
        "expiry": None,
        "allow_multiselect": False,
        "layout_type": 1,
    }
    stickers = [{"id": "1", "name": "Wa\u202eve", "format_type": 1}]
    assert enclosed(message(poll=poll, sticker_items=stickers)) == (
        Enclosure(kind="poll", text="Which comet?\n- Halley\n- Encke"),
        Enclosure(kind="sticker", name="Wave", text=""),
    )


def test_a_message_in_a_thread_encloses_what_the_thread_began_with(enclosed: Any) -> None:
    """It has to be read; a forum's post, whose id is the thread's, began it itself."""
    assert enclosed(message(channel_id=str(THREAD), content="Hi")) == (
        Enclosure(kind="thread", name="comets", origin=(GENERAL, THREAD)),  # type: ignore[arg-type]
    )
    assert enclosed(message(channel_id=str(THREAD), id=str(THREAD), content="Hi")) == ()


def test_names_are_those_that_the_message_s_readers_may_know(
    factory: hikari.api.EntityFactory, messages: HikariMessages
) -> None:
    """A restricted channel's name is told in itself alone, another server's nowhere; a nickname goes before other names."""
    nicknamed = {**BOB, "member": {"nick": "Bobby\n", "roles": [], "joined_at": None, "deaf": False, "mute": False}}

    def read(channel: int) -> str:
        payload = message(channel_id=str(channel), content="<@5> <#10> <#11> <#12> <#13> <@&20>", mentions=[nicknamed])
        return messages.posted(factory.deserialize_message(payload)).text

    assert read(GENERAL) == "@Bobby #general #unknown #comets #unknown @Friends"
    assert read(STAFF) == "@Bobby #general #staff #comets #unknown @Friends"
    assert read(77) == "@Bobby #unknown #unknown #unknown #unknown @unknown-role"


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 18, 21, 22, 24, 25, 31, 46])
def test_system_messages_are_nobody_s_questions(
    factory: hikari.api.EntityFactory, messages: HikariMessages, kind: int
) -> None:
    """Joins, pins, boosts, threads' beginnings, AutoMod and polls' results are not answered."""
    payload = message(type=kind, content="Alice")
    assert not messages.posted(factory.deserialize_message(payload)).by_person


def test_whoever_sends_as_much_as_possible_is_bounded(enclosed: Any) -> None:
    """A hundred forwards in one, a hundred files, endless texts and names."""
    many = forward(content="x" * 100_000)
    many["message_snapshots"] *= 100
    assert len(enclosed(message(**many))) == ENCLOSURES_MAX
    assert {len(one.text) for one in enclosed(message(**many))} == {TEXT_CHARS_MAX}
    files = enclosed(message(attachments=[attached("\n\u202e]: " * 1000)] * 100))
    assert len(files) == ENCLOSURES_MAX
    assert all(len(file.name) <= 100 and "\n" not in file.name for file in files)
    inside = {**forward(content="outer"), "content": "outer"}
    inside["message_snapshots"][0]["message"] |= forward(content="inner")
    assert [one.text for one in enclosed(message(**inside))] == ["outer"]


STRANGE: list[dict[str, Any]] = [
    {"poll": {"question": {"text": "Broken"}}},
    {"sticker_items": [{"id": "1"}]},
    {"embeds": [{"timestamp": "yesterday"}]},
    {"components": [{"type": 1, "components": [{"type": 2, "style": 1}]}]},
]


@pytest.mark.parametrize("strange", STRANGE)
def test_what_is_not_understood_takes_nothing_else_with_it(enclosed: Any, strange: dict[str, Any]) -> None:
    """The file of a message with a broken poll is there."""
    target = message(id="90", author=BOB, content="Ice")
    payload = reply(target, attachments=[attached("cat.png")], **strange)
    assert [one.kind for one in enclosed(payload)] == ["reply", "file"]


def edited(factory: hikari.api.EntityFactory, messages: HikariMessages, payload: dict[str, Any]) -> Any:
    """Return what the intake is told of an update."""
    return messages.edited(factory.deserialize_partial_message(payload))


def test_an_edit_tells_the_text_and_what_is_enclosed(
    factory: hikari.api.EntityFactory, messages: HikariMessages
) -> None:
    """As people read it then; an update that nobody made, such as a link's preview, is no edit."""
    told = edited(
        factory, messages, message(content="<@5>", mentions=[BOB], edited_timestamp="2026-11-26T14:01:00+00:00")
    )
    assert (told.text, told.enclosures) == ("@Bob", ())
    again = {**reply(message(id="90", author=BOB, content="Ice")), "edited_timestamp": "2026-11-26T14:01:00+00:00"}
    assert edited(factory, messages, again).enclosures == (
        Enclosure(kind="reply", author="Bob", wrote=BOBS, text="Ice"),
    )
    assert edited(factory, messages, message(content="Hi", embeds=[{"type": "link"}])) is None


def test_an_update_with_some_fields_tells_only_those(
    factory: hikari.api.EntityFactory, messages: HikariMessages
) -> None:
    """Discord may leave out whatever did not change."""
    part = {"id": "100", "channel_id": str(GENERAL), "edited_timestamp": "2026-11-26T14:01:00+00:00"}
    assert edited(factory, messages, part) is None
    told = edited(factory, messages, {**part, "content": "New"})
    assert (told.text, told.enclosures) == ("New", None)
    told = edited(factory, messages, {**part, "content": "", "attachments": [attached()], "type": 0})
    assert [one.url for one in told.enclosures] == [CDN]
    assert edited(factory, messages, {**part, "content": "New", "attachments": []}).enclosures is None
    broken = {**part, "content": "New", "poll": {}}
    assert (edited(factory, messages, broken).text, edited(factory, messages, broken).enclosures) == ("New", None)
