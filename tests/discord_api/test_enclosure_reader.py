"""Messages are read from Discord where no event tells them, and files by the address that they have now."""

from typing import Any, Literal, cast

import hikari
import pytest
from msgspec.structs import replace

import gateway
from discord_api import enclosure_reader
from discord_api.channel_tree import ChannelTree
from discord_api.enclosure_reader import DiscordReader
from discord_api.file_fetcher import FileFetcher, FileOverError
from messages.enclosure import Enclosure
from messages.ids import ChannelId, MessageId
from messages.turn import Place
from tests.discord_api.test_enclosures import ALICE, BOB, BOBS, CDN, attached, forward, message

PLACE = Place(channel_id=ChannelId(1), reply_to=MessageId(2), question_id=MessageId(2))
FILE = Enclosure(kind="file", name="message.txt", media_type="text/plain", attachment=2, size=9)
EXPIRED = "https://cdn.discordapp.com/old"


class NoRest:
    """Discord, of whose messages nothing can be read."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[tuple[int, int]] = []
        self.error = error or hikari.NotFoundError("https://discord.invalid/", {}, b"{}", "", 10008)

    async def fetch_message(self, channel: int, message: int) -> hikari.Message:
        """Note what is asked for, and fail."""
        self.asked.append((channel, message))
        raise self.error


class Messages:
    """Discord, of which one message can be read."""

    def __init__(self) -> None:
        self._factory = gateway.listener("NA.x.y", "http://127.0.0.1", message_content=True).entity_factory

    def rest(self, **fields: Any) -> Any:
        """Return what reads Bob's message with these fields."""
        payload = message(author=BOB, **fields)

        class Rest:
            async def fetch_message(rest, _channel: int, _message: int) -> hikari.Message:  # noqa: N805 this is another one
                return self._factory.deserialize_message(payload)

        return Rest()


@pytest.fixture
def messages() -> Messages:
    """Discord's messages, as the gateway reads them."""
    return Messages()


class Fetcher:
    """Has a file at every address but these."""

    def __init__(self, *over: str) -> None:
        self.over = over
        self.fetched: list[str] = []

    async def fetch(self, file: Enclosure) -> Enclosure | None:
        """Note what is fetched."""
        self.fetched.append(file.url)
        if file.url in self.over:
            raise FileOverError
        return replace(file, url="", stored="0" * 32)


def reader(rest: Any = None, fetcher: Fetcher | None = None) -> DiscordReader:
    """Return a reader."""
    return DiscordReader(
        cast("hikari.api.RESTClient", rest or NoRest()),
        cast("FileFetcher", fetcher or Fetcher()),
        bot_id=3,
        channel_tree=ChannelTree(),
    )


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses are not what is tried here."""
    monkeypatch.setattr(enclosure_reader, "REST_PAUSE_S", 0.0)


async def test_a_file_is_fetched_by_the_address_that_it_came_with() -> None:
    """Nobody is asked for another one."""
    rest, fetcher = NoRest(), Fetcher()
    found = await reader(rest, fetcher).fetch(replace(FILE, url=CDN), PLACE)
    assert found == replace(FILE, stored="0" * 32)
    assert (rest.asked, fetcher.fetched) == ([], [CDN])


@pytest.mark.parametrize("url", [EXPIRED, ""])
async def test_an_address_that_expired_is_asked_for_anew(messages: Messages, url: str) -> None:
    """Addresses expire within a day; the message knows the new one. A file that vanished from the disk has none at all.

    Reported: spacebarchat/server#1151, discord/discord-api-docs#4651.
    """
    fetcher = Fetcher(EXPIRED)
    other = attached("other.txt", id="3", url="https://cdn.discordapp.com/other")
    found = await reader(messages.rest(attachments=[other, attached()]), fetcher).fetch(replace(FILE, url=url), PLACE)
    assert found == replace(FILE, stored="0" * 32)
    assert fetcher.fetched[-1] == CDN


async def test_a_file_that_was_forwarded_or_replied_to_is_found_anew(messages: Messages) -> None:
    """Its message is inside the one that was asked about."""
    fetcher = Fetcher()
    file = replace(FILE, within="forward")
    assert await reader(messages.rest(**forward(attachments=[attached()])), fetcher).fetch(file, PLACE) is not None
    assert fetcher.fetched == [CDN]


async def test_a_file_that_an_earlier_version_accepted_is_found_by_its_name(messages: Messages) -> None:
    """It has no id of Discord's."""
    fetcher = Fetcher()
    await reader(messages.rest(attachments=[attached("x"), attached()]), fetcher).fetch(
        replace(FILE, attachment=0), PLACE
    )
    assert fetcher.fetched == [CDN]


async def test_a_file_that_is_gone_has_that_problem(messages: Messages) -> None:
    """Because its message is, because it was taken from it, or because its new address is over as well: once is enough."""
    gone = replace(FILE, problem="gone")
    rest = NoRest()
    assert await reader(rest, Fetcher(EXPIRED)).fetch(replace(FILE, url=EXPIRED), PLACE) == gone
    assert rest.asked == [(PLACE.channel_id, PLACE.question_id)]
    assert await reader(messages.rest(), Fetcher(EXPIRED)).fetch(replace(FILE, url=EXPIRED), PLACE) == gone
    fetcher = Fetcher(EXPIRED, CDN)
    found = await reader(messages.rest(attachments=[attached()]), fetcher).fetch(replace(FILE, url=EXPIRED), PLACE)
    assert (found, fetcher.fetched) == (gone, [EXPIRED, CDN])


async def test_a_message_that_cannot_be_read_now_is_not_gone() -> None:
    """A retry finds out."""
    rest = NoRest(hikari.InternalServerError("https://discord.invalid/", 503, {}, b"{}", "Unavailable"))
    assert await reader(rest, Fetcher(EXPIRED)).fetch(replace(FILE, url=EXPIRED), PLACE) is None


async def test_a_thread_whose_beginning_is_gone_is_told_by_its_name() -> None:
    """Both places where it could be are looked at, and the question is asked all the same.

    Reported: CherryHQ/stella#1006.
    """
    rest = NoRest()
    thread = Enclosure(kind="thread", name="comets", origin=(ChannelId(10), MessageId(12)))
    assert await reader(rest).read(thread, ChannelId(10), MessageId(12)) == (Enclosure(kind="thread", name="comets"),)
    assert rest.asked == [(10, 12), (12, 12)]


async def test_what_is_replied_to_is_read_where_discord_did_not_say_it(messages: Messages) -> None:
    """The author and the text, or that it is gone.

    Reported: NousResearch/hermes-agent#31440.
    """
    rest = messages.rest(content="Comets are <@4>.", mentions=[ALICE])
    unread = Enclosure(kind="reply", origin=(ChannelId(10), MessageId(90)))
    read = await reader(rest).read(unread, ChannelId(10), MessageId(90))
    assert read == (Enclosure(kind="reply", author="Bob", wrote=BOBS, text="Comets are @Alice."),)
    assert await reader().read(unread, ChannelId(10), MessageId(90)) == (Enclosure(kind="reply"),)


async def test_context_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch, messages: Messages) -> None:
    """Where many messages wait to be read, the question is asked without what it replies to."""
    monkeypatch.setattr(enclosure_reader, "CONTEXT_S", 0.01)
    rest = messages.rest(content="Ice")
    busy = reader(rest)
    unread = Enclosure(kind="reply", origin=(ChannelId(10), MessageId(90)))
    async with busy._requests:
        assert await busy.read(unread, ChannelId(10), MessageId(90)) == (Enclosure(kind="reply"),)
    assert await busy.read(unread, ChannelId(10), MessageId(90)) == (
        Enclosure(kind="reply", author="Bob", wrote=BOBS, text="Ice"),
    )


@pytest.mark.parametrize("kind", ["reply", "thread"])
async def test_what_is_enclosed_is_read_with_its_files(messages: Messages, kind: Literal["reply", "thread"]) -> None:
    """They are fetched next; a picture without a word is no message that is gone."""
    origin = (ChannelId(10), MessageId(90))
    unread = Enclosure(kind=kind, origin=origin)
    told, file = await reader(messages.rest(attachments=[attached("cat.png")])).read(unread, *origin)
    assert told == Enclosure(kind=kind, author="Bob", wrote=BOBS, text="")
    assert (file.name, file.within, file.url, file.origin) == ("cat.png", kind, CDN, origin)
    assert file.is_unread


async def test_a_new_address_is_asked_for_where_the_file_stands() -> None:
    """The message of the question does not have it: it stands in the one that the thread began with."""
    rest = NoRest()
    file = replace(FILE, url=EXPIRED, within="thread", origin=(ChannelId(10), MessageId(90)))
    assert await reader(rest, Fetcher(EXPIRED)).fetch(file, PLACE) == replace(file, url="", problem="gone")
    assert rest.asked == [(10, 90)]
