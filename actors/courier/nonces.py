"""The nonces under which messages are posted: equal after a restart, so that a lost answer is no second message. Pure.

Discord remembers a nonce for a few minutes and answers a repeated one with the message that it made then; it has at most
25 characters (Discord: Create Message, nonce).
"""

from messages.ids import MessageId, TurnId

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def of_part(reply_to: MessageId, turn: TurnId | None, part: int, *, anew: bool) -> str:
    """The nonce of one part of a turn's reply; one that is posted `anew`, for another cannot be edited, has another.

    `turn` is None for the refusal of a message that storage could not commit: no turn is stored.
    """
    of_turn = "-" if turn is None else _base36(turn)
    return f"{_base36(reply_to)}.{of_turn}{'-' if anew else '.'}{_base36(part)}"


def of_note(note: int) -> str:
    """The nonce of a note's direct message."""
    return f"note.{_base36(note)}"


def _base36(number: int) -> str:
    if number < 0:
        raise ValueError(number)
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
