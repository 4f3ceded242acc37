"""The command `/budget`: shows budgets, and lets the people who run the bot raise one person's."""

from typing import assert_never

import structlog

from actors.panel import input as given
from actors.panel.dependencies import Dependencies
from actors.panel.response import Response
from actors.panel.usage_view import budget_panel
from messages.ids import UserId
from messages.verbs.budgets import BudgetsShown, NotAdmin, RaiseBudget

log = structlog.get_logger()


class BudgetPanel:
    """Answers the command in private. Storage decides whether its user is an admin."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    async def command(self, response: Response, options: dict[str, given.Option]) -> None:
        """Answer `/budget`; without a person it is about whoever uses it.

        :raises InvalidInputError: when an option cannot be taken
        """
        given.only(options, "person", "dollars", "tokens")
        by = response.interaction
        verb = RaiseBudget(
            by=by,
            person=given.person(options["person"]) if "person" in options else by.user_id,
            tokens=given.tokens(options.get("tokens", 0)),
            micro_dollars=given.micro_dollars(options.get("dollars", 0)),
            now_s=self._dependencies.clock(),
        )
        match await self._dependencies.execute(verb):
            case NotAdmin():
                response.say("budget.not_admin")
            case BudgetsShown() as shown:
                if shown.is_raised:
                    log.info(
                        "budget.raised",
                        admin=by.user_id,
                        person=shown.person,
                        tokens=verb.tokens,
                        micro_dollars=verb.micro_dollars,
                    )
                response.send(budget_panel(shown, response.locale, is_own=shown.person == UserId(by.user_id)))
            case answer:
                assert_never(answer)
