"""What comes of `/user`, its buttons, menus and form."""

from collections.abc import Sequence
from typing import assert_never

from msgspec import UNSET, UnsetType

from actors.panel import input as given
from actors.panel.forms_view import USER_FIELDS, user_form
from actors.panel.response import Partners, Reply
from actors.panel.transcript_view import heading_of_chosen, messages
from actors.panel.user_view import clear_panel, user_panel
from messages.components import Choice
from messages.panel import (
    AskClear,
    Attach,
    ChooseModel,
    ChooseSession,
    ChooseStatus,
    Clear,
    EditUser,
    OpenUser,
    ShowPublic,
    Status,
    UserPress,
)
from messages.verbs.users import (
    SESSIONS_A_PAGE,
    ClearSessions,
    FindSessions,
    GoOnWith,
    SessionChosen,
    SetUser,
    UserShown,
)
from messages.verbs.verb import Deny
from texts.escaping import one_line
from texts.panels import DENIED, NOTHING_TO_REMOVE, counted


class UserPanel:
    """It is about whoever uses it; nobody can name another person."""

    def __init__(self, partners: Partners) -> None:
        self._partners = partners

    async def command(self, reply: Reply, options: dict[str, given.Option]) -> None:
        """Answer `/user`.

        :raises NotTakenError: when an option cannot be taken
        """
        given.only(options, *USER_FIELDS)
        system_msg = given.system_msg(options["system_msg"]) if "system_msg" in options else None
        max_token = given.max_token(options["max_token"]) if "max_token" in options else None
        temperature = given.temperature(options["temperature"]) if "temperature" in options else UNSET
        await self._set(reply, system_msg=system_msg, max_token=max_token, temperature=temperature)

    async def press(self, reply: Reply, press: UserPress, values: Sequence[str]) -> None:
        """Answer a button or menu of the panel.

        :raises NotTakenError: when what was chosen cannot be taken
        """
        match press:
            case ChooseStatus(status=status, page=page):
                await self._set(reply, page=page, status=status)
            case ShowPublic(on=on, page=page):
                await self._set(reply, page=page, show_public=on)
            case Attach(on=on, page=page):
                await self._set(reply, page=page, attach=on)
            case ChooseModel(page=page):
                await self._set(reply, page=page, model=given.model(values, self._partners.catalogue))
            case ChooseSession(page=page):
                await self._go_on(reply, given.chosen(values), page)
            case OpenUser(page=page):
                await self._set(reply, page=page)
            case AskClear():
                await self._ask_clear(reply)
            case Clear():
                await self._clear(reply, press)
            case EditUser(page=page):
                reply.open_form(user_form(await self._shown(reply, page), page))
            case _:
                assert_never(press)

    async def submit(self, reply: Reply, press: EditUser, fields: Sequence[tuple[str, str]]) -> None:
        """Take the form that *Edit* opened.

        :raises NotTakenError: when something in it cannot be taken
        """
        texts = given.fields_of(fields, USER_FIELDS)
        await self._set(
            reply,
            page=press.page,
            system_msg=given.system_msg(texts["system_msg"]),
            max_token=given.max_token(texts["max_token"]),
            temperature=given.temperature(texts["temperature"]),
        )

    async def complete(self, reply: Reply, typed: str) -> None:
        """Offer sessions for what was typed."""
        found = await self._partners.recorder.ask(FindSessions(by=reply.interaction, typed=typed))
        reply.offer(
            [Choice(name=one_line(one.title), value=str(one.session)) for one in found[:SESSIONS_A_PAGE]],
        )

    async def _set(
        self,
        reply: Reply,
        *,
        page: int = 0,
        status: Status | None = None,
        model: str | None = None,
        system_msg: str | None = None,
        max_token: int | None = None,
        temperature: float | UnsetType | None = UNSET,
        show_public: bool | None = None,
        attach: bool | None = None,
    ) -> None:
        shown = await self._partners.recorder.ask(
            SetUser(
                by=reply.interaction,
                now_s=self._partners.clock(),
                page=page,
                status=status,
                model=model,
                system_msg=system_msg,
                max_token=max_token,
                temperature=temperature,
                show_public=show_public,
                attach=attach,
            )
        )
        self._redraw(reply, shown)

    async def _shown(self, reply: Reply, page: int = 0) -> UserShown:
        return await self._partners.recorder.ask(SetUser(by=reply.interaction, now_s=self._partners.clock(), page=page))

    def _redraw(self, reply: Reply, shown: UserShown, note: str = "") -> None:
        reply.redraw(user_panel(shown, self._partners.catalogue, note))

    async def _go_on(self, reply: Reply, value: str, page: int) -> None:
        verdict = await self._partners.recorder.ask(
            GoOnWith(by=reply.interaction, session=given.session_id(value), now_s=self._partners.clock(), page=page)
        )
        match verdict:
            case Deny():
                self._redraw(reply, await self._shown(reply, page), DENIED)
            case SessionChosen(user=user, utterances=utterances):
                self._redraw(reply, user)
                await reply.send_conversation(messages, heading_of_chosen(verdict), utterances)

    async def _ask_clear(self, reply: Reply) -> None:
        shown = await self._shown(reply)
        if shown.newest is None:
            self._redraw(reply, shown, NOTHING_TO_REMOVE)
        else:
            reply.redraw(clear_panel(shown.sessions, shown.newest))

    async def _clear(self, reply: Reply, press: Clear) -> None:
        removed = await self._partners.recorder.ask(
            ClearSessions(by=reply.interaction, newest=press.newest, now_s=self._partners.clock())
        )
        self._partners.tell(removed.ended)
        note = f"Removed {counted(removed.removed, 'session')}." if removed.removed else NOTHING_TO_REMOVE
        self._redraw(reply, await self._shown(reply), note)
