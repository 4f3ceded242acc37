"""What comes of `/session`, *Show session*, their buttons, menu and form. Storage says who may."""

from collections.abc import Sequence
from typing import assert_never

from actors.panel import input as given
from actors.panel.forms_view import SESSION_FIELDS, session_form
from actors.panel.response import Partners, Response
from actors.panel.session_view import public_panel, remove_panel, session_panel
from actors.panel.transcript_view import files, heading_of
from messages.ids import MessageId, SessionId
from messages.presses import (
    ChooseSessionModel,
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
    ReadDialogue,
    RemoveSession,
    SessionShown,
    SetSession,
    StaleConfirmation,
)
from messages.verbs.users import SessionsRemoved
from messages.verbs.verb import Deny
from texts.panels import DENIED, NO_SERVER, NO_SESSION, REMOVED, notice


class SessionPanel:
    """A press on a session that is gone, or was closed to the presser, takes its panel's place with a sentence."""

    def __init__(self, partners: Partners) -> None:
        self._partners = partners

    async def command(self, response: Response, options: dict[str, given.Option]) -> None:
        """Answer `/session`.

        :raises NotTakenError: when an option cannot be taken
        """
        given.only(options, *SESSION_FIELDS, "session")
        typed = options.get("session")
        await self._show(
            response,
            SetSession(
                by=response.interaction,
                now_s=self._partners.clock(),
                typed=None if typed is None else given.typed(typed),
                title=given.name(options["name"]) if "name" in options else None,
                system_msg=given.system_msg(options["system_msg"]) if "system_msg" in options else None,
            ),
        )

    async def of_answer(self, response: Response, answer: MessageId) -> None:
        """Answer *Show session* on a message."""
        await self._show(response, SetSession(by=response.interaction, now_s=self._partners.clock(), answer=answer))

    async def press(self, response: Response, press: SessionPress, values: Sequence[str]) -> None:
        """Answer a button or menu of the panel.

        :raises NotTakenError: when what was chosen cannot be taken
        """
        by, now_s = response.interaction, self._partners.clock()
        match press:
            case OpenSession(session=session):
                await self._show(response, SetSession(by=by, now_s=now_s, session=session))
            case ConfirmPublic(session=session):
                await self._ask_public(response, session)
            case SetPublic(session=session, public=public, listed=listed):
                await self._show(
                    response, SetSession(by=by, now_s=now_s, session=session, is_public=public, listed=listed)
                )
            case ChooseSessionModel(session=session):
                model = given.model(values, self._partners.catalogue)
                await self._show(response, SetSession(by=by, now_s=now_s, session=session, model=model))
            case ConfirmRemove(session=session):
                shown = await self._own(response, session)
                response.redraw(notice(DENIED) if shown is None else remove_panel(shown))
            case Remove(session=session):
                await self._remove(response, session)
            case Export(session=session):
                await self._export(response, session)
            case EditSession(session=session):
                shown = await self._own(response, session)
                if shown is None:
                    response.redraw(notice(DENIED))
                else:
                    response.open_form(session_form(shown))
            case _:
                assert_never(press)

    async def submit(self, response: Response, press: EditSession, fields: Sequence[tuple[str, str]]) -> None:
        """Take the form that *Edit* opened.

        :raises NotTakenError: when something in it cannot be taken
        """
        texts = given.fields_of(fields, SESSION_FIELDS)
        await self._show(
            response,
            SetSession(
                by=response.interaction,
                now_s=self._partners.clock(),
                session=press.session,
                title=given.name(texts["name"]),
                system_msg=given.system_msg(texts["system_msg"]),
            ),
        )

    async def _show(self, response: Response, verb: SetSession) -> None:
        verdict = await self._partners.recorder.execute(verb)
        match verdict:
            case SessionShown():
                self._partners.tell(verdict.ended)
                response.redraw(session_panel(verdict, self._partners.catalogue))
            case Deny():
                response.redraw(notice(DENIED))
            case NoSession():
                response.redraw(notice(NO_SESSION))
            case StaleConfirmation(shown=shown):
                response.redraw(public_panel(shown))
            case NoServer():
                await self._say_no_server(response, verb.session)

    async def _say_no_server(self, response: Response, session: SessionId | None) -> None:
        shown = None if session is None else await self._own(response, session)
        response.redraw(
            notice(NO_SERVER) if shown is None else session_panel(shown, self._partners.catalogue, NO_SERVER)
        )

    async def _own(self, response: Response, session: SessionId) -> SessionShown | None:
        """The session, if the person owns it; nothing is changed."""
        verdict = await self._partners.recorder.execute(
            SetSession(by=response.interaction, now_s=self._partners.clock(), session=session)
        )
        return verdict if isinstance(verdict, SessionShown) and verdict.is_own else None

    async def _ask_public(self, response: Response, session: SessionId) -> None:
        shown = await self._own(response, session)
        if shown is None:
            response.redraw(notice(DENIED))
        elif shown.is_public:  # by another panel, since this one was drawn
            response.redraw(session_panel(shown, self._partners.catalogue))
        elif not shown.may_be_public:
            response.redraw(session_panel(shown, self._partners.catalogue, NO_SERVER))
        else:
            response.redraw(public_panel(shown))

    async def _remove(self, response: Response, session: SessionId) -> None:
        verdict = await self._partners.recorder.execute(
            RemoveSession(by=response.interaction, session=session, now_s=self._partners.clock())
        )
        match verdict:
            case SessionsRemoved(ended=ended):
                self._partners.tell(ended)
                response.redraw(notice(REMOVED))
            case Deny():
                response.redraw(notice(DENIED))

    async def _export(self, response: Response, session: SessionId) -> None:
        verdict = await self._partners.recorder.execute(ReadDialogue(by=response.interaction, session=session))
        match verdict:
            case Dialogue(utterances=utterances):
                await response.send_conversation(files, heading_of(verdict), utterances)
            case Deny():
                response.redraw(notice(DENIED))
