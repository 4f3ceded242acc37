"""What a button, menu or form says: the typed messages that its `custom_id` carries.

The ranges of their fields are checked when a `custom_id` is decoded: see `custom_id.py`.
"""

from typing import Literal

from msgspec import Struct

from messages.admin_presses import AdminPress
from messages.choices import Setting
from messages.pressed import Count, Page, PressedInteraction, PressedNote, PressedSession, PressedTurn

Status = Literal["disable", "new", "activate"]
"""Whether and where the bot answers a person."""


class ChooseStatus(Struct, frozen=True, array_like=True, tag="status"):
    """The buttons *new*, *activate* and *disable*: set the presser's status.

    Here and below, `page` is the page of sessions that the panel shows.
    """

    status: Status
    page: Page


class SwitchOn(Struct, frozen=True, array_like=True, tag="on"):
    """The buttons *new* and *activate* below the hint: set the status of whoever presses. Everybody sees the hint."""

    to: Literal["new", "activate"]


class ShowPublic(Struct, frozen=True, array_like=True, tag="show_public"):
    """The button *Show public*: sets whether the menu also has others' public sessions."""

    on: bool
    page: Page


class Attach(Struct, frozen=True, array_like=True, tag="attach"):
    """The button *Attach*: sets whether a new session becomes the current one."""

    on: bool
    page: Page


class Speak(Struct, frozen=True, array_like=True, tag="speak"):
    """The button *Voice*: sets whether answers are read aloud, too."""

    on: bool
    page: Page


class ChooseModel(Struct, frozen=True, array_like=True, tag="model"):
    """The menu of models for new sessions; the chosen value is a model's name."""

    page: Page


class ChooseSession(Struct, frozen=True, array_like=True, tag="sessions"):
    """The menu of sessions; the chosen value is a session's id."""

    page: Page


class OpenUser(Struct, frozen=True, array_like=True, tag="user"):
    """The buttons *Previous*, *Next* and *Keep them*: show the user's panel with this page of sessions; change nothing."""

    page: Page


class ConfirmClear(Struct, frozen=True, array_like=True, tag="clear?"):
    """The button *Clear*: has the removal confirmed first."""


class Clear(Struct, frozen=True, array_like=True, tag="clear"):
    """The confirmation of *Clear*: removes the sessions of the presser that existed when *Clear* was pressed.

    `newest` was the newest of them. Sessions never change their owner, so those up to it are the ones that were counted.
    """

    newest: PressedSession


class EditUser(Struct, frozen=True, array_like=True, tag="edit_user"):
    """The button *Edit* of `/user`, which opens a form; also the `custom_id` of that form."""

    page: Page


class EditAgain(Struct, frozen=True, array_like=True, tag="edit_again"):
    """The button *Edit again* on the refusal of a form: opens the form with what was typed into it.

    `form` is the interaction that submitted it.
    """

    form: PressedInteraction


class OpenSession(Struct, frozen=True, array_like=True, tag="session"):
    """The buttons *Keep it* and *Keep it private*: show the session's panel; change nothing."""

    session: PressedSession


class ConfirmPublic(Struct, frozen=True, array_like=True, tag="public?"):
    """The button *Public: no*: says what making the session public means, and has it confirmed."""

    session: PressedSession


class SetPublic(Struct, frozen=True, array_like=True, tag="public"):
    """The buttons *Public: yes* and *Make it public*: make a session private, or public.

    `confirmed` is the number of utterances that the confirmation named; storage opens no more than those.
    """

    session: PressedSession
    public: bool
    confirmed: Count


class ChooseSessionModel(Struct, frozen=True, array_like=True, tag="session_model"):
    """The menu of models for what follows in a session; the chosen value is a model's name."""

    session: PressedSession


class ChooseSetting(Struct, frozen=True, array_like=True, tag="setting"):
    """The menus of what the session's model lets its owner choose, such as the size of pictures; the value is one that it offers."""

    session: PressedSession
    setting: Setting


class ConfirmRemove(Struct, frozen=True, array_like=True, tag="remove?"):
    """The button *Remove*: has the removal confirmed first."""

    session: PressedSession


class Remove(Struct, frozen=True, array_like=True, tag="remove"):
    """The confirmation of *Remove*: removes the session."""

    session: PressedSession


class Export(Struct, frozen=True, array_like=True, tag="export"):
    """The button *Export*: sends a session's conversation as a file."""

    session: PressedSession


class EditSession(Struct, frozen=True, array_like=True, tag="edit_session"):
    """The button *Edit* of `/session`, which opens a form; also the `custom_id` of that form."""

    session: PressedSession


class Stop(Struct, frozen=True, array_like=True, tag="stop"):
    """The button *Stop*: ends an answer that is being written; its text so far stays."""

    turn: PressedTurn


class Retry(Struct, frozen=True, array_like=True, tag="retry"):
    """The button *Retry*: asks the same question again."""

    turn: PressedTurn


class RetryWithDefault(Struct, frozen=True, array_like=True, tag="default"):
    """The button *Ask … from now on*: gives a session whose model is gone the default model, and asks the question again."""

    turn: PressedTurn


class Continue(Struct, frozen=True, array_like=True, tag="continue"):
    """The button *Continue*: has the model go on with an answer that was cut off."""

    turn: PressedTurn


class ShowUndelivered(Struct, frozen=True, array_like=True, tag="undelivered"):
    """The button *Undelivered*: sends, in private, what could not be delivered; the panel stays as it is."""


class Dismiss(Struct, frozen=True, array_like=True, tag="dismiss"):
    """The button *Dismiss*: the person has read a message that could not be delivered; it is forgotten."""

    note: PressedNote


class ShowReasoning(Struct, frozen=True, array_like=True, tag="reasoning"):
    """The button *Reasoning*: sends, in private, what the model reasoned before this answer."""

    turn: PressedTurn


class OpenPrivacy(Struct, frozen=True, array_like=True, tag="privacy"):
    """The button *Keep everything*: show what is stored about the presser; change nothing."""


class ExportData(Struct, frozen=True, array_like=True, tag="export_data"):
    """The button *Export* of `/privacy`: sends everything that is stored about the presser as a file."""


class ConfirmForget(Struct, frozen=True, array_like=True, tag="forget?"):
    """The button *Forget me*: says what goes, and has it confirmed first."""


class Forget(Struct, frozen=True, array_like=True, tag="forget"):
    """The confirmation of *Forget me*: has everything of the presser erased.

    `newest` was their newest session when it was shown, 0 for none; with a newer one the confirmation is shown again.
    """

    newest: Count


UserPress = (
    ChooseStatus
    | ShowPublic
    | Attach
    | Speak
    | ChooseModel
    | ChooseSession
    | OpenUser
    | ConfirmClear
    | Clear
    | EditUser
)
"""What can be pressed on `/user`. It always concerns the presser."""

SessionPress = (
    OpenSession
    | ConfirmPublic
    | SetPublic
    | ChooseSessionModel
    | ChooseSetting
    | ConfirmRemove
    | Remove
    | Export
    | EditSession
)
"""What can be pressed on `/session`."""

PrivacyPress = OpenPrivacy | ExportData | ConfirmForget | Forget
"""What can be pressed on `/privacy`. It always concerns the presser."""

NotePress = ShowUndelivered | Dismiss
"""What can be pressed about undelivered messages. It always concerns the presser."""

TurnPress = Stop | Retry | Continue | RetryWithDefault | ShowReasoning
"""What can be pressed on an answer."""

Press = UserPress | SessionPress | NotePress | PrivacyPress | TurnPress | AdminPress | SwitchOn | EditAgain
"""Everything that a `custom_id` can say. Anybody can forge one, so storage checks the presser's rights."""
