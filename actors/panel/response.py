"""Answers one interaction: at once when the answer is ready soon, otherwise by a deferral that the answer follows."""

from collections.abc import Callable, Sequence
from typing import Final

import anyio
import anyio.to_thread

from actors.mailbox import Mailbox
from actors.panel.transcript_view import Heading, chars_of
from messages.components import Choice, Form, Panel, simple_panel
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
from messages.turn import Utterance
from texts.keys import PanelKey
from texts.say import Locale, locale_for, say

DEFER_AFTER_S: Final = 0.5
"""Discord gives 3 seconds for the first answer (Receiving and Responding); most of that is left for the way there."""

GIVE_UP_AFTER_S: Final = 2.0
"""A form that is not ready by then would come too late."""

LONG_CHARS: Final = 50_000
"""Drawing a conversation with more code points than this takes milliseconds, so a worker thread does it."""


class Response:
    """The answer to one interaction. It is deferred at most once, and only before the answer."""

    def __init__(
        self,
        interaction: Interaction,
        responder: Mailbox[ResponderMessage],
        *,
        defers: bool = True,
        redraws: bool = False,
        opens_form: bool = False,
    ) -> None:
        """Prepare the answer; nothing is sent yet.

        `defers` is false for autocomplete, which Discord cannot defer, and for a press that opens a form, which cannot
        follow a deferral; `opens_form` is true for the latter. `redraws` is true when the panel that was pressed is
        redrawn; its deferral shows nothing.
        """
        self.interaction = interaction
        self.locale: Locale = locale_for(interaction.locale)
        """The language in which this person reads."""
        self._responder = responder
        self._defers = defers
        self._redraws = redraws
        self._opens_form = opens_form
        self._answered = False
        self._gave_up = False
        """Whether the person was told to try again, because a form was not ready in time: then nothing else follows."""

    async def defer_when_late(self) -> None:
        """Wait, then tell Discord that the answer will come, unless it has come within half a second of the event.

        A form cannot follow a deferral: when it is not ready in time, the person is told to try again.
        """
        if not self._defers:
            await anyio.sleep_until(self.interaction.received_s + GIVE_UP_AFTER_S)
            if self._opens_form and not self._answered:
                self.say("busy")
                self._gave_up = True
            return
        await anyio.sleep_until(self.interaction.received_s + DEFER_AFTER_S)
        if not self._answered:
            self._responder.post(
                Defer(
                    interaction_id=self.interaction.interaction_id, token=self.interaction.token, redraw=self._redraws
                )
            )

    def redraw(self, panel: Panel) -> None:
        """Show a panel in place of the one that was pressed; after a command, in a new private message."""
        self._show(panel, redraw=self._redraws)

    def send(self, panel: Panel) -> None:
        """Show a panel in a new private message; the panel that was pressed stays as it is."""
        if self._gave_up or not self._answered:
            self._show(panel, redraw=False)
            return
        self._responder.post(
            SendPrivately(
                interaction_id=self.interaction.interaction_id,
                token=self.interaction.token,
                panel=panel,
                locale=self.locale,
            )
        )

    async def send_conversation(
        self,
        draw: Callable[[Heading, Sequence[Utterance], Locale], tuple[Panel, ...]],
        heading: Heading,
        utterances: Sequence[Utterance],
    ) -> None:
        """Show what a function of `transcript_view` draws in new private messages. Drawing does not hold up the event loop."""
        if chars_of(utterances) < LONG_CHARS:
            panels = draw(heading, utterances, self.locale)
        else:
            panels = await anyio.to_thread.run_sync(draw, heading, utterances, self.locale)
        for panel in panels:
            self.send(panel)

    def say(self, key: PanelKey) -> None:
        """Show one sentence in a new private message."""
        self.send(self._sentence(key))

    def redraw_as(self, key: PanelKey) -> None:
        """Show one sentence in place of the panel that was pressed."""
        self.redraw(self._sentence(key))

    def acknowledge(self, *, drop_buttons: bool = False) -> None:
        """Tell Discord that a press was heard; its effect is seen elsewhere."""
        self._answered = True
        self._responder.post(
            AcknowledgePress(
                interaction_id=self.interaction.interaction_id, token=self.interaction.token, drop_buttons=drop_buttons
            )
        )

    def open_form(self, form: Form) -> None:
        """Answer with a form, unless the interaction has been answered because it took too long."""
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

    def _sentence(self, key: PanelKey) -> Panel:
        return simple_panel(say(key, self.locale))

    def _show(self, panel: Panel, *, redraw: bool) -> None:
        if self._gave_up:
            return
        self._answered = True
        self._responder.post(
            ShowPanel(
                interaction_id=self.interaction.interaction_id,
                token=self.interaction.token,
                panel=panel,
                redraw=redraw,
                locale=self.locale,
            )
        )
