"""A button's `custom_id`: an encoded typed message. Anybody can send any, so decoding is strict and never raises."""

from typing import Final

import msgspec

from messages.presses import Press

VERSION: Final = "1"
"""Written before each; a button of another version is answered with a sentence."""

CUSTOM_ID_CHARS_MAX: Final = 100
"""Discord: Component Reference, custom_id."""

ROW_ID_MAX: Final = 2**63 - 1
"""No row of SQLite has a greater id, and asking for one would raise."""

PAGE_MAX: Final = 10_000
"""Pages of 25 sessions count from 0; nobody has a quarter of a million."""

_decoder: Final = msgspec.json.Decoder(Press, strict=True)


def encode(press: Press) -> str:
    """The `custom_id` that says this."""
    return VERSION + msgspec.json.encode(press).decode()


def decode(custom_id: str) -> Press | None:
    """What a `custom_id` says, or None when no button of ours says this."""
    if not custom_id.startswith(VERSION) or len(custom_id) > CUSTOM_ID_CHARS_MAX:
        return None
    try:
        press = _decoder.decode(custom_id[len(VERSION) :])
    except (msgspec.MsgspecError, UnicodeError, ValueError):
        return None
    # Only what `encode` writes counts: no spaces, no extra fields, no second spelling of a number.
    if encode(press) != custom_id:
        return None
    return press if _is_in_range(press) else None


def _is_in_range(press: Press) -> bool:
    for name in press.__struct_fields__:
        value = getattr(press, name)
        match name:
            case "page" if not 0 <= value <= PAGE_MAX:
                return False
            case "listed" if not 0 <= value <= ROW_ID_MAX:
                return False
            case "session" | "turn" | "newest" | "note" if not 0 < value <= ROW_ID_MAX:
                return False
            case _:
                pass
    return True
