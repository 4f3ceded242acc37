"""What the fast lane asks of Discord for an interaction."""

from typing import Literal

from msgspec import Struct

from messages.components import Choice, Form, Panel
from messages.ids import InteractionId

State = Literal["waiting", "thinking", "redrawing", "shown", "formed", "chosen", "dead"]
CallbackKind = Literal["show", "think", "acknowledge", "redraw"]


class Callback(Struct, frozen=True, kw_only=True):
    """The first answer: `show` (type 4), `think` (5), `acknowledge` (6) or `redraw` (7).

    A redraw without a panel takes the message's buttons and leaves its text.
    """

    interaction_id: InteractionId
    token: str
    kind: CallbackKind
    panel: Panel | None = None


class FormCallback(Struct, frozen=True, kw_only=True):
    """The first answer, as a form (type 9)."""

    interaction_id: InteractionId
    token: str
    form: Form


class ChoicesCallback(Struct, frozen=True, kw_only=True):
    """The answer to autocomplete (type 8)."""

    interaction_id: InteractionId
    token: str
    choices: tuple[Choice, ...]


class EditAnswer(Struct, frozen=True, kw_only=True):
    """Redraw what the first answer shows; without a panel, take its buttons and leave its text."""

    interaction_id: InteractionId
    token: str
    panel: Panel | None


class DeleteAnswer(Struct, frozen=True, kw_only=True):
    """Take "is thinking…" away: there is nothing to show."""

    interaction_id: InteractionId
    token: str


class FollowUp(Struct, frozen=True, kw_only=True):
    """Send a further private message."""

    interaction_id: InteractionId
    token: str
    panel: Panel


class InvalidTransition(Struct, frozen=True, kw_only=True):
    """A message that cannot be obeyed any more. A fault of ours, to be logged; nothing is sent."""

    interaction_id: InteractionId
    message: str
    state: State


Deed = Callback | FormCallback | ChoicesCallback | EditAnswer | DeleteAnswer | FollowUp
