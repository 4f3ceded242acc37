"""What each status is called, what it means and the emoji on its button: `/user`, `/help` and what follows a press say the same. Pure."""

from typing import Final

from messages.presses import Status
from texts.keys import PanelKey

STATUS_NAMES: Final[dict[Status, PanelKey]] = {
    "new": "button.new",
    "activate": "button.activate",
    "disable": "button.disable",
}
STATUS_MEANINGS: Final[dict[Status, PanelKey]] = {
    "disable": "status.disable",
    "new": "status.new",
    "activate": "status.activate",
}
STATUS_EMOJIS: Final[dict[Status, str]] = {"new": "✨", "activate": "💬", "disable": "🔕"}
