"""The channels in which Discord lets the bot put no reaction, so that it does not ask again and again. Pure."""

from typing import Final

from messages.ids import ChannelId

UNMARKED_S: Final = 300.0
"""For how long a refusal is remembered. Discord shuts out an address that asks for 10,000 things it may not have in ten minutes
(Rate Limits, Invalid Request Limit)."""


class ForbiddenReactions:
    """What Discord said, and until when that is believed."""

    def __init__(self) -> None:
        self._known: dict[ChannelId, tuple[float, int]] = {}

    def forbid(self, channel: ChannelId, code: int, now_s: float) -> None:
        """Discord refused a reaction there, whatever the message."""
        self._known = {known: said for known, said in self._known.items() if now_s < said[0]}
        self._known[channel] = now_s + UNMARKED_S, code

    def code_in(self, channel: ChannelId, now_s: float) -> int | None:
        """Return the code with which Discord would refuse a reaction in a channel; None when it may take one."""
        until_s, code = self._known.get(channel, (0.0, None))
        return code if now_s < until_s else None
