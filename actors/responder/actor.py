"""The responder: answers interactions within Discord's 3 seconds, and waits neither for storage nor for the courier.

Its core decides which request answers a message. The actor sends the request and gives the core its result. It uses the
courier's REST client, in which no request waits for another. A request that has begun is never cancelled, because hikari's
client could not be used afterwards; so stopping the actor waits for the requests that are under way.
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
from discord_api.attached import Attached, attached
from discord_api.components import NO_PINGS, input_of
from discord_api.errors import event_of, result_of
from discord_api.panels import components_of
from discord_api.rest import one_request
from discord_api.results import Done, Failure, RateLimitHeaders, outcome_of
from files.folder import Folder
from messages.components import Panel
from messages.observation import UNOBSERVED, Observer, Requested
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

    def __init__(
        self, rest: RESTClient, *, application_id: int, files: Folder, observer: Observer = UNOBSERVED
    ) -> None:
        """Prepare the actor; `rest` is `discord_api.rest.discord_rest`'s client, which keeps no request waiting.

        `files` is where those files of answers lie that are on disk; `observer` hears of requests to Discord.
        """
        self._observer = observer
        self.mailbox: Mailbox[ResponderMessage] = Mailbox()
        self._rest = rest
        self._application_id = application_id
        self._files = files
        self._core = ResponderCore()
        self._under_way: set[anyio.CancelScope] = set()
        self._drained = anyio.Event()

    async def run(self) -> None:
        """Work until cancelled, then wait for the requests that are under way.

        :raises Exception: whatever was not expected; the next run knows nothing of the interactions before it
        """
        self._core = ResponderCore()
        async with anyio.create_task_group() as tasks:
            while True:
                await self.mailbox.wait()
                if self.mailbox.take_overflow():
                    log.warning("responder.overflow")  # Discord tells those people that the bot did not respond
                for message in self.mailbox.take_all():
                    self._start(self._core.receive(message, anyio.current_time()), tasks)
                self._drained.set()

    async def drain(self) -> None:
        """Return when every answer has been sent."""
        while len(self.mailbox) or self._core.under_way():
            self._drained = anyio.Event()
            await self._drained.wait()

    def cancel_all(self) -> None:
        """Cancel the requests that are under way. Only for the end of the process: the REST client cannot be used afterwards."""
        for scope in self._under_way:
            scope.cancel()

    def _start(self, decided: Sequence[Request | InvalidTransition], tasks: TaskGroup) -> None:
        for request in decided:
            if isinstance(request, InvalidTransition):
                log.error("interaction.invalid", message=request.message, state=request.state)
            else:
                tasks.start_soon(self._perform, request, tasks)

    async def _perform(self, request: Request, tasks: TaskGroup) -> None:
        with anyio.CancelScope(shield=True) as scope:
            self._under_way.add(scope)
            try:
                await anyio.sleep_until(self._core.not_before_s(request.interaction_id))
                began_s = anyio.current_time()
                result, headers = await self._try(request)
                self._observer.requested(
                    Requested(
                        request=type(request).__name__,
                        outcome=outcome_of(result),
                        began_s=began_s,
                        ended_s=anyio.current_time(),
                    )
                )
            finally:
                self._under_way.discard(scope)
        if scope.cancelled_caught:
            return
        self._start(self._core.ended(request, result, anyio.current_time(), headers), tasks)
        self._drained.set()

    async def _try(self, request: Request) -> tuple[Done | Failure, RateLimitHeaders | None]:
        with one_request() as answered:
            answered.is_known = True
            try:
                await self._send(request)
            except (hikari.HTTPError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                result = result_of(error)
                event, keys = event_of("interaction", result, error)
                log.warning(event, request=type(request).__name__, **keys)
                return result, answered.bucket
            return Done(), answered.bucket

    async def _send(self, request: Request) -> None:
        rest = self._rest
        match request:
            case Callback():
                flags = hikari.MessageFlag.EPHEMERAL if request.kind in ("show", "think") else hikari.UNDEFINED
                content = (
                    {}
                    if request.kind in ("think", "acknowledge")
                    else self._content(request.panel, edit=request.kind == "redraw")
                )
                await rest.create_interaction_response(
                    request.interaction_id, request.token, _KINDS[request.kind], flags=flags, **content
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
                    self._application_id, request.token, **self._content(request.panel, edit=True)
                )
            case DeleteAnswer():
                await rest.delete_interaction_response(self._application_id, request.token)
            case FollowUp():
                await rest.execute_webhook(
                    self._application_id,
                    request.token,
                    flags=hikari.MessageFlag.EPHEMERAL,
                    **self._content(request.panel, edit=False),
                )
            case _:
                assert_never(request)

    def _content(self, panel: Panel | None, *, edit: bool) -> dict[str, Any]:
        """Return the parameters with which hikari makes a message show exactly this panel; without one, they remove its buttons."""
        if panel is None:
            return {"components": [], **NO_PINGS}
        files: list[Attached] | None = None if edit else []
        if panel.files:
            files = [attached(file, self._files) for file in panel.files]
        # A message that an older version sent has text and embeds of its own, which a layout may not have.
        return {
            **({"content": None} if edit else {}),
            "components": components_of(panel),
            "attachments": files,  # None takes away what an edited message had
            **NO_PINGS,
        }
