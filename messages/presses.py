"""What a button, menu or form asks for: the typed messages that its `custom_id` carries."""

from typing import Literal

from msgspec import Struct

from messages.ids import SessionId, TurnId

Status = Literal["disable", "new", "activate"]
"""Whether and where the bot answers a person."""


class ChooseStatus(Struct, frozen=True, array_like=True, tag="status"):
    """The button that sets the presser's status. `page` is the page of sessions that the panel shows, from 0."""

    status: Status
    page: int


class ShowPublic(Struct, frozen=True, array_like=True, tag="show_public"):
    """The button that sets whether others' public sessions are listed too."""

    on: bool
    page: int


class Attach(Struct, frozen=True, array_like=True, tag="attach"):
    """The button that sets whether a new session becomes the one to go on with."""

    on: bool
    page: int


class ChooseModel(Struct, frozen=True, array_like=True, tag="model"):
    """The menu of models for new sessions; the value is the model's name."""

    page: int


class ChooseSession(Struct, frozen=True, array_like=True, tag="sessions"):
    """The menu of sessions; the value is the session's id."""

    page: int


class OpenUser(Struct, frozen=True, array_like=True, tag="user"):
    """The button that shows the user's panel, with this page of sessions; it changes nothing."""

    page: int


class ConfirmClear(Struct, frozen=True, array_like=True, tag="clear?"):
    """The button *Clear*: asks for confirmation first."""


class Clear(Struct, frozen=True, array_like=True, tag="clear"):
    """The confirmation of *Clear*: removes the presser's own sessions that existed when it was asked.

    `newest` is the newest of them; sessions cannot change hands, so those up to it are those that were counted.
    """

    newest: SessionId


class EditUser(Struct, frozen=True, array_like=True, tag="edit_user"):
    """The button that opens the form of the user's settings; also the form's own name."""

    page: int


class OpenSession(Struct, frozen=True, array_like=True, tag="session"):
    """The button that shows a session's panel; it changes nothing."""

    session: SessionId


class ConfirmPublic(Struct, frozen=True, array_like=True, tag="public?"):
    """The button that would make a session public: says first what that means."""

    session: SessionId


class SetPublic(Struct, frozen=True, array_like=True, tag="public"):
    """Makes a session private, or public after the confirmation, which said how many utterances that opens."""

    session: SessionId
    public: bool
    listed: int


class ChooseSessionModel(Struct, frozen=True, array_like=True, tag="session_model"):
    """The menu of models for what follows in a session; the value is the model's name."""

    session: SessionId


class ConfirmRemove(Struct, frozen=True, array_like=True, tag="remove?"):
    """The button *Remove*: asks for confirmation first."""

    session: SessionId


class Remove(Struct, frozen=True, array_like=True, tag="remove"):
    """The confirmation of *Remove*."""

    session: SessionId


class Export(Struct, frozen=True, array_like=True, tag="export"):
    """The button that sends a session's conversation as a file."""

    session: SessionId


class EditSession(Struct, frozen=True, array_like=True, tag="edit_session"):
    """The button that opens the form of a session's name and system message; also the form's own name."""

    session: SessionId


class Stop(Struct, frozen=True, array_like=True, tag="stop"):
    """The button that ends an answer as far as it is."""

    turn: TurnId


class Retry(Struct, frozen=True, array_like=True, tag="retry"):
    """The button that asks the same question again."""

    turn: TurnId


class RetryWithDefault(Struct, frozen=True, array_like=True, tag="default"):
    """The button that has a session whose model is gone go on with the default model, and the question asked again."""

    turn: TurnId


class Continue(Struct, frozen=True, array_like=True, tag="continue"):
    """The button that has an answer carried on."""

    turn: TurnId


class ShowUndelivered(Struct, frozen=True, array_like=True, tag="undelivered"):
    """The button that sends privately what could not be delivered, and leaves the panel as it is."""


class Dismiss(Struct, frozen=True, array_like=True, tag="dismiss"):
    """The button that says that something which could not be delivered has been read."""

    note: int


UserPress = (
    ChooseStatus | ShowPublic | Attach | ChooseModel | ChooseSession | OpenUser | ConfirmClear | Clear | EditUser
)
"""What can be pressed on `/user`. It is about the presser, whoever that is."""

SessionPress = (
    OpenSession | ConfirmPublic | SetPublic | ChooseSessionModel | ConfirmRemove | Remove | Export | EditSession
)
"""What can be pressed on `/session`."""

NotePress = ShowUndelivered | Dismiss
"""What can be pressed about what could not be delivered. It is about the presser, whoever that is."""

TurnPress = Stop | Retry | Continue | RetryWithDefault
"""What can be pressed on an answer."""

Press = UserPress | SessionPress | NotePress | TurnPress
"""What a `custom_id` says. It is decoded strictly and checked as if a stranger had forged it."""
