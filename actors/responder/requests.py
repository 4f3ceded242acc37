"""The requests with which an interaction is answered, and which of them a message becomes. Pure."""

from typing import Literal, assert_never

from msgspec import Struct

from messages.components import Choice, Form, Panel
from messages.ids import InteractionId
from messages.responder import (
    AcknowledgePress,
    Defer,
    OfferChoices,
    OpenForm,
    ResponderMessage,
    SendPrivately,
    ShowPanel,
)

State = Literal["waiting", "thinking", "redrawing", "shown", "formed", "chosen", "dead"]
CallbackKind = Literal["show", "think", "acknowledge", "redraw"]

RequestKind = Literal[CallbackKind, "form", "choices", "edit", "delete", "follow_up"]
"""The kinds of first answers, and of what can follow them."""

MessageKind = Literal[
    "defer", "defer_redraw", "show", "redraw", "send", "acknowledge", "drop_buttons", "form", "choices"
]
"""What a message wants: `show` a panel in a new private message, or `redraw` the message that was pressed, or `defer` either;
`send` a further private message; `acknowledge` a press, perhaps to `drop_buttons`; a `form`; `choices` of autocomplete."""


class Callback(Struct, frozen=True, kw_only=True):
    """The first answer: `show` (type 4), `think` (5), `acknowledge` (6) or `redraw` (7).

    A redraw without a panel removes the message's buttons and keeps its text.
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
    """Redraw what the first answer shows; without a panel, remove its buttons and keep its text."""

    interaction_id: InteractionId
    token: str
    panel: Panel | None


class DeleteAnswer(Struct, frozen=True, kw_only=True):
    """Delete "is thinking…", because there is nothing to show."""

    interaction_id: InteractionId
    token: str


class FollowUp(Struct, frozen=True, kw_only=True):
    """Send a further private message."""

    interaction_id: InteractionId
    token: str
    panel: Panel


class InvalidTransition(Struct, frozen=True, kw_only=True):
    """A message that does not fit the state. It is a mistake of ours that is logged; nothing is sent."""

    interaction_id: InteractionId
    message: str
    state: State


Request = Callback | FormCallback | ChoicesCallback | EditAnswer | DeleteAnswer | FollowUp


def kind_of_message(message: ResponderMessage) -> MessageKind:
    """Return what a message wants."""
    match message:
        case Defer():
            return "defer_redraw" if message.redraw else "defer"
        case ShowPanel():
            return "redraw" if message.redraw else "show"
        case SendPrivately():
            return "send"
        case AcknowledgePress():
            return "drop_buttons" if message.drop_buttons else "acknowledge"
        case OpenForm():
            return "form"
        case OfferChoices():
            return "choices"
        case _:
            assert_never(message)


def kind_of_request(request: Request) -> RequestKind:
    """Return the kind of a request."""
    match request:
        case Callback():
            return request.kind
        case FormCallback():
            return "form"
        case ChoicesCallback():
            return "choices"
        case EditAnswer():
            return "edit"
        case DeleteAnswer():
            return "delete"
        case FollowUp():
            return "follow_up"
        case _:
            assert_never(request)


def request_for(kind: RequestKind, message: ResponderMessage) -> Request:
    """Return the request of this kind that does what a message wants.

    :raises ValueError: when the message does not hold what such a request needs
    """
    interaction_id, token = message.interaction_id, message.token
    panel = message.panel if isinstance(message, ShowPanel | SendPrivately) else None
    match kind:
        case "show" | "think" | "acknowledge" | "redraw":
            return Callback(interaction_id=interaction_id, token=token, kind=kind, panel=panel)
        case "edit":
            return EditAnswer(interaction_id=interaction_id, token=token, panel=panel)
        case "delete":
            return DeleteAnswer(interaction_id=interaction_id, token=token)
        case "follow_up" if panel is not None:
            return FollowUp(interaction_id=interaction_id, token=token, panel=panel)
        case "form" if isinstance(message, OpenForm):
            return FormCallback(interaction_id=interaction_id, token=token, form=message.form)
        case "choices" if isinstance(message, OfferChoices):
            return ChoicesCallback(interaction_id=interaction_id, token=token, choices=message.choices)
        case _:
            raise ValueError(f"{type(message).__name__} cannot be sent as {kind}")
