"""What the courier's fast lane hears: answers to interactions.

An interaction is answered once within 3 seconds of its event; a deferral counts and gives 15 minutes for what is shown.
"""

from msgspec import Struct

from messages.components import Choice, Form, Panel
from messages.ids import InteractionId


class Defer(Struct, frozen=True, kw_only=True, tag="defer"):
    """The answer is not ready: say to Discord that it will come, in a new private message or by redrawing.

    From the panel, half a second after the event. Needless, and left out, where the answer has been given.
    """

    interaction_id: InteractionId
    token: str
    redraw: bool


class ShowPanel(Struct, frozen=True, kw_only=True, tag="show_panel"):
    """Answer an interaction: with a new private message, or by redrawing the message it came from.

    After a deferral the same is shown by the deferral's way.
    """

    interaction_id: InteractionId
    token: str
    panel: Panel
    redraw: bool


class SendPrivately(Struct, frozen=True, kw_only=True, tag="send_privately"):
    """A further private message to the person, after the answer."""

    interaction_id: InteractionId
    token: str
    panel: Panel


class AcknowledgePress(Struct, frozen=True, kw_only=True, tag="acknowledge_press"):
    """Say to Discord that a press was heard; with `drop_buttons` the message it came from loses its buttons."""

    interaction_id: InteractionId
    token: str
    drop_buttons: bool


class OpenForm(Struct, frozen=True, kw_only=True, tag="open_form"):
    """Answer a press or a command with a form. Nothing may have been deferred before."""

    interaction_id: InteractionId
    token: str
    form: Form


class OfferChoices(Struct, frozen=True, kw_only=True, tag="offer_choices"):
    """Answer autocomplete with at most 25 choices; none is an answer too."""

    interaction_id: InteractionId
    token: str
    choices: tuple[Choice, ...]


ResponderMessage = Defer | ShowPanel | SendPrivately | AcknowledgePress | OpenForm | OfferChoices
