"""A bot that reads files from the small Discord, as it reads them from Discord's own hosts: `python -m tests.conversation.reading_files run`."""

import os
from functools import partial

import bot
import cli
from discord_api.enclosure_reader import DiscordReader

if __name__ == "__main__":
    small_discord = os.environ["DISCORD_REST_URL"].removesuffix("/api/v10")
    setattr(bot, "DiscordReader", partial(DiscordReader, hosts=[small_discord]))  # noqa: B010 no name that bot.py exports
    raise SystemExit(cli.main())
