"""The buttons *Undelivered* and *Dismiss*: messages that could not be delivered wait here for their reader."""

from typing import assert_never

from actors.panel.dependencies import Dependencies
from actors.panel.response import Response
from actors.panel.undelivered_view import dismissed_panel, note_panels
from messages.presses import Dismiss, NotePress, ShowUndelivered
from messages.verbs.notes import DismissNote, ReadUndelivered
from messages.verbs.verb import Deny


class UndeliveredButtons:
    """Acts on a press. A message stays stored until its reader dismisses it, so that none is lost on the way."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    async def press(self, response: Response, press: NotePress) -> None:
        """Answer the press of a button."""
        match press:
            case ShowUndelivered():
                notes = await self._dependencies.execute(ReadUndelivered(by=response.interaction))
                for note in notes:
                    for panel in note_panels(note, response.locale):
                        response.send(panel)
                if not notes:
                    response.say("undelivered.none")
            case Dismiss(note=note):
                waiting = await self._dependencies.execute(
                    DismissNote(by=response.interaction, note=note, now_s=self._dependencies.clock())
                )
                if isinstance(waiting, Deny):
                    response.redraw_as("denied")
                else:
                    response.redraw(dismissed_panel(waiting, response.locale))
            case _:
                assert_never(press)
