"""The command `/privacy` and its buttons: what is stored about whoever asks, all of it as a file, and *Forget me*."""

from contextlib import closing
from typing import Final, assert_never

import anyio
import anyio.to_thread

from actors.mailbox import Mailbox
from actors.panel import input as given
from actors.panel.dependencies import Dependencies
from actors.panel.exports import Exports
from actors.panel.privacy_view import export_panel, forget_panel, privacy_panel
from actors.panel.refused_forms import RefusedForms
from actors.panel.response import Response
from current import Current
from files.folder import Folder
from files.person_export import Export
from messages.eraser import EraserMessage, SomebodyToForget
from messages.ids import SessionId, UserId
from messages.presses import ConfirmForget, ExportData, Forget, OpenPrivacy, PrivacyPress
from messages.verbs.forgetting import ForgetAgreed, ForgetMe, ReadBelongings, StaleForget
from messages.verbs.person_data import CollectPersonData, Cursor

EXPORT_BYTES_MAX: Final = 8 * 2**20
"""Discord takes 10 MiB in a request (Discord: Uploading Files)."""


class PrivacyPanel:
    """Acts on what a person did. It concerns that person alone: no press can name another."""

    def __init__(
        self,
        dependencies: Dependencies,
        forms: RefusedForms,
        eraser: Mailbox[EraserMessage],
        files: Folder,
        retention_days: Current[int],
    ) -> None:
        """`retention_days`: after how many days unused sessions are removed, 0 for never."""
        self._dependencies = dependencies
        self._forms = forms
        self._eraser = eraser
        self._files = files
        self._retention_days = retention_days
        self._exports = Exports()
        self._one_export = anyio.Lock()
        """One export is in memory at a time: it may have some megabytes."""

    async def command(self, response: Response, options: dict[str, given.Option]) -> None:
        """Answer `/privacy`. Nothing is stored about whoever only looks.

        :raises InvalidInputError: when an option is given; the command has none
        """
        given.only(options)
        await self._show(response)

    async def press(self, response: Response, press: PrivacyPress) -> None:
        """Answer a button of the panel."""
        match press:
            case OpenPrivacy():
                await self._show(response)
            case ExportData():
                await self._export(response)
            case ConfirmForget():
                belongings = await self._dependencies.execute(ReadBelongings(by=response.interaction))
                response.redraw(forget_panel(belongings, response.locale))
            case Forget(newest=newest):
                await self._forget(response, SessionId(newest))
            case _:
                assert_never(press)

    async def _show(self, response: Response) -> None:
        belongings = await self._dependencies.execute(ReadBelongings(by=response.interaction))
        response.redraw(privacy_panel(belongings, self._retention_days.value, response.locale))

    async def _forget(self, response: Response, newest: SessionId) -> None:
        verb = ForgetMe(by=response.interaction, newest=newest, now_s=self._dependencies.clock())
        match await self._dependencies.execute(verb):
            case StaleForget(belongings=belongings):
                response.redraw(forget_panel(belongings, response.locale, has_changed=True))
            case ForgetAgreed(ended=ended):
                self._dependencies.announce(ended)
                self._forms.forget_person(response.interaction.user_id)
                self._exports.give_up(response.interaction.user_id)
                self._eraser.post(SomebodyToForget())
                response.redraw_as("privacy.forgetting")
            case answer:
                assert_never(answer)

    async def _export(self, response: Response) -> None:
        """Send everything in a new private message, as far as Discord takes it; nothing where an export is under way already."""
        person, press = response.interaction.user_id, response.interaction.interaction_id
        if not self._exports.begin(person, press, anyio.current_time()):
            response.say("privacy.export_under_way")
            return
        made = None
        try:
            made = await self._collected(person)
        finally:
            is_wanted = self._exports.is_wanted(person, press)
            if made is None and is_wanted:
                self._exports.give_up(person)
        if made is None or not is_wanted:
            response.say("privacy.nothing")
            return
        self._exports.made(person, anyio.current_time())
        content, left_out = made
        response.send(export_panel(content, left_out, response.locale))

    async def _collected(self, person: UserId) -> tuple[bytes, int] | None:
        """Return the export of a person, and how many files found no room in it; None where nothing is stored of them."""
        async with self._one_export:
            with closing(Export(EXPORT_BYTES_MAX)) as export:
                return await self._collect(person, export)

    async def _collect(self, person: UserId, export: Export) -> tuple[bytes, int] | None:
        is_empty = True
        at: Cursor | None = Cursor()
        while at is not None:
            page = await self._dependencies.execute(CollectPersonData(person=person, at=at))
            is_empty = is_empty and not page.entries
            await anyio.to_thread.run_sync(export.add, page.entries, self._files)
            at = page.next
        return None if is_empty else (await anyio.to_thread.run_sync(export.content), export.left_out)
