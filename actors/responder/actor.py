"""The courier's fast lane: answers interactions, which have 3 seconds, held up neither by storage nor by the courier's pace.

It asks its core which request fits, sends it through a line of its own, and tells the core what became of it.
Cancellation never reaches hikari: what is under way is seen through.
"""

from collections.abc import Sequence
from typing import Any, Final, assert_never

import aiohttp
import anyio
import hikari
import structlog
from anyio.abc import TaskGroup
from hikari.api import RESTClient
from hikari.impl import AutocompleteChoiceBuilder

from actors.mailbox import Mailbox
from actors.responder.client_pool import ClientPool
from actors.responder.core import ResponderCore
from actors.responder.requests import (
    Callback,
    CallbackKind,
    ChoicesCallback,
    DeleteAnswer,
    EditAnswer,
    FollowUp,
    FormCallback,
    InvalidTransition,
    Request,
)
from discord_api.components import NO_PINGS, input_of, row_of
from discord_api.errors import event_of, result_of
from discord_api.results import Done, Failure
from messages.components import Panel
from messages.responder import ResponderMessage

log = structlog.get_logger()

_KINDS: Final[dict[CallbackKind, hikari.ResponseType]] = {
    "show": hikari.ResponseType.MESSAGE_CREATE,
    "think": hikari.ResponseType.DEFERRED_MESSAGE_CREATE,
    "acknowledge": hikari.ResponseType.DEFERRED_MESSAGE_UPDATE,
    "redraw": hikari.ResponseType.MESSAGE_UPDATE,
}


class Responder:
    """Sends what `ResponderCore` decides."""

    def __init__(self, *, application_id: int, rest_url: str) -> None:
        self.mailbox: Mailbox[ResponderMessage] = Mailbox()
        self._application_id = application_id
        self._rest_url = rest_url
        self._core = ResponderCore()
        self._under_way: set[anyio.CancelScope] = set()
        self._drained = anyio.Event()

    async def run(self) -> None:
        """Work until cancelled; requests under way are seen through.

        :raises Exception: whatever nobody expected; after a new start, what was pressed before is not known any more
        """
        self._core = ResponderCore()
        async with ClientPool(self._rest_url) as pool, anyio.create_task_group() as tasks:
            while True:
                await self.mailbox.wait()
                if self.mailbox.take_overflow():
                    log.warning("responder.overflow")  # those people press again: Discord says that nothing came
                for message in self.mailbox.take_all():
                    self._start(self._core.receive(message, anyio.current_time()), pool, tasks)
                self._drained.set()

    async def drain(self) -> None:
        """Return when every answer that was asked for has been sent."""
        while len(self.mailbox) or self._core.under_way():
            self._drained = anyio.Event()
            await self._drained.wait()

    def cancel_all(self) -> None:
        """Give up what is under way: the process ends, and with it the clients that a cancelled request would wedge."""
        for scope in self._under_way:
            scope.cancel()

    def _start(self, decided: Sequence[Request | InvalidTransition], pool: ClientPool, tasks: TaskGroup) -> None:
        for request in decided:
            if isinstance(request, InvalidTransition):
                log.error("interaction.invalid", message=request.message, state=request.state)
            else:
                tasks.start_soon(self._perform, request, pool, tasks)

    async def _perform(self, request: Request, pool: ClientPool, tasks: TaskGroup) -> None:
        with anyio.CancelScope(shield=True) as scope:
            self._under_way.add(scope)
            try:
                async with pool.take() as rest:
                    result = await self._try(request, rest)
            finally:
                self._under_way.discard(scope)
        if scope.cancelled_caught:
            return
        self._start(self._core.ended(request, result), pool, tasks)
        self._drained.set()

    async def _try(self, request: Request, rest: RESTClient) -> Done | Failure:
        try:
            await self._send(request, rest)
        except (hikari.HTTPError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # 10062: too late; 40060: answered already. The person presses again; nothing was lost.
            result = result_of(error)
            event, keys = event_of("interaction", result, error)
            log.warning(event, request=type(request).__name__, **keys)
            return result
        return Done()

    async def _send(self, request: Request, rest: RESTClient) -> None:
        match request:
            case Callback():
                flags = hikari.MessageFlag.EPHEMERAL if request.kind in ("show", "think") else hikari.UNDEFINED
                shown = (
                    {}
                    if request.kind in ("think", "acknowledge")
                    else _shown(request.panel, edit=request.kind == "redraw")
                )
                await rest.create_interaction_response(
                    request.interaction_id, request.token, _KINDS[request.kind], flags=flags, **shown
                )
            case FormCallback():
                await rest.create_modal_response(
                    request.interaction_id,
                    request.token,
                    title=request.form.title,
                    custom_id=request.form.custom_id,
                    components=[input_of(field) for field in request.form.fields],
                )
            case ChoicesCallback():
                choices = [AutocompleteChoiceBuilder(choice.name, choice.value) for choice in request.choices]
                await rest.create_autocomplete_response(request.interaction_id, request.token, choices)
            case EditAnswer():
                await rest.edit_interaction_response(
                    self._application_id, request.token, **_shown(request.panel, edit=True)
                )
            case DeleteAnswer():
                await rest.delete_interaction_response(self._application_id, request.token)
            case FollowUp():
                await rest.execute_webhook(
                    self._application_id,
                    request.token,
                    flags=hikari.MessageFlag.EPHEMERAL,
                    **_shown(request.panel, edit=False),
                )
            case _:
                assert_never(request)


def _shown(panel: Panel | None, *, edit: bool) -> dict[str, Any]:
    """A panel as hikari's parameters: all that the message shows. Without one only the buttons go."""
    if panel is None:
        return {"components": [], **NO_PINGS}
    files: list[hikari.Bytes] | None = None if edit else []
    if panel.file is not None:
        files = [hikari.Bytes(panel.file.content, panel.file.name)]
    return {
        "content": panel.text,
        "components": [row_of(row) for row in panel.rows if row],
        "attachments": files,  # None takes away what an edited message had
        **NO_PINGS,
    }
