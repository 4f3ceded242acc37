"""Encodes presses as the `custom_id` of a button, menu or form, and decodes them.

Anybody can send any `custom_id`, so decoding is strict, and never raises.
"""

from typing import Final

import msgspec

from messages.presses import Press

VERSION: Final = "1"
"""Stands at the beginning of each `custom_id`; a button of another version is said to be out of date."""

CUSTOM_ID_CHARS_MAX: Final = 100
"""Discord: Component Reference, custom_id."""

_decoder: Final = msgspec.json.Decoder(Press, strict=True)


def encode(press: Press) -> str:
    """Return the `custom_id` of a press."""
    return VERSION + msgspec.json.encode(press).decode()


def decode(custom_id: str) -> Press | None:
    """Return the press that a `custom_id` stands for, or None when no button of the bot has that `custom_id`."""
    if not custom_id.startswith(VERSION) or len(custom_id) > CUSTOM_ID_CHARS_MAX:
        return None
    try:
        press = _decoder.decode(custom_id[len(VERSION) :])
    except (msgspec.MsgspecError, UnicodeError, ValueError):
        return None
    # Only what `encode` writes is valid: no spaces, no extra fields, no second spelling of a number.
    return press if encode(press) == custom_id else None
