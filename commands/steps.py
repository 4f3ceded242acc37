"""What a command changes on the machine, as steps that can be shown before they are taken."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from settings.errors import UnreachableError


class Step(NamedTuple):
    """A change. `what` says it as an order, such as "write /etc/systemd/system/causerie.service"; `do` makes it."""

    what: str
    do: Callable[[], None]


def take(steps: Iterable[Step], show: Callable[[str], None], *, dry_run: bool) -> int:
    """Show and take each step, and return how many there were; `dry_run` only shows them.

    What a step reads is read when it is its turn, so steps may depend on those before them.

    :raises UnreachableError: a step cannot be taken; those before it were
    """
    taken = 0
    for step in steps:
        show(f"{'would ' if dry_run else ''}{step.what}")
        if not dry_run:
            try:
                step.do()
            except OSError as error:
                raise UnreachableError(
                    f"This could not be done: {step.what} ({error}). Mend that, and start again."
                ) from error
        taken += 1
    return taken
