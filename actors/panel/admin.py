"""The command `/causerie`: shows the people who run the bot how it is, and lets them put some of it right."""

from collections.abc import Mapping
from typing import Protocol, assert_never

import structlog

from actors.figures import FiguresCollector, Models
from actors.panel import input as given
from actors.panel.admin_access_view import PlaceNames
from actors.panel.admin_models_view import value_of
from actors.panel.admin_view import Seen, admin_panel, not_admin_panel
from actors.panel.dependencies import Dependencies
from actors.panel.reload_view import reload_lines
from actors.panel.response import Response
from current import Current
from discord_api.channel_tree import ChannelTree
from messages.admin_presses import AdminPress, AdminTab, OpenAdmin, RefreshAdmin, Reload, Resume, TryModel, TurnAdmin
from messages.figures import BreakerFigures
from messages.ids import GuildId, RoleId
from messages.reload import Reloader, ReloadSettings
from messages.supervisor import SessionHasWork
from messages.verbs.admin import AdminShown, ReadAdmin, Resumed, ResumeSession
from messages.verbs.budgets import NotAdmin
from storage.permissions import Permissions
from texts.say import say

log = structlog.get_logger()


class Breakers(Models, Protocol):
    """What knows how models are asked, and can try again one that is not."""

    def try_now(self, breaker: BreakerFigures) -> bool:
        """Let the next question find out whether it works again; return False where the breaker is closed."""
        ...


class AdminPanel:
    """Answers the command and its presses in private. Storage decides whether whoever is there runs the bot."""

    def __init__(
        self,
        dependencies: Dependencies,
        permissions: Current[Permissions],
        *,
        figures: FiguresCollector,
        models: Breakers,
        reloader: Reloader,
        channel_tree: ChannelTree,
    ) -> None:
        self._dependencies = dependencies
        self._permissions = permissions
        self._figures = figures
        self._models = models
        self._reloader = reloader
        self._channel_tree = channel_tree

    async def command(self, response: Response, options: dict[str, given.Option]) -> None:
        """Answer `/causerie`.

        :raises InvalidInputError: it has an option, which it never had
        """
        given.only(options)
        await self._show(response, "now", 0)

    async def press(self, response: Response, press: AdminPress, values: tuple[str, ...]) -> None:
        """Do what a button or the menu says, and redraw the panel.

        :raises InvalidInputError: something was chosen that was not offered
        """
        match press:
            case OpenAdmin(tab=tab):
                await self._show(response, tab, 0)
            case TurnAdmin(tab=tab, page=page) | RefreshAdmin(tab=tab, page=page):
                await self._show(response, tab, page)
            case Reload():
                await self._reload(response, press)
            case Resume():
                await self._resume(response, press)
            case TryModel():
                await self._try(response, press, given.chosen(values))
            case _:
                assert_never(press)

    async def _reload(self, response: Response, press: Reload) -> None:
        """Have the settings read again for somebody who runs the bot. They may no longer be that person afterwards."""
        if not await self._is_admin(response, press.tab):
            return
        answer = await self._reloader.reload(ReloadSettings(by=response.interaction.user_id))
        await self._show(response, press.tab, press.page, reload_lines(answer, response.locale))

    async def _is_admin(self, response: Response, tab: AdminTab) -> bool:
        """Return whether storage says so; whoever is none is told who runs the bot."""
        verb = ReadAdmin(by=response.interaction, tab=tab, page=0, now_s=self._dependencies.clock())
        rows = await self._dependencies.execute(verb)
        if isinstance(rows, NotAdmin):
            self._refuse(response)
        return not isinstance(rows, NotAdmin)

    async def _resume(self, response: Response, press: Resume) -> None:
        by = response.interaction
        verb = ResumeSession(by=by, parking=press.parking, now_s=self._dependencies.clock())
        match await self._dependencies.execute(verb):
            case NotAdmin():
                self._refuse(response)
            case Resumed(sessions=sessions):
                for session in sessions:
                    log.info("session.resumed", session=session, admin=by.user_id)
                    self._dependencies.supervisor.post(SessionHasWork(session=session))
                said = say("causerie.resumed" if sessions else "causerie.not_resumed", response.locale)
                await self._show(response, "paused", press.page, said)
            case answer:
                assert_never(answer)

    async def _try(self, response: Response, press: TryModel, value: str) -> None:
        if not await self._is_admin(response, "models"):
            return
        found = [breaker for breaker in self._models.figures().breakers if value_of(breaker) == value]
        is_tried = bool(found) and self._models.try_now(found[0])
        if is_tried:
            log.info("breaker.tried", of=found[0].of, model=found[0].model, admin=response.interaction.user_id)
        said = say("causerie.tried" if is_tried else "causerie.not_tried", response.locale)
        await self._show(response, "models", press.page, said)

    async def _show(self, response: Response, tab: AdminTab, page: int, headline: str = "") -> None:
        now_s = self._dependencies.clock()
        rows = await self._dependencies.execute(ReadAdmin(by=response.interaction, tab=tab, page=page, now_s=now_s))
        if isinstance(rows, NotAdmin):
            self._refuse(response)
            return
        permissions = self._permissions.value
        seen = Seen(
            tab=tab,
            page=page,
            rows=rows,
            figures=await self._figures.collect(self._models),
            catalogue=self._dependencies.catalogue,
            permissions=permissions,
            places=self._places(permissions, rows, response.interaction.guild_id),
            now_s=now_s,
        )
        response.redraw(admin_panel(seen, response.locale, headline))

    def _places(self, permissions: Permissions, rows: AdminShown, seen_in: GuildId | None) -> PlaceNames:
        """Return what the servers of the operator's lists are called, and those roles and channels that a mention does not show here."""
        lists, tree = (permissions.allow, permissions.block), self._channel_tree
        servers = {server for one in lists for server in one.servers}
        servers |= {GuildId(use.whose) for use in rows.budgets if use.budget.scope == "server"}
        roles = {role for one in lists for role in one.roles}
        roles |= {RoleId(use.whose) for use in rows.budgets if use.budget.scope == "role"}
        return PlaceNames(
            servers=_known({server: tree.guild_name(server) for server in servers}),
            roles=_known({role: tree.role_shown_outside(role, seen_in) for role in roles}),
            channels=_known(
                {place: tree.name_shown_outside(place, seen_in) for one in lists for place in one.channels}
            ),
        )

    def _refuse(self, response: Response) -> None:
        response.send(not_admin_panel(self._permissions.value, response.locale))


def _known(names: Mapping[int, str | None]) -> dict[int, str]:
    return {number: name for number, name in names.items() if name is not None}
