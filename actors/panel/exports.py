"""Who is being sent an export: one at a time for each person, however often they press *Export*. Pure."""

from typing import Final

from msgspec import Struct

from messages.ids import InteractionId, UserId

SENDING_S: Final = 60.0
"""After an export was made, Discord may take it for so long (`discord_api/rest.py`, `UPLOAD_S`): until then it counts as under way."""


class _UnderWay(Struct):
    press: InteractionId
    until_s: float | None = None
    """None while it is being made."""


class Exports:
    """The exports that are under way, by person."""

    def __init__(self) -> None:
        self._under_way: dict[UserId, _UnderWay] = {}

    def begin(self, person: UserId, press: InteractionId, now_s: float) -> bool:
        """Begin an export for whoever pressed; False where one of theirs is under way. Times are monotonic seconds."""
        for over in [one for one, export in self._under_way.items() if (export.until_s or now_s) < now_s]:
            del self._under_way[over]
        if person in self._under_way:
            return False
        self._under_way[person] = _UnderWay(press)
        return True

    def is_wanted(self, person: UserId, press: InteractionId) -> bool:
        """Return whether the export that this press began is still to be sent: the person has not wanted to be forgotten since."""
        export = self._under_way.get(person)
        return export is not None and export.press == press

    def made(self, person: UserId, now_s: float) -> None:
        """The export is on its way to Discord."""
        self._under_way[person].until_s = now_s + SENDING_S

    def give_up(self, person: UserId) -> None:
        """Whatever is under way for this person is not sent any more."""
        self._under_way.pop(person, None)
