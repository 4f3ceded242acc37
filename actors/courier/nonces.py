"""The nonces under which messages are posted. Pure.

A nonce is the same after a restart, so that a post whose answer was lost does not become a second message: Discord
remembers a nonce for a few minutes, and answers a repeated one with the message that it made then. A nonce has at most 25
characters (Discord: Create Message, nonce).
"""

from typing import Final

from messages.ids import MessageId, TurnId

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"

_REPLACED_MAX: Final = 36**3
"""Three characters say which message is replaced; more do not fit."""


def of_part(reply_to: MessageId, turn: TurnId | None, part: int, *, replaced: MessageId | None) -> str:
    """Return the nonce of one part of a turn's reply.

    `turn` is None for the refusal of a message that storage could not commit: no turn is stored. `replaced` is the newest
    message that cannot be edited any more, and that the reply goes on without. The parts that are posted from then on have
    other nonces than before, or Discord would answer with the old messages.
    """
    of_turn = "-" if turn is None else _base36(turn)
    if replaced is None:
        return f"{_base36(reply_to)}.{of_turn}.{_base36(part)}"
    # A message id counts milliseconds above its lowest 22 bits (Discord: Snowflakes), and those are often equal.
    salt = (replaced ^ (replaced >> 22)) % _REPLACED_MAX
    return f"{_base36(reply_to)}.{of_turn}-{_base36(part)}.{_base36(salt)}"


def of_note(note: int) -> str:
    """Return the nonce of a note's direct message."""
    return f"note.{_base36(note)}"


def _base36(number: int) -> str:
    if number < 0:
        raise ValueError(number)
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
