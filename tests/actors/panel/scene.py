"""A panel's actor between mailboxes, with a recorder that answers what it is told to, in virtual time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import msgspec
from anyio.lowlevel import checkpoint

from actors.figures import FiguresCollector
from actors.mailbox import Mailbox
from actors.panel.actor import PanelActor
from actors.recorder import Recorder
from current import Fixed
from discord_api.channel_tree import ChannelTree
from files.folder import Folder
from messages import custom_id as presses
from messages.courier import CourierMessage
from messages.eraser import EraserMessage
from messages.figures import BreakerFigures, ModelsFigures
from messages.ids import MessageId
from messages.interaction import Interaction
from messages.panel import CommandUsed, ComponentPressed, FormSubmitted, PanelMessage
from messages.presses import Press
from messages.reload import ReloadAnswer, ReloadSettings, SettingsReloaded
from messages.responder import ResponderMessage, ShowPanel
from messages.supervisor import SupervisorMessage
from models.catalogue import Catalogue
from storage.permissions import Permissions
from tests.actors.panel.panels import BY_ALICE, CATALOGUE, labels

NOW_S = 1_790_000_000.0
ANSWER = MessageId(7001)


class Rows:
    """Answers each kind of verb as told, after a while, and keeps what it was asked."""

    def __init__(self) -> None:
        self.executed: list[Any] = []
        self.answers: dict[type, Any] = {}
        self.delay_s = 0.0

    async def execute(self, verb: Any) -> Any:
        self.executed.append(verb)
        await anyio.sleep(self.delay_s)
        answer = self.answers[type(verb)]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Breakers:
    """How models are asked, as a test says."""

    def __init__(self) -> None:
        self.breakers: tuple[BreakerFigures, ...] = ()
        self.tried: list[BreakerFigures] = []

    def figures(self) -> ModelsFigures:
        return ModelsFigures(streaming=1, slots=4, waiting=0, breakers=self.breakers)

    def try_now(self, breaker: BreakerFigures) -> bool:
        self.tried.append(breaker)
        return breaker.state != "closed"


class Reloading:
    """Answers who wants the settings reloaded, as a test says."""

    def __init__(self) -> None:
        self.asked: list[ReloadSettings] = []
        self.answer: ReloadAnswer = SettingsReloaded()

    async def reload(self, asked: ReloadSettings) -> ReloadAnswer:
        self.asked.append(asked)
        return self.answer


class Scene:
    """What goes in, and what comes out."""

    def __init__(
        self, permissions: Permissions | None = None, catalogue: Catalogue = CATALOGUE, guide_url: str = ""
    ) -> None:
        self.rows = Rows()
        self.responder = Mailbox[ResponderMessage]()
        self.courier = Mailbox[CourierMessage]()
        self.supervisor = Mailbox[SupervisorMessage]()
        self.models = Breakers()
        self.reloader = Reloading()
        self.eraser = Mailbox[EraserMessage]()
        self.panel = PanelActor(
            recorder=cast("Recorder", self.rows),
            responder=self.responder,
            courier=self.courier,
            supervisor=self.supervisor,
            figures=FiguresCollector(),
            models=self.models,
            reloader=self.reloader,
            channel_tree=ChannelTree(),
            catalogue=Fixed(catalogue),
            permissions=Fixed(permissions or Permissions()),
            guide_url=Fixed(guide_url),
            eraser=self.eraser,
            files=Folder(Path("nowhere")),
            retention_days=Fixed(0),
            clock=lambda: NOW_S,
        )
        self._number = 0

    def by(self, **fields: Any) -> Interaction:
        """Return an interaction of Alice that arrives now."""
        self._number += 1
        number = BY_ALICE.interaction_id + self._number
        return msgspec.structs.replace(
            BY_ALICE, **{"interaction_id": number, "received_s": anyio.current_time(), **fields}
        )

    def command(self, name: str, /, **options: Any) -> CommandUsed:
        return CommandUsed(interaction=self.by(), name=name, options=options)

    def pressed(self, press: Press | str, *values: str, own: bool = True, **fields: Any) -> ComponentPressed:
        custom_id = press if isinstance(press, str) else presses.encode(press)
        return ComponentPressed(
            interaction=self.by(**fields), message_id=ANSWER, custom_id=custom_id, values=values, on_own_panel=own
        )

    def submitted(self, press: Press | str, *fields: tuple[str, str], own: bool = True) -> FormSubmitted:
        custom_id = press if isinstance(press, str) else presses.encode(press)
        return FormSubmitted(interaction=self.by(), custom_id=custom_id, fields=fields, on_own_panel=own)

    async def answers_to(self, message: PanelMessage, *, within_s: float = 3.0) -> list[ResponderMessage]:
        """Return everything that the responder hears of one interaction, and check that it is all about that one."""
        self.panel.mailbox.post(message, conflation_key=message.interaction.interaction_id)
        await anyio.sleep(within_s)
        heard = self.responder.take_all()
        assert {one.interaction_id for one in heard} <= {message.interaction.interaction_id}
        assert {one.token for one in heard} <= {message.interaction.token}
        return heard

    async def said(self, message: PanelMessage) -> str:
        """Return the one sentence that a person reads, in a new private message; below it at most the form can be opened again."""
        (shown,) = await self.answers_to(message)
        assert isinstance(shown, ShowPanel)
        assert not shown.redraw
        assert shown.panel.rows == () or (
            isinstance(message, FormSubmitted) and labels(shown.panel) == [["Edit again"]]
        )
        assert shown.panel.files == ()
        return shown.panel.text

    async def redrawn(self, message: PanelMessage) -> ShowPanel:
        """Return the panel that takes the place of the one that was pressed."""
        (shown,) = await self.answers_to(message)
        assert isinstance(shown, ShowPanel)
        assert shown.redraw
        return shown


@asynccontextmanager
async def scene(**fields: Any) -> AsyncIterator[Scene]:
    """A panel at work."""
    made = Scene(**fields)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(made.panel.run)
        await checkpoint()
        yield made
        tasks.cancel_scope.cancel()
