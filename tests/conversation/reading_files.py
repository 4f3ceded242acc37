"""A bot that reads files from the small Discord, and from other hosts that are named, as it reads them from Discord's own.

`python -m tests.conversation.reading_files http://127.0.0.1:1234 run`
"""

import os
import sys

import bot
import cli

if __name__ == "__main__":
    *others, command = sys.argv[1:]
    small_discord = os.environ["DISCORD_REST_URL"].removesuffix("/api/v10")
    setattr(bot, "attachment_hosts", lambda _: (small_discord, *others))  # noqa: B010 no name that bot.py exports
    raise SystemExit(cli.main([command]))
