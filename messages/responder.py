"""The messages in the responder's mailbox: answers to interactions. From the panel.

Discord wants one answer within 3 seconds of the event. A deferral counts as one, and gives 15 minutes for the rest.
"""

from msgspec import Struct

from messages.components import Choice, Form, Panel
from messages.ids import InteractionId


class Defer(Struct, frozen=True, kw_only=True, tag="defer"):
    """The answer is not ready: tell Discord that it will come, in a new private message or by redrawing.

    The panel sends this half a second after the event. It is ignored when the answer has been given.
    """

    interaction_id: InteractionId
    token: str
    redraw: bool


class ShowPanel(Struct, frozen=True, kw_only=True, tag="show_panel"):
    """Answer an interaction with a new private message, or by redrawing the message that was pressed.

    After a deferral, the panel appears where the deferral announced it.
    """

    interaction_id: InteractionId
    token: str
    panel: Panel
    redraw: bool
    locale: str = ""
    """The person's language, by Discord's name: something may have to be said about what Discord does not take."""


class SendPrivately(Struct, frozen=True, kw_only=True, tag="send_privately"):
    """Send the person a further private message, after the answer."""

    interaction_id: InteractionId
    token: str
    panel: Panel
    locale: str = ""
    """As in `ShowPanel`."""


class AcknowledgePress(Struct, frozen=True, kw_only=True, tag="acknowledge_press"):
    """Tell Discord that a press was heard; with `drop_buttons`, the message that was pressed loses its buttons."""

    interaction_id: InteractionId
    token: str
    drop_buttons: bool


class OpenForm(Struct, frozen=True, kw_only=True, tag="open_form"):
    """Answer a press or a command with a form. Discord takes none after a deferral."""

    interaction_id: InteractionId
    token: str
    form: Form


class OfferChoices(Struct, frozen=True, kw_only=True, tag="offer_choices"):
    """Answer autocomplete with at most 25 choices, perhaps with none."""

    interaction_id: InteractionId
    token: str
    choices: tuple[Choice, ...]


ResponderMessage = Defer | ShowPanel | SendPrivately | AcknowledgePress | OpenForm | OfferChoices
