"""The buttons on an answer: *Stop*, *Retry*, *Ask again*, *Continue*, *Reasoning*, and the one that goes on with the default model.

Storage decides who may press them. *Ask again* stands in the Apps menu too.
"""

from typing import Literal, assert_never

from actors.panel.dependencies import Dependencies
from actors.panel.reasoning_view import reasoning_panel
from actors.panel.response import Response
from messages.ids import MessageId
from messages.presses import Continue, Retry, RetryWithDefault, ShowReasoning, Stop, TurnPress
from messages.supervisor import QueueMoved, SessionHasWork
from messages.turn import OutcomePending, StopTurn
from messages.verbs.acceptance import Accepted, Refused
from messages.verbs.cancellations import CancelTurn
from messages.verbs.retries import AskAgain, NoContinuation, NotTaken, RetryTurn
from messages.verbs.turns import ReadReasoning, Reasoning
from messages.verbs.verb import Deny, NotAsker, NotOwner, TooLate


class AnswerButtons:
    """Acts on a press. Everybody sees these buttons, so storage also checks that the press came from that answer's message."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    async def press(self, response: Response, press: TurnPress, message_id: MessageId) -> None:
        """Answer the press of a button in the message `message_id`."""
        match press:
            case Stop():
                await self._stop(response, press, message_id)
            case Retry():
                await self._retry(response, press, "retry", message_id)
            case Continue():
                await self._retry(response, press, "continue", message_id)
            case RetryWithDefault():
                await self._retry(response, press, "retry", message_id, with_default=True)
            case ShowReasoning():
                await self._show_reasoning(response, press, message_id)
            case _:
                assert_never(press)

    async def _show_reasoning(self, response: Response, press: ShowReasoning, message_id: MessageId) -> None:
        read = await self._dependencies.execute(
            ReadReasoning(by=response.interaction, turn=press.turn, message_id=message_id)
        )
        match read:
            case Deny():
                response.say("denied")
            case NotOwner():
                response.say("reasoning.owners")
            case Reasoning(text=text):
                response.send(reasoning_panel(press.turn, text, response.locale))

    async def ask_again(self, response: Response, message_id: MessageId) -> None:
        """Answer *Ask again* in the Apps menu, on a question or on its answer; a private sentence says what happens."""
        verdict = await self._dependencies.execute(
            AskAgain(by=response.interaction, message_id=message_id, now_s=self._dependencies.clock())
        )
        match verdict:
            case Accepted(session=session):
                response.say("asked_again")
                self._dependencies.supervisor.post(SessionHasWork(session=session))
            case Refused(outcome=outcome):
                response.say("not_asked_again")
                self._dependencies.courier.post(outcome)
            case NotAsker():
                response.say("not_asker")
            case NotTaken():
                response.say("not_taken")
            case Deny():
                response.say("denied")
            case TooLate():
                response.say("being_answered")

    async def _stop(self, response: Response, press: Stop, message_id: MessageId) -> None:
        verdict = await self._dependencies.execute(
            CancelTurn(actor=response.interaction.user_id, turn=press.turn, message_id=message_id)
        )
        match verdict:
            case StopTurn():
                response.acknowledge()
                self._dependencies.supervisor.post(verdict)
            case OutcomePending():
                response.acknowledge()
                self._dependencies.courier.post(verdict)
                if verdict.session is not None:
                    self._dependencies.supervisor.post(QueueMoved(session=verdict.session))
            case NotAsker():
                response.say("not_asker")
            case Deny():
                response.say("denied")
            case TooLate():
                response.say("too_late")

    async def _retry(
        self,
        response: Response,
        press: Retry | Continue | RetryWithDefault,
        kind: Literal["retry", "continue"],
        message_id: MessageId,
        *,
        with_default: bool = False,
    ) -> None:
        by = response.interaction
        verdict = await self._dependencies.execute(
            RetryTurn(
                interaction_id=by.interaction_id,
                actor=by.user_id,
                turn=press.turn,
                kind=kind,
                channel_id=by.channel_id,
                guild_id=by.guild_id,
                message_id=message_id,
                with_default=with_default,
                without_dialogue=self._dependencies.catalogue.without_dialogue,
                now_s=self._dependencies.clock(),
            )
        )
        match verdict:
            case Accepted(session=session):
                response.acknowledge(drop_buttons=True)
                self._dependencies.supervisor.post(SessionHasWork(session=session))
            case Refused(outcome=outcome):
                response.acknowledge()
                self._dependencies.courier.post(outcome)
            case NotAsker():
                response.say("not_asker")
            case Deny():
                response.say("denied")
            case NoContinuation():
                response.say("no_continuation")
            case TooLate():
                response.say("too_late")
