"""The panel's actor: answers commands, buttons, menus and forms in private, from what is stored.

Any press could be forged. So it is decoded strictly, and storage decides in the transaction that acts whether it is allowed.
"""

from collections.abc import Callable
from typing import assert_never

import anyio
import structlog

from actors.crash_report import described
from actors.figures import FiguresCollector
from actors.mailbox import Mailbox
from actors.panel.admin import AdminPanel, Breakers
from actors.panel.answer_buttons import AnswerButtons
from actors.panel.budget import BudgetPanel
from actors.panel.commands import ASK_AGAIN, SHOW_SESSION
from actors.panel.conversations import Conversations
from actors.panel.dependencies import Dependencies
from actors.panel.forms_view import form_again, refusal_panel
from actors.panel.help import HelpPanel
from actors.panel.input import InvalidInputError
from actors.panel.privacy import PrivacyPanel
from actors.panel.refused_forms import RefusedForm, RefusedForms
from actors.panel.response import Response
from actors.panel.session import SessionPanel
from actors.panel.undelivered import UndeliveredButtons
from actors.panel.user import UserPanel
from actors.recorder import Recorder
from current import Current
from discord_api.channel_tree import ChannelTree
from files.folder import Folder
from messages.admin_presses import AdminPress
from messages.courier import CourierMessage
from messages.custom_id import decode
from messages.eraser import EraserMessage
from messages.interaction import Interaction
from messages.panel import CommandUsed, ComponentPressed, FormSubmitted, MessageCommandUsed, OptionTyped, PanelMessage
from messages.presses import (
    EditAgain,
    EditSession,
    EditUser,
    NotePress,
    Press,
    PrivacyPress,
    SwitchOn,
    TurnPress,
    UserPress,
)
from messages.reload import Reloader
from messages.responder import ResponderMessage
from messages.supervisor import SupervisorMessage
from models.catalogue import Catalogue
from storage.permissions import Permissions
from texts.keys import PanelKey

log = structlog.get_logger()


class PanelActor:
    """One mailbox and one loop. Each interaction has a task of its own, because Discord waits 3 seconds at most."""

    def __init__(
        self,
        *,
        recorder: Recorder,
        responder: Mailbox[ResponderMessage],
        courier: Mailbox[CourierMessage],
        supervisor: Mailbox[SupervisorMessage],
        figures: FiguresCollector,
        models: Breakers,
        reloader: Reloader,
        channel_tree: ChannelTree,
        catalogue: Current[Catalogue],
        permissions: Current[Permissions],
        guide_url: Current[str],
        eraser: Mailbox[EraserMessage],
        files: Folder,
        retention_days: Current[int],
        clock: Callable[[], float],
    ) -> None:
        self.mailbox: Mailbox[PanelMessage] = Mailbox()
        self._responder = responder
        self._permissions = permissions
        dependencies = Dependencies(
            recorder=recorder, courier=courier, supervisor=supervisor, models=catalogue, clock=clock
        )
        self._refused_forms = RefusedForms()
        conversations = Conversations(dependencies)
        self._help = HelpPanel(dependencies, guide_url)
        self._user = UserPanel(dependencies, conversations)
        self._session = SessionPanel(dependencies, conversations)
        self._privacy = PrivacyPanel(dependencies, self._refused_forms, eraser, files, retention_days)
        self._budget = BudgetPanel(dependencies)
        self._admin = AdminPanel(
            dependencies, permissions, figures=figures, models=models, reloader=reloader, channel_tree=channel_tree
        )
        self._buttons = AnswerButtons(dependencies)
        self._undelivered = UndeliveredButtons(dependencies)
        self._answering = 0
        self._drained = anyio.Event()

    async def drain(self) -> None:
        """Return when every interaction has been answered."""
        while len(self.mailbox) or self._answering:
            self._drained = anyio.Event()
            await self._drained.wait()

    async def run(self) -> None:
        """Work until cancelled."""
        async with anyio.create_task_group() as tasks:
            while True:
                await self.mailbox.wait()
                self.mailbox.take_overflow()  # Discord has told those people that it failed, so they press again
                for message in self.mailbox.take_all():
                    self._answering += 1
                    tasks.start_soon(self._answer_one, message)

    async def _answer_one(self, message: PanelMessage) -> None:
        try:
            await self._answer(message)
        finally:
            self._answering -= 1
            self._drained.set()

    async def _answer(self, message: PanelMessage) -> None:
        press = decode(message.custom_id) if isinstance(message, ComponentPressed | FormSubmitted) else None
        response = self._response_to(message, press)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(response.defer_when_late)
            await self._guard(message, press, response)
            tasks.cancel_scope.cancel()

    def _response_to(self, message: PanelMessage, press: Press | None) -> Response:
        match message:
            case OptionTyped():
                defers, redraws = False, False
            case CommandUsed() | MessageCommandUsed():
                defers, redraws = True, False
            case ComponentPressed():
                defers = not isinstance(press, EditUser | EditSession | EditAgain)
                redraws = message.on_own_panel or isinstance(press, TurnPress)
            case FormSubmitted():
                defers, redraws = True, message.on_own_panel
            case _:
                assert_never(message)
        opens_form = isinstance(message, ComponentPressed) and not defers
        return Response(message.interaction, self._responder, defers=defers, redraws=redraws, opens_form=opens_form)

    async def _guard(self, message: PanelMessage, press: Press | None, response: Response) -> None:
        try:
            if not self._admits(message.interaction):
                self._refuse(message, None, response, "not_admitted")
            else:
                await self._do(message, press, response)
        except InvalidInputError as refusal:
            self._refuse(message, press, response, refusal.key)
        except Exception as error:  # noqa: BLE001 whatever failed, the person must hear of it
            log.error("panel.failed", message=type(message).__name__, press=type(press).__name__, **described(error))
            self._refuse(message, press, response, "storage_failed")

    def _admits(self, by: Interaction) -> bool:
        channels = (by.channel_id, *by.parents)
        return self._permissions.value.admits(user=by.user_id, guild=by.guild_id, channels=channels, roles=by.roles)

    async def _do(self, message: PanelMessage, press: Press | None, response: Response) -> None:
        match message:
            case OptionTyped(command="session", option="session", typed=typed):
                await self._user.complete(response, typed)
            case OptionTyped():
                response.offer(())
            case CommandUsed(name="help"):
                await self._help.command(response)
            case CommandUsed(name="user", options=options):
                await self._user.command(response, options)
            case CommandUsed(name="session", options=options):
                await self._session.command(response, options)
            case CommandUsed(name="privacy", options=options):
                await self._privacy.command(response, options)
            case CommandUsed(name="budget", options=options):
                await self._budget.command(response, options)
            case CommandUsed(name="causerie", options=options):
                await self._admin.command(response, options)
            case MessageCommandUsed(name=name, message_id=answer) if name == SHOW_SESSION:
                await self._session.of_answer(response, answer)
            case MessageCommandUsed(name=name, message_id=asked) if name == ASK_AGAIN:
                await self._buttons.ask_again(response, asked)
            case CommandUsed() | MessageCommandUsed():
                response.say("unknown_command")
            case ComponentPressed():
                await self._press(message, press, response)
            case FormSubmitted():
                await self._submit(message, press, response)
            case _:
                assert_never(message)

    async def _press(self, pressed: ComponentPressed, press: Press | None, response: Response) -> None:
        if press is None:
            response.say("unknown_press")
        elif isinstance(press, TurnPress):
            await self._buttons.press(response, press, pressed.message_id)
        elif isinstance(press, SwitchOn):
            await self._help.switch_on(response, press, on_help=pressed.on_own_panel)
        elif not pressed.on_own_panel:
            response.say("denied")
        elif isinstance(press, EditAgain):
            self._edit_again(response, press)
        elif isinstance(press, UserPress):
            await self._user.press(response, press, pressed.values)
        elif isinstance(press, AdminPress):
            await self._admin.press(response, press, pressed.values)
        elif isinstance(press, NotePress):
            await self._undelivered.press(response, press)
        elif isinstance(press, PrivacyPress):
            await self._privacy.press(response, press)
        else:
            await self._session.press(response, press, pressed.values)

    async def _submit(self, submitted: FormSubmitted, press: Press | None, response: Response) -> None:
        if not isinstance(press, EditUser | EditSession):
            response.say("unknown_press")
        elif not submitted.on_own_panel:
            response.say("denied")
        else:
            if isinstance(press, EditUser):
                await self._user.submit(response, press, submitted.fields)
            else:
                await self._session.submit(response, press, submitted.fields)
            self._refused_forms.forget(response.interaction.user_id, press)

    def _edit_again(self, response: Response, press: EditAgain) -> None:
        refused = self._refused_forms.find(press.form, response.interaction.user_id)
        if refused is None:
            response.say("form_forgotten")
        else:
            response.open_form(form_again(refused, response.locale))

    def _refuse(self, message: PanelMessage, press: Press | None, response: Response, key: PanelKey) -> None:
        """Say why nothing was done. What was typed into a form is kept; autocomplete can only show choices, and gets none."""
        if isinstance(message, OptionTyped):
            response.offer(())
        elif (
            isinstance(message, FormSubmitted)
            and isinstance(press, EditUser | EditSession)
            and key != "form_incomplete"
        ):
            interaction = message.interaction
            form = RefusedForm(press, dict(message.fields))
            self._refused_forms.keep(interaction.interaction_id, interaction.user_id, form)
            response.send(refusal_panel(key, interaction.interaction_id, response.locale))
        else:
            response.say(key)
