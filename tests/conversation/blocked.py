"""A bot whose event loop can be brought to a stop: SIGUSR1 makes it do nothing for as long as it lives."""

import signal
import time

import cli


def _stop_the_loop(_number: int, _frame: object) -> None:
    """Python runs this in the thread of the event loop; other threads go on."""
    while True:
        time.sleep(60)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _stop_the_loop)
    cli.main()
