"""What comes of the buttons about what could not be delivered."""

from typing import assert_never

from actors.panel.response import Partners, Reply
from actors.panel.undelivered_view import NOTHING, dismissed_panel, note_panel
from messages.panel import Dismiss, NotePress, ShowUndelivered
from messages.verbs.notes import DismissNote, ReadUndelivered
from messages.verbs.verb import Deny
from texts.panels import DENIED, notice


class NoteButtons:
    """It stays until the person says that they have read it, so that nothing is lost on the way to them."""

    def __init__(self, partners: Partners) -> None:
        self._partners = partners

    async def press(self, reply: Reply, press: NotePress) -> None:
        """Answer a button."""
        match press:
            case ShowUndelivered():
                notes = await self._partners.recorder.ask(ReadUndelivered(by=reply.interaction))
                for note in notes:
                    reply.send(note_panel(note))
                if not notes:
                    reply.say(NOTHING)
            case Dismiss(note=note):
                waiting = await self._partners.recorder.ask(
                    DismissNote(by=reply.interaction, note=note, now_s=self._partners.clock())
                )
                reply.redraw(notice(DENIED) if isinstance(waiting, Deny) else dismissed_panel(waiting))
            case _:
                assert_never(press)
