"""The command `/help`, and the buttons that switch the bot on: on its panel, and below the hint."""

from actors.panel.dependencies import Dependencies
from actors.panel.help_view import help_panel, switched_on_panel
from actors.panel.response import Response
from current import Current
from messages.presses import SwitchOn
from messages.verbs.users import SetUser


class HelpPanel:
    """Explains the bot in private, and switches it on for whoever presses."""

    def __init__(self, dependencies: Dependencies, guide_url: Current[str]) -> None:
        """`guide_url` is the page that tells more, if there is one."""
        self._dependencies = dependencies
        self._guide_url = guide_url

    async def command(self, response: Response) -> None:
        """Answer `/help`. Nothing but the person's language is changed."""
        shown = await self._dependencies.execute(SetUser(by=response.interaction, now_s=self._dependencies.clock()))
        response.send(help_panel(shown, self._guide_url.value, response.locale))

    async def switch_on(self, response: Response, press: SwitchOn, *, on_help: bool) -> None:
        """Answer *new* or *activate*: `/help` is redrawn; the hint stays as it is, for it is not the presser's alone."""
        shown = await self._dependencies.execute(
            SetUser(by=response.interaction, now_s=self._dependencies.clock(), status=press.to)
        )
        if on_help:
            response.redraw(help_panel(shown, self._guide_url.value, response.locale, was_pressed=True))
        else:
            response.send(switched_on_panel(press.to, response.locale))
