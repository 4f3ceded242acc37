"""The panel: answers slash commands and buttons, privately, from what is stored.

Every press is decoded strictly and decided by storage, in the transaction that acts, as if a stranger had forged it.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, assert_never

import anyio
import structlog
from anyio.abc import TaskGroup

from actors.mailbox import Mailbox
from actors.panel_view import DENIED, OPTION_OUT_OF_RANGE, STORAGE_FAILED, TOO_LATE, UNKNOWN_PRESS, notice, user_panel
from actors.presses import decode
from actors.recorder import Recorder
from messages.courier import AcknowledgePress, CourierMessage, Panel, ShowPanel
from messages.panel import (
    ChooseStatus,
    CommandUsed,
    ComponentPressed,
    Continue,
    Interaction,
    PanelMessage,
    Retry,
    Status,
    Stop,
)
from messages.recorder import Accepted, AskAgain, Deny, Refused, SetUser, StopIt, StopTurn, TooLate
from messages.session import StopRequested
from messages.supervisor import SessionHasWork, StopTurnOf, SupervisorMessage
from messages.turn import OutcomeOwed

M = TypeVar("M")
log = structlog.get_logger()

MAX_TOKEN: Final = range(1, 128_001)
TEMPERATURE: Final = (0.0, 2.0)
"""OpenAI: Create a model response, temperature."""


class PanelActor:
    """One mailbox, one loop; each interaction is answered by a task of its own, for a person waits at most 3 seconds."""

    def __init__(
        self,
        *,
        recorder: Recorder,
        courier: Mailbox[CourierMessage],
        supervisor: Mailbox[SupervisorMessage],
        clock: Callable[[], float],
    ) -> None:
        self.mailbox: Mailbox[PanelMessage] = Mailbox()
        self._recorder = recorder
        self._courier = courier
        self._supervisor = supervisor
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        async with anyio.create_task_group() as tasks:
            while True:
                await self.mailbox.wait()
                self.mailbox.take_overflow()  # those people press again; Discord has told them that nothing happened
                for message in self.mailbox.take_all():
                    self._start(message, tasks)

    def _start(self, message: PanelMessage, tasks: TaskGroup) -> None:
        match message:
            case CommandUsed():
                tasks.start_soon(self._guard, message.interaction, self._command, message)
            case ComponentPressed():
                tasks.start_soon(self._guard, message.interaction, self._press, message)
            case _:
                assert_never(message)

    async def _guard(self, interaction: Interaction, answer: Callable[[M], Awaitable[None]], message: M) -> None:
        try:
            await answer(message)
        except Exception:
            log.exception("panel.failed", message=type(message).__name__)
            self._show(interaction, notice(STORAGE_FAILED))

    async def _command(self, used: CommandUsed) -> None:
        if used.name != "user":
            self._show(used.interaction, notice(UNKNOWN_PRESS))
            return
        system_msg, max_token, temperature = (
            used.options.get(name) for name in ("system_msg", "max_token", "temperature")
        )
        fits = (max_token is None or (isinstance(max_token, int) and max_token in MAX_TOKEN)) and (
            temperature is None
            or (isinstance(temperature, int | float) and TEMPERATURE[0] <= temperature <= TEMPERATURE[1])
        )
        if not fits:
            self._show(used.interaction, notice(OPTION_OUT_OF_RANGE))
            return
        await self._set_user(
            used.interaction,
            redraw=False,
            system_msg=system_msg if isinstance(system_msg, str) else None,
            max_token=max_token if isinstance(max_token, int) else None,
            temperature=float(temperature) if isinstance(temperature, int | float) else None,
        )

    async def _set_user(
        self,
        interaction: Interaction,
        *,
        redraw: bool,
        status: Status | None = None,
        system_msg: str | None = None,
        max_token: int | None = None,
        temperature: float | None = None,
    ) -> None:
        shown = await self._recorder.ask(
            SetUser(
                user_id=interaction.user_id,
                name=interaction.user_name,
                cause=interaction.interaction_id,
                channel_id=interaction.channel_id,
                now_s=self._clock(),
                status=status,
                system_msg=system_msg,
                max_token=max_token,
                temperature=temperature,
            )
        )
        self._show(interaction, user_panel(shown), redraw=redraw)

    async def _press(self, pressed: ComponentPressed) -> None:
        match decode(pressed.custom_id):
            case ChooseStatus(status=status):
                await self._set_user(pressed.interaction, redraw=True, status=status)
            case Stop() as stop:
                await self._stop(pressed, stop)
            case Retry() | Continue() as again:
                await self._ask_again(pressed, again)
            case None:
                self._show(pressed.interaction, notice(UNKNOWN_PRESS))

    async def _stop(self, pressed: ComponentPressed, stop: Stop) -> None:
        verdict = await self._recorder.ask(StopTurn(actor=pressed.interaction.user_id, turn=stop.turn))
        match verdict:
            case StopIt(session=session):
                self._acknowledge(pressed)
                request = StopRequested(turn=stop.turn, reason="stopped")
                self._supervisor.post(StopTurnOf(session=session, stop=request))
            case OutcomeOwed():
                self._acknowledge(pressed)
                self._courier.post(verdict)
            case Deny():
                self._show(pressed.interaction, notice(DENIED))
            case TooLate():
                self._show(pressed.interaction, notice(TOO_LATE))

    async def _ask_again(self, pressed: ComponentPressed, again: Retry | Continue) -> None:
        interaction = pressed.interaction
        verdict = await self._recorder.ask(
            AskAgain(
                interaction_id=interaction.interaction_id,
                actor=interaction.user_id,
                turn=again.turn,
                kind="retry" if isinstance(again, Retry) else "continue",
                channel_id=interaction.channel_id,
                now_s=self._clock(),
            )
        )
        match verdict:
            case Accepted(session=session):
                self._acknowledge(pressed, drop_buttons=True)
                self._supervisor.post(SessionHasWork(session=session))
            case Refused(outcome=outcome):
                self._acknowledge(pressed)
                self._courier.post(outcome)
            case Deny():
                self._show(interaction, notice(DENIED))
            case TooLate():
                self._show(interaction, notice(TOO_LATE))

    def _show(self, interaction: Interaction, panel: Panel, *, redraw: bool = False) -> None:
        self._courier.post(
            ShowPanel(interaction_id=interaction.interaction_id, token=interaction.token, panel=panel, redraw=redraw)
        )

    def _acknowledge(self, pressed: ComponentPressed, *, drop_buttons: bool = False) -> None:
        interaction = pressed.interaction
        self._courier.post(
            AcknowledgePress(
                interaction_id=interaction.interaction_id, token=interaction.token, drop_buttons=drop_buttons
            )
        )
