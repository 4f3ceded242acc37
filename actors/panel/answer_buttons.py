"""What comes of the buttons on an answer: *Stop*, *Retry*, *Continue*, and the default model where a session's own is gone. Storage says who may."""

from typing import Literal, assert_never

from actors.panel.response import Partners, Reply
from messages.ids import MessageId
from messages.panel import AskDefault, Continue, Retry, Stop, TurnPress
from messages.session import StopRequested
from messages.supervisor import SessionHasWork, StopTurnOf
from messages.turn import OutcomeOwed
from messages.verbs.turns import Accepted, AskAgain, Refused, StopIt, StopTurn
from messages.verbs.verb import Deny, TooLate
from texts.panels import DENIED, TOO_LATE


class AnswerButtons:
    """They stand where everybody sees them, so anybody may press, and storage is asked from which message."""

    def __init__(self, partners: Partners) -> None:
        self._partners = partners

    async def press(self, reply: Reply, press: TurnPress, message_id: MessageId) -> None:
        """Answer a button on an answer."""
        match press:
            case Stop():
                await self._stop(reply, press, message_id)
            case Retry():
                await self._ask_again(reply, press, "retry", message_id)
            case Continue():
                await self._ask_again(reply, press, "continue", message_id)
            case AskDefault():
                await self._ask_again(reply, press, "retry", message_id, with_default=True)
            case _:
                assert_never(press)

    async def _stop(self, reply: Reply, press: Stop, message_id: MessageId) -> None:
        verdict = await self._partners.recorder.ask(
            StopTurn(actor=reply.interaction.user_id, turn=press.turn, message_id=message_id)
        )
        match verdict:
            case StopIt(session=session, turn=turn):
                reply.acknowledge()
                request = StopRequested(turn=turn, reason="stopped")
                self._partners.supervisor.post(StopTurnOf(session=session, stop=request))
            case OutcomeOwed():
                reply.acknowledge()
                self._partners.courier.post(verdict)
            case Deny():
                reply.say(DENIED)
            case TooLate():
                reply.say(TOO_LATE)

    async def _ask_again(
        self,
        reply: Reply,
        press: Retry | Continue | AskDefault,
        kind: Literal["retry", "continue"],
        message_id: MessageId,
        *,
        with_default: bool = False,
    ) -> None:
        by = reply.interaction
        verdict = await self._partners.recorder.ask(
            AskAgain(
                interaction_id=by.interaction_id,
                actor=by.user_id,
                turn=press.turn,
                kind=kind,
                channel_id=by.channel_id,
                guild_id=by.guild_id,
                message_id=message_id,
                with_default=with_default,
                now_s=self._partners.clock(),
            )
        )
        match verdict:
            case Accepted(session=session):
                reply.acknowledge(drop_buttons=True)
                self._partners.supervisor.post(SessionHasWork(session=session))
            case Refused(outcome=outcome):
                reply.acknowledge()
                self._partners.courier.post(outcome)
            case Deny():
                reply.say(DENIED)
            case TooLate():
                reply.say(TOO_LATE)
