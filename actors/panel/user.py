"""The command `/user`, its buttons, menus and form."""

from collections.abc import Sequence
from typing import assert_never

from msgspec import UNSET, UnsetType

from actors.panel import input as given
from actors.panel.conversations import Conversations
from actors.panel.dependencies import Dependencies
from actors.panel.forms_view import USER_FIELDS, texts_of_user, user_form
from actors.panel.models_view import page_of
from actors.panel.names_view import choices_of
from actors.panel.response import Response
from actors.panel.transcript_view import heading_of_chosen, messages
from actors.panel.user_view import clear_panel, user_panel
from messages.presses import (
    Attach,
    ChooseModel,
    ChooseSession,
    ChooseStatus,
    Clear,
    ConfirmClear,
    EditUser,
    OpenUser,
    ShowPublic,
    Speak,
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
from texts.say import say, say_count


class UserPanel:
    """Acts on what a person did. It concerns that person alone: no press can name another."""

    def __init__(self, dependencies: Dependencies, conversations: Conversations) -> None:
        self._dependencies = dependencies
        self._conversations = conversations

    async def command(self, response: Response, options: dict[str, given.Option]) -> None:
        """Answer `/user`.

        :raises InvalidInputError: when an option cannot be taken
        """
        given.only(options, *USER_FIELDS)
        system_msg = given.system_msg(options["system_msg"]) if "system_msg" in options else None
        max_token = given.max_token(options["max_token"]) if "max_token" in options else None
        temperature = given.temperature(options["temperature"]) if "temperature" in options else UNSET
        headline = say("saved", response.locale) if options else ""
        await self._set(
            response, system_msg=system_msg, max_token=max_token, temperature=temperature, headline=headline
        )

    async def press(self, response: Response, press: UserPress, values: Sequence[str]) -> None:
        """Answer a button or menu of the panel.

        :raises InvalidInputError: when what was chosen cannot be taken
        """
        match press:
            case ChooseStatus(status=status, page=page):
                await self._set(response, page=page, status=status)
            case ShowPublic(on=on, page=page):
                await self._set(response, page=page, show_public=on)
            case Attach(on=on, page=page):
                await self._set(response, page=page, attach=on)
            case Speak(on=on, page=page):
                await self._set(response, page=page, speaks=on)
            case ChooseModel(page=page):
                models_page = page_of(values)
                if models_page is None:
                    await self._set(response, page=page, model=given.model(values, self._dependencies.catalogue))
                else:
                    self._redraw(response, await self._shown(response, page), models_page=models_page)
            case ChooseSession(page=page):
                await self._go_on(response, given.chosen(values), page)
            case OpenUser(page=page):
                await self._set(response, page=page)
            case ConfirmClear():
                await self._confirm_clear(response)
            case Clear():
                await self._clear(response, press)
            case EditUser(page=page):
                response.open_form(user_form(texts_of_user(await self._shown(response, page)), page, response.locale))
            case _:
                assert_never(press)

    async def submit(self, response: Response, press: EditUser, fields: Sequence[tuple[str, str]]) -> None:
        """Take the form that *Edit* opened.

        :raises InvalidInputError: when something in it cannot be taken
        """
        texts = given.fields_of(fields, USER_FIELDS)
        await self._set(
            response,
            page=press.page,
            system_msg=given.system_msg(texts["system_msg"]),
            max_token=given.max_token(texts["max_token"]),
            temperature=given.temperature(texts["temperature"]),
            headline=say("saved", response.locale),
        )

    async def complete(self, response: Response, typed: str) -> None:
        """Offer sessions for what was typed."""
        found = await self._dependencies.execute(FindSessions(by=response.interaction, typed=typed))
        response.offer(choices_of(found[:SESSIONS_A_PAGE]))

    async def _set(
        self,
        response: Response,
        *,
        page: int = 0,
        status: Status | None = None,
        model: str | None = None,
        system_msg: str | None = None,
        max_token: int | None = None,
        temperature: float | UnsetType | None = UNSET,
        show_public: bool | None = None,
        attach: bool | None = None,
        speaks: bool | None = None,
        headline: str = "",
    ) -> None:
        shown = await self._dependencies.execute(
            SetUser(
                by=response.interaction,
                now_s=self._dependencies.clock(),
                page=page,
                status=status,
                model=model,
                system_msg=system_msg,
                max_token=max_token,
                temperature=temperature,
                show_public=show_public,
                attach=attach,
                speaks=speaks,
            )
        )
        self._redraw(response, shown, headline)

    async def _shown(self, response: Response, page: int = 0) -> UserShown:
        return await self._dependencies.execute(
            SetUser(by=response.interaction, now_s=self._dependencies.clock(), page=page)
        )

    def _redraw(self, response: Response, shown: UserShown, headline: str = "", models_page: int | None = None) -> None:
        response.redraw(user_panel(shown, self._dependencies.catalogue, response.locale, headline, models_page))

    async def _go_on(self, response: Response, value: str, page: int) -> None:
        verdict = await self._dependencies.execute(
            GoOnWith(
                by=response.interaction, session=given.session_id(value), now_s=self._dependencies.clock(), page=page
            )
        )
        match verdict:
            case Deny():
                self._redraw(response, await self._shown(response, page), say("denied", response.locale))
            case SessionChosen(user=user, chosen=chosen):
                self._redraw(response, user)
                await self._conversations.send(response, chosen.session, verdict, messages, heading_of_chosen)

    async def _confirm_clear(self, response: Response) -> None:
        shown = await self._shown(response)
        if shown.newest is None:
            self._redraw(response, shown, say("nothing_to_remove", response.locale))
        else:
            response.redraw(clear_panel(shown.sessions, shown.newest, response.locale))

    async def _clear(self, response: Response, press: Clear) -> None:
        removed, are_more = 0, True
        while are_more:
            some = await self._dependencies.execute(
                ClearSessions(by=response.interaction, newest=press.newest, now_s=self._dependencies.clock())
            )
            self._dependencies.announce(some.ended)
            removed, are_more = removed + some.removed, some.are_more
        headline = (
            say("sessions_removed", response.locale, sessions=say_count("sessions", removed, response.locale))
            if removed
            else say("nothing_to_remove", response.locale)
        )
        self._redraw(response, await self._shown(response), headline)
