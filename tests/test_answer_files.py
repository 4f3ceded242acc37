"""An answer's files, from a model to the message in Discord: the real actors and rows, the small Discord over real sockets."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

import anyio

import gateway
from actors.figures import FiguresCollector
from actors.recorder import Recorder
from actors.responder.actor import Responder
from assembly import Assembly, Outside, assemble
from discord_api.channel_tree import ChannelTree
from discord_api.rest import discord_rest
from discord_api.translation import HikariMessages
from files.folder import Folder
from live import Live
from messages.files import File
from messages.ids import ChannelId, InteractionId, MessageId, UserId
from messages.intake import MessagePosted
from messages.interaction import Interaction
from messages.observation import UNOBSERVED
from messages.reload import Reloader
from messages.turn import TurnTaken
from messages.usage import Usage
from messages.verbs.recovery import Recover
from messages.verbs.users import SetUser
from models.catalogue import Catalogue
from models.events import StreamFinished
from models.model import Model
from models.voice import Voice
from settings.settings import Settings
from storage.limits import Limits
from storage.permissions import Permissions
from storage.sqlite import open_store
from tests.rig.nobody_judges import NobodyJudges
from tests.sandbox.discord_client import RawBot, raw_bot
from tests.world.process import NoEnclosures

PICTURES: Final = tuple(File(name=f"picture-{number}.png", content=bytes([number]) * 70_000) for number in range(12))


class Painter:
    """A kind of model whose answers are text and files, or files alone."""

    async def stream(
        self,
        turn: TurnTaken,
        model: Model,  # noqa: ARG002 as every kind of model
    ) -> AsyncGenerator[str | StreamFinished, None]:
        count = int(turn.question.text.split()[0])
        if "words" in turn.question.text:
            yield "Here they are."
        used = Usage(input_tokens=1, output_tokens=1)
        yield StreamFinished(reason="complete", usage=used, files=PICTURES[:count])


@asynccontextmanager
async def running(bot: RawBot, data: Path) -> AsyncIterator[Assembly]:
    """The bot's actors on these rows, without a gateway: what people write is posted to the intake."""
    catalogue = Catalogue([Model(name="painter", default=True)])
    settings = Settings(
        discord_token=bot.discord.token,
        discord_rest_url=bot.discord.rest_url,
        openai_api_key="",
        openai_base_url="",
        data=data,
        catalogue=catalogue,
        limits=Limits(default_model="painter"),
        permissions=Permissions(),
        voice=Voice(catalogue=catalogue),
        concurrent_streams=8,
        stream_grace_s=1.0,
        message_content=True,
        requests_per_s=48,
    )
    store = open_store(data / "causerie.db", settings.limits)
    bot_id = bot.discord.world.bot.id
    rest = discord_rest(
        bot.discord.token,
        bot.discord.rest_url,
        gateway.listener(bot.discord.token, bot.discord.rest_url, message_content=True).entity_factory,
    )
    files = Folder(data / "files")
    files.make()
    async with rest, anyio.create_task_group() as tasks:
        recorder = Recorder(store)
        tasks.start_soon(recorder.run)
        await recorder.execute(Recover(now_s=0.0))
        actors = assemble(
            Live(settings),
            Outside(
                rest=rest,
                bot_id=bot_id,
                translator=HikariMessages(bot_id, ChannelTree()),
                enclosures=NoEnclosures(),
                files=files,
                responder=Responder(rest, application_id=bot_id, files=files),
                kinds={"chat": Painter()},
                judge=NobodyJudges(),
                recorder=recorder,
                figures=FiguresCollector(),
                observer=UNOBSERVED,
                reloader=cast("Reloader", None),
                discord_s=lambda: None,
            ),
        )
        actors.start(tasks)
        tasks.start_soon(actors.supervisor.run)
        try:
            yield actors
        finally:
            tasks.cancel_scope.cancel()
    store.close()


async def asked(bot: RawBot, actors: Assembly, text: str) -> Any:
    """Alice asks, and is answered."""
    question = await bot.alice.say(bot.general, text)
    actors.intake.mailbox.post(
        MessagePosted(
            message_id=MessageId(question.id),
            channel_id=ChannelId(bot.general.id),
            guild_id=None,
            author_id=UserId(bot.alice.user.id),
            author_name="Alice",
            by_person=True,
            text=text,
            mentions_bot=False,
            reply_to=None,
        )
    )
    await bot.discord.until(lambda: bot.discord.world.bot.id in question.reactions.get("👌", ()), timeout_s=30)
    return question


def replies(bot: RawBot, question: Any) -> list[Any]:
    return [
        message for message in bot.discord.messages(bot.general, seen_by=None) if message.reference_id == question.id
    ]


async def begun(bot: RawBot, actors: Assembly) -> None:
    by = Interaction(
        interaction_id=InteractionId(1),
        token="a token",  # noqa: S106 nobody's
        user_id=UserId(bot.alice.user.id),
        user_name="Alice",
        channel_id=ChannelId(bot.general.id),
        guild_id=None,
    )
    await actors.recorder.execute(SetUser(by=by, now_s=1.0, status="new"))


async def test_an_answers_files_are_attached_to_its_last_message(tmp_path: Path) -> None:
    """Byte for byte, under their names and in their order, below the text."""
    async with raw_bot() as bot, running(bot, tmp_path) as actors:
        await begun(bot, actors)
        question = await asked(bot, actors, "2 pictures with words")
        (reply,) = replies(bot, question)
        assert reply.content == "Here they are."
        assert [one["filename"] for one in reply.attachments] == ["picture-0.png", "picture-1.png"]
        assert [one["size"] for one in reply.attachments] == [70_000, 70_000]
        sums = [hashlib.sha256(bot.discord.file(reply, file.name)).digest() for file in PICTURES[:2]]
        assert sums == [hashlib.sha256(file.content).digest() for file in PICTURES[:2]]


async def test_more_files_than_one_message_takes_come_in_further_messages(tmp_path: Path) -> None:
    """An answer without a text is no failure; Discord takes ten files a message."""
    async with raw_bot() as bot, running(bot, tmp_path) as actors:
        await begun(bot, actors)
        question = await asked(bot, actors, "12 pictures")
        first, second = replies(bot, question)
        assert (first.content, second.content) == ("", "")
        assert [one["filename"] for one in (*first.attachments, *second.attachments)] == [one.name for one in PICTURES]
