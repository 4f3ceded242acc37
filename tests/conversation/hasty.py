"""A bot that leaves a host of files after half a second of silence, instead of fifteen.

`python -m tests.conversation.hasty run`
"""

import sys

import cli
from discord_api import file_fetcher

if __name__ == "__main__":
    setattr(file_fetcher, "SILENCE_S", 0.5)  # noqa: B010 it is a constant
    raise SystemExit(cli.main(sys.argv[1:]))
