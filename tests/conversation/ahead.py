"""A bot on a machine whose clock is a day ahead."""

import sys
import time

import cli

DAY_S = 86_400.0

if __name__ == "__main__":
    right = time.time
    time.time = lambda: right() + DAY_S
    sys.exit(cli.main())
