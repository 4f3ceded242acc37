"""What comes of the buttons on an answer: *Stop*, *Retry*, *Continue*, and the default model where a session's own is gone. Storage says who may."""

from typing import Literal, assert_never

from actors.panel.response import Partners, Response
from messages.ids import MessageId
from messages.presses import Continue, Retry, RetryWithDefault, Stop, TurnPress
from messages.supervisor import SessionHasWork
from messages.turn import OutcomePending, StopTurn
from messages.verbs.acceptance import Accepted, Refused
from messages.verbs.cancellations import CancelTurn
from messages.verbs.retries import RetryTurn
from messages.verbs.verb import Deny, TooLate
from texts.panels import DENIED, TOO_LATE


class AnswerButtons:
    """They stand where everybody sees them, so anybody may press, and storage is asked from which message."""

    def __init__(self, partners: Partners) -> None:
        self._partners = partners

    async def press(self, response: Response, press: TurnPress, message_id: MessageId) -> None:
        """Answer a button on an answer."""
        match press:
            case Stop():
                await self._stop(response, press, message_id)
            case Retry():
                await self._ask_again(response, press, "retry", message_id)
            case Continue():
                await self._ask_again(response, press, "continue", message_id)
            case RetryWithDefault():
                await self._ask_again(response, press, "retry", message_id, with_default=True)
            case _:
                assert_never(press)

    async def _stop(self, response: Response, press: Stop, message_id: MessageId) -> None:
        verdict = await self._partners.recorder.execute(
            CancelTurn(actor=response.interaction.user_id, turn=press.turn, message_id=message_id)
        )
        match verdict:
            case StopTurn():
                response.acknowledge()
                self._partners.supervisor.post(verdict)
            case OutcomePending():
                response.acknowledge()
                self._partners.courier.post(verdict)
            case Deny():
                response.say(DENIED)
            case TooLate():
                response.say(TOO_LATE)

    async def _ask_again(
        self,
        response: Response,
        press: Retry | Continue | RetryWithDefault,
        kind: Literal["retry", "continue"],
        message_id: MessageId,
        *,
        with_default: bool = False,
    ) -> None:
        by = response.interaction
        verdict = await self._partners.recorder.execute(
            RetryTurn(
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
                response.acknowledge(drop_buttons=True)
                self._partners.supervisor.post(SessionHasWork(session=session))
            case Refused(outcome=outcome):
                response.acknowledge()
                self._partners.courier.post(outcome)
            case Deny():
                response.say(DENIED)
            case TooLate():
                response.say(TOO_LATE)
