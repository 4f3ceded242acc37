"""Reads in Discord: channels that may have missed something, questions that may have changed, replies that nobody recorded.

What was read goes to the intake, as messages like those that come by an event.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Final

import anyio
import hikari
from hikari.api import RESTClient

from actors.courier.requests import ReadQuestion, Search, SearchSpeech
from actors.mailbox import Mailbox
from actors.recorder import Recorder, RecorderClosedError
from discord_api import error_codes
from discord_api.rest import PageOverError, first_page_came, one_request
from discord_api.results import Done, Found, Unknown
from discord_api.translation import MessageTranslator, roles_of
from messages.courier import ReadChannel
from messages.ids import ChannelId, GuildId, MessageId, RoleId, UserId
from messages.intake import ChannelRead, IntakeMessage, MessageDeleted, MessagePosted
from messages.verbs.replies import UnclaimedOf
from messages.verbs.speech import UnclaimedSpeech
from messages.verbs.users import FindMembers, RememberRoles

ROLES_KNOWN_S: Final = 600.0
"""For so long roles that were read count: a person's missed messages in several channels cost one request."""

ROLES_KNOWN_MAX: Final = 1_000
"""Of so many people it is known when their roles were read."""

ROLES_PAUSE_S: Final = 1.0
"""The pause after a member was read: the courier does not count this request, and leaves two a second to others."""

SPOKEN: Final = "voice-message."
"""How the names of files begin that hold an answer read aloud (`actors.speaker.actor.FILE_NAME`)."""

PAGE: Final = 100
"""How many messages Discord returns at most (Get Channel Messages, limit)."""


class ChannelReader:
    """Reads through hikari. Its methods raise what hikari raises."""

    def __init__(
        self,
        rest: RESTClient,
        *,
        bot_id: int,
        recorder: Recorder,
        intake: Mailbox[IntakeMessage],
        translator: MessageTranslator,
    ) -> None:
        self._rest = rest
        self._roles_read: dict[tuple[GuildId, UserId], float] = {}
        """When each member's roles were read, in seconds of the event loop's clock."""
        self._bot_id = bot_id
        self._recorder = recorder
        self._intake = intake
        self._translator = translator

    async def _page(self, channel: ChannelId, after: MessageId) -> list[hikari.Message]:
        """Return the first messages after one, oldest first. hikari's second request, for what follows, is not made."""
        page: list[hikari.Message] = []
        with contextlib.suppress(PageOverError):
            async for message in self._rest.fetch_messages(channel, after=after):
                first_page_came()
                page.append(message)
        return page

    def _replies(self, page: list[hikari.Message]) -> Iterator[tuple[MessageId, MessageId]]:
        """Return the bot's own messages of a page that reply to something, and what each replies to."""
        for message in page:
            reference = message.message_reference
            if (
                message.author.id == hikari.Snowflake(self._bot_id)
                and reference is not None
                and reference.id is not None
            ):
                yield MessageId(int(message.id)), MessageId(int(reference.id))

    async def search(self, request: Search) -> Found | Unknown:
        """Find the messages of a reply that nobody has recorded, one page of the channel at a time."""
        return await self._search(request, UnclaimedOf, spoken=False)

    async def search_speech(self, request: SearchSpeech) -> Found | Unknown:
        """Find the message of an answer that was read aloud, one page of the channel at a time.

        Where the question is gone, such a message replies to nothing and cannot be found: then there is none to be sent any more.

        :raises hikari.NotFoundError: the question is gone
        """
        found = await self._search(request, UnclaimedSpeech, spoken=True)
        if isinstance(found, Found) and not found.message_ids and found.more_after is None:
            await self._rest.fetch_message(request.channel_id, request.reply_to)
        return found

    async def _search(
        self, request: Search | SearchSpeech, unclaimed: type[UnclaimedOf | UnclaimedSpeech], *, spoken: bool
    ) -> Found | Unknown:
        page = await self._page(request.channel_id, request.after)
        sought = [message for message in page if _is_spoken(message) == spoken]
        ours = tuple(message for message, reply_to in self._replies(sought) if reply_to == request.reply_to)
        try:
            found = await self._recorder.execute_retrying(unclaimed(turn=request.turn, message_ids=ours))
        except RecorderClosedError:
            return Unknown(answered=True)  # found again after the next start
        return Found(found, more_after=MessageId(int(page[-1].id)) if len(page) == PAGE else None)

    async def read(self, request: ReadChannel) -> Done | Unknown:
        """Tell the intake what a page of a channel holds."""
        page = await self._page(request.channel_id, request.after)
        posted = tuple(message for message in map(self._translator.posted, page) if message is not None)
        await self._read_roles_of(request.channel_id, posted)
        read = ChannelRead(
            channel_id=request.channel_id,
            after=request.after,
            messages=posted,
            last=MessageId(int(page[-1].id)) if page else request.after,
            complete=len(page) < PAGE,
            answered=tuple(reply_to for _, reply_to in self._replies(page)),
        )
        # A page that finds no room in the intake's mailbox is read again.
        return Done() if self._intake.post(read) else Unknown(answered=True)

    async def _read_roles_of(self, channel: ChannelId, posted: Sequence[MessagePosted]) -> None:
        """Read the roles of these people, which Discord does not state with messages that are read, where the operator's lists name roles.

        What was remembered may have changed while nobody listened. One request counts for ten minutes; whose roles cannot be read
        is not answered.
        """
        newest = {message.author_id: message.message_id for message in posted if message.by_person}
        if not newest:
            return
        find = FindMembers(channel_id=channel, guild_id=posted[0].guild_id, newest=tuple(sorted(newest.items())))
        try:
            found = await self._recorder.execute_retrying(find)
            if found is not None:
                for user in found.users:
                    await self._read_roles(found.guild_id, user)
        except RecorderClosedError:
            return  # the process ends; the channel is read again after the next start

    async def _read_roles(self, guild: GuildId, user: UserId) -> None:
        if self._roles_read.get((guild, user), -ROLES_KNOWN_S) > anyio.current_time() - ROLES_KNOWN_S:
            return
        roles: tuple[RoleId, ...] | None = None
        with (
            one_request(),
            contextlib.suppress(hikari.NotFoundError, hikari.ForbiddenError),
        ):  # they have left the server
            roles = roles_of(await self._rest.fetch_member(guild, user))
        await self._recorder.execute_retrying(RememberRoles(guild_id=guild, user_id=user, roles=roles))
        self._roles_read[guild, user] = anyio.current_time()
        if len(self._roles_read) > ROLES_KNOWN_MAX:
            del self._roles_read[next(iter(self._roles_read))]
        await anyio.sleep(ROLES_PAUSE_S)

    async def reread(self, request: ReadQuestion) -> Done:
        """Tell the intake what became of a question while nobody listened."""
        channel, message_id = request.channel_id, request.message_id
        try:
            message = await self._rest.fetch_message(channel, message_id)
        except hikari.NotFoundError as error:
            if error.code not in error_codes.GONE:
                raise
            self._intake.post(MessageDeleted(message_id=message_id, channel_id=channel))
            return Done()
        edited = self._translator.edited(message)
        if edited is not None:
            self._intake.post(edited)
        return Done()


def _is_spoken(message: hikari.Message) -> bool:
    """Whether a message of the bot's own is an answer that was read aloud: a voice message, or such a file without a word."""
    if message.flags & hikari.MessageFlag.IS_VOICE_MESSAGE:
        return True
    names = [file.filename for file in message.attachments]
    return not message.content and len(names) == 1 and names[0].startswith(SPOKEN)
