"""The command `/session` and *Show session*, their buttons, menu and form. Storage decides who may do what."""

from collections.abc import Sequence
from typing import assert_never

from actors.panel import input as given
from actors.panel.conversations import Conversations
from actors.panel.dependencies import Dependencies
from actors.panel.forms_view import SESSION_FIELDS, session_form, texts_of_session
from actors.panel.models_view import change_of_kind, page_of
from actors.panel.response import Response
from actors.panel.session_view import public_panel, remove_panel, session_panel
from actors.panel.transcript_view import files, heading_of
from messages.choices import Choices, Setting
from messages.ids import MessageId, SessionId
from messages.presses import (
    ChooseSessionModel,
    ChooseSetting,
    ConfirmPublic,
    ConfirmRemove,
    EditSession,
    Export,
    OpenSession,
    Remove,
    SessionPress,
    SetPublic,
)
from messages.verbs.sessions import (
    Dialogue,
    NoServer,
    NoSession,
    NotListed,
    ReadDialogue,
    RemoveSession,
    SessionShown,
    SetSession,
    StaleConfirmation,
)
from messages.verbs.users import SessionsRemoved
from messages.verbs.verb import Deny
from texts.say import say


class SessionPanel:
    """Acts on what a person did. Where the session is gone or closed to them, a sentence takes the place of its panel."""

    def __init__(self, dependencies: Dependencies, conversations: Conversations) -> None:
        self._dependencies = dependencies
        self._conversations = conversations

    async def command(self, response: Response, options: dict[str, given.Option]) -> None:
        """Answer `/session`.

        :raises InvalidInputError: when an option cannot be taken
        """
        given.only(options, *SESSION_FIELDS, "session")
        typed = options.get("session")
        await self._show(
            response,
            SetSession(
                by=response.interaction,
                now_s=self._dependencies.clock(),
                typed=None if typed is None else given.typed(typed),
                title=given.name(options["name"]) if "name" in options else None,
                system_msg=given.system_msg(options["system_msg"]) if "system_msg" in options else None,
            ),
            headline=say("saved", response.locale) if options.keys() & set(SESSION_FIELDS) else "",
        )

    async def of_answer(self, response: Response, answer: MessageId) -> None:
        """Answer *Show session* on a message."""
        await self._show(response, SetSession(by=response.interaction, now_s=self._dependencies.clock(), answer=answer))

    async def press(self, response: Response, press: SessionPress, values: Sequence[str]) -> None:
        """Answer a button or menu of the panel.

        :raises InvalidInputError: when what was chosen cannot be taken
        """
        by, now_s = response.interaction, self._dependencies.clock()
        match press:
            case OpenSession(session=session):
                await self._show(response, SetSession(by=by, now_s=now_s, session=session))
            case ConfirmPublic(session=session):
                await self._confirm_public(response, session)
            case SetPublic(session=session, public=public, confirmed=confirmed):
                await self._show(
                    response, SetSession(by=by, now_s=now_s, session=session, is_public=public, confirmed=confirmed)
                )
            case ChooseSessionModel(session=session):
                await self._choose_model(response, session, values)
            case ChooseSetting(session=session, setting=setting):
                await self._choose(response, session, setting, values)
            case ConfirmRemove(session=session):
                shown = await self._seen(response, session)
                if shown is None or not shown.may_remove:
                    response.redraw_as("denied")
                else:
                    response.redraw(remove_panel(shown, response.locale))
            case Remove(session=session):
                await self._remove(response, session)
            case Export(session=session):
                await self._export(response, session)
            case EditSession(session=session):
                shown = await self._own(response, session)
                if shown is None:
                    response.redraw_as("denied")
                else:
                    response.open_form(session_form(texts_of_session(shown), session, response.locale))
            case _:
                assert_never(press)

    async def submit(self, response: Response, press: EditSession, fields: Sequence[tuple[str, str]]) -> None:
        """Take the form that *Edit* opened.

        :raises InvalidInputError: when something in it cannot be taken
        """
        texts = given.fields_of(fields, SESSION_FIELDS)
        await self._show(
            response,
            SetSession(
                by=response.interaction,
                now_s=self._dependencies.clock(),
                session=press.session,
                title=given.name(texts["name"]),
                system_msg=given.system_msg(texts["system_msg"]),
            ),
            headline=say("saved", response.locale),
        )

    async def _choose_model(self, response: Response, session: SessionId, values: Sequence[str]) -> None:
        """Have a session go on with a model, and say what changes where it is of another kind; or show other models."""
        by, now_s, catalogue = response.interaction, self._dependencies.clock(), self._dependencies.catalogue
        page, headline = page_of(values), ""
        model = None if page is not None else given.model(values, catalogue)
        if model is not None and catalogue.has_kinds:
            before = await self._own(response, session)
            if before is not None and before.utterances:
                headline = change_of_kind(catalogue, before.model, model, response.locale)
        await self._show(response, SetSession(by=by, now_s=now_s, session=session, model=model), page, headline)

    async def _show(
        self, response: Response, verb: SetSession, models_page: int | None = None, headline: str = ""
    ) -> None:
        verdict = await self._dependencies.execute(verb)
        match verdict:
            case SessionShown():
                self._dependencies.announce(verdict.ended)
                self._redraw(response, verdict, headline, models_page=models_page)
            case Deny():
                response.redraw_as("denied")
            case NotListed():
                response.redraw_as("not_listed")
            case NoSession():
                response.redraw_as("no_current_session")
            case StaleConfirmation(shown=shown):
                response.redraw(public_panel(shown, response.locale))
            case NoServer():
                await self._say_no_server(response, verb.session)

    async def _say_no_server(self, response: Response, session: SessionId | None) -> None:
        shown = None if session is None else await self._own(response, session)
        if shown is None:
            response.redraw_as("no_server")
        else:
            self._redraw(response, shown, say("no_server", response.locale))

    def _redraw(
        self, response: Response, shown: SessionShown, headline: str = "", models_page: int | None = None
    ) -> None:
        response.redraw(session_panel(shown, self._dependencies.catalogue, response.locale, headline, models_page))

    async def _own(self, response: Response, session: SessionId) -> SessionShown | None:
        """The session, if the person owns it; nothing is changed."""
        shown = await self._seen(response, session)
        return shown if shown is not None and shown.is_own else None

    async def _seen(self, response: Response, session: SessionId) -> SessionShown | None:
        """The session, if the person may see it; nothing is changed."""
        verdict = await self._dependencies.execute(
            SetSession(by=response.interaction, now_s=self._dependencies.clock(), session=session)
        )
        return verdict if isinstance(verdict, SessionShown) else None

    async def _choose(self, response: Response, session: SessionId, setting: Setting, values: Sequence[str]) -> None:
        """Set what was chosen in a menu, if the session's model offers it.

        :raises InvalidInputError: it does not, or not any more
        """
        shown = await self._own(response, session)
        if shown is None:
            response.redraw_as("denied")
            return
        value = given.setting(values, setting, self._dependencies.catalogue.get(shown.model))
        choices = Choices(**{setting: value})
        now_s = self._dependencies.clock()
        await self._show(response, SetSession(by=response.interaction, now_s=now_s, session=session, choices=choices))

    async def _confirm_public(self, response: Response, session: SessionId) -> None:
        shown = await self._own(response, session)
        if shown is None:
            response.redraw_as("denied")
        elif shown.is_public:  # by another panel, since this one was drawn
            self._redraw(response, shown)
        elif not shown.may_be_public:
            self._redraw(response, shown, say("no_server", response.locale))
        else:
            response.redraw(public_panel(shown, response.locale))

    async def _remove(self, response: Response, session: SessionId) -> None:
        verdict = await self._dependencies.execute(
            RemoveSession(by=response.interaction, session=session, now_s=self._dependencies.clock())
        )
        match verdict:
            case SessionsRemoved(ended=ended):
                self._dependencies.announce(ended)
                response.redraw_as("session_removed")
            case Deny():
                response.redraw_as("denied")

    async def _export(self, response: Response, session: SessionId) -> None:
        verdict = await self._dependencies.execute(ReadDialogue(by=response.interaction, session=session))
        match verdict:
            case Dialogue():
                await self._conversations.send(response, session, verdict, files, heading_of)
            case Deny():
                response.redraw_as("denied")
