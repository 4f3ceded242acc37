"""How one interaction is answered: by its answer when that is ready soon, else by a deferral and the answer after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import anyio
import anyio.to_thread

from actors.mailbox import Mailbox
from actors.panel.transcript_view import Heading, chars_of
from actors.recorder import Recorder
from messages.components import Choice, Form, Panel
from messages.courier import CourierMessage
from messages.interaction import Interaction
from messages.responder import (
    AcknowledgePress,
    Defer,
    OfferChoices,
    OpenForm,
    ResponderMessage,
    SendPrivately,
    ShowPanel,
)
from messages.supervisor import SupervisorMessage
from messages.turn import Utterance
from messages.verbs.cancellations import Ended
from models.catalogue import Catalogue
from texts.panels import BUSY, notice

DEFER_AFTER_S: Final = 0.5
"""Discord gives 3 seconds for the first answer (Receiving and Responding); most of them are left for the way there."""

GIVE_UP_AFTER_S: Final = 2.0
"""A form that is not ready by then would come too late."""

LONG_CHARS: Final = 50_000
"""What takes milliseconds to draw is drawn by a worker thread, so that nobody else waits for it."""


@dataclass(frozen=True)
class Partners:
    """Whom the panel asks and tells."""

    recorder: Recorder
    courier: Mailbox[CourierMessage]
    supervisor: Mailbox[SupervisorMessage]
    catalogue: Catalogue
    clock: Callable[[], float]

    def tell(self, ended: Ended) -> None:
        """Have everybody see what ended because a session was removed or closed."""
        for outcome in ended.outcomes:
            self.courier.post(outcome)
        for stop in ended.stops:
            self.supervisor.post(stop)


class Response:
    """The answer to one interaction. Where it may be deferred, that happens once at most, and only before the answer."""

    def __init__(
        self,
        interaction: Interaction,
        responder: Mailbox[ResponderMessage],
        *,
        defers: bool = True,
        redraws: bool = False,
        opens_form: bool = False,
    ) -> None:
        """Answer an interaction.

        `defers` is false where Discord has no deferral, or where it would be in the way: autocomplete, and what opens a form.
        `opens_form` marks the second of these. `redraws` is true for a press, whose deferral shows nothing.
        """
        self.interaction = interaction
        self._responder = responder
        self._defers = defers
        self._redraws = redraws
        self._opens_form = opens_form
        self._answered = False

    async def defer_when_late(self) -> None:
        """Say that the answer will come, unless it has come within half a second of the event.

        A form cannot come after a deferral: when it is not ready in time, the person is asked to try again.
        """
        if not self._defers:
            await anyio.sleep_until(self.interaction.received_s + GIVE_UP_AFTER_S)
            if self._opens_form and not self._answered:
                self.say(BUSY)
            return
        await anyio.sleep_until(self.interaction.received_s + DEFER_AFTER_S)
        if not self._answered:
            self._responder.post(
                Defer(
                    interaction_id=self.interaction.interaction_id, token=self.interaction.token, redraw=self._redraws
                )
            )

    def redraw(self, panel: Panel) -> None:
        """Show a panel in the place of the one that was pressed; to a command, in a new private message."""
        self._show(panel, redraw=self._redraws)

    def send(self, panel: Panel) -> None:
        """Show a panel in a new private message, and leave what was pressed as it is."""
        if not self._answered:
            self._show(panel, redraw=False)
            return
        self._responder.post(
            SendPrivately(interaction_id=self.interaction.interaction_id, token=self.interaction.token, panel=panel)
        )

    def say(self, sentence: str) -> None:
        """Say one sentence, in a new private message."""
        self.send(notice(sentence))

    def acknowledge(self, *, drop_buttons: bool = False) -> None:
        """Say that a press was heard; what comes of it is seen elsewhere."""
        self._answered = True
        self._responder.post(
            AcknowledgePress(
                interaction_id=self.interaction.interaction_id, token=self.interaction.token, drop_buttons=drop_buttons
            )
        )

    def open_form(self, form: Form) -> None:
        """Answer with a form, unless it comes too late."""
        if self._answered:
            return
        self._answered = True
        self._responder.post(
            OpenForm(interaction_id=self.interaction.interaction_id, token=self.interaction.token, form=form)
        )

    def offer(self, choices: Sequence[Choice]) -> None:
        """Answer autocomplete."""
        self._answered = True
        self._responder.post(
            OfferChoices(
                interaction_id=self.interaction.interaction_id, token=self.interaction.token, choices=tuple(choices)
            )
        )

    async def send_conversation(
        self,
        draw: Callable[[Heading, Sequence[Utterance]], tuple[Panel, ...]],
        heading: Heading,
        utterances: Sequence[Utterance],
    ) -> None:
        """Show a whole conversation in new private messages, drawn outside the event loop when it is long."""
        if chars_of(utterances) < LONG_CHARS:
            panels = draw(heading, utterances)
        else:
            panels = await anyio.to_thread.run_sync(draw, heading, utterances)
        for panel in panels:
            self.send(panel)

    def _show(self, panel: Panel, *, redraw: bool) -> None:
        self._answered = True
        self._responder.post(
            ShowPanel(
                interaction_id=self.interaction.interaction_id,
                token=self.interaction.token,
                panel=panel,
                redraw=redraw,
            )
        )
