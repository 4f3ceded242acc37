"""What comes of the buttons about what could not be delivered."""

from typing import assert_never

from actors.panel.response import Partners, Response
from actors.panel.undelivered_view import NOTHING, dismissed_panel, note_panel
from messages.presses import Dismiss, NotePress, ShowUndelivered
from messages.verbs.notes import DismissNote, ReadUndelivered
from messages.verbs.verb import Deny
from texts.panels import DENIED, notice


class NoteButtons:
    """It stays until the person says that they have read it, so that nothing is lost on the way to them."""

    def __init__(self, partners: Partners) -> None:
        self._partners = partners

    async def press(self, response: Response, press: NotePress) -> None:
        """Answer a button."""
        match press:
            case ShowUndelivered():
                notes = await self._partners.recorder.execute(ReadUndelivered(by=response.interaction))
                for note in notes:
                    response.send(note_panel(note))
                if not notes:
                    response.say(NOTHING)
            case Dismiss(note=note):
                waiting = await self._partners.recorder.execute(
                    DismissNote(by=response.interaction, note=note, now_s=self._partners.clock())
                )
                response.redraw(notice(DENIED) if isinstance(waiting, Deny) else dismissed_panel(waiting))
            case _:
                assert_never(press)
