"""What the courier hears: what Discord shall show."""

from typing import Literal

from msgspec import Struct

from messages.ids import ChannelId, InteractionId, MessageId, SessionId, TurnId
from messages.turn import OutcomeOwed, Place


class TurnBegan(Struct, frozen=True, kw_only=True, tag="turn_began"):
    """A turn is being answered. From the session's actor.

    `resumed` is true when an earlier attempt, perhaps of a process that died, may have posted parts already.
    """

    turn: TurnId
    session: SessionId
    attempt: int
    place: Place
    resumed: bool


class DraftShown(Struct, frozen=True, kw_only=True, tag="draft_shown"):
    """The answer so far. From the session's actor; only the newest of a turn waits, an older one is never sent."""

    turn: TurnId
    attempt: int
    revision: int
    text: str


class TurnPausedShown(Struct, frozen=True, kw_only=True, tag="turn_paused_shown"):
    """A turn's draft stands as it is until the next start. From the session's actor while the process stops."""

    turn: TurnId


class Button(Struct, frozen=True, kw_only=True):
    """A button; `custom_id` is an encoded `messages.panel.Press`."""

    label: str
    custom_id: str
    style: Literal["primary", "secondary", "success", "danger"] = "secondary"
    disabled: bool = False


class Panel(Struct, frozen=True, kw_only=True):
    """A private message: text of at most 2,000 code points and rows of buttons."""

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()


class ShowPanel(Struct, frozen=True, kw_only=True, tag="show_panel"):
    """Answer an interaction: with a new private message, or by redrawing the message it came from."""

    interaction_id: InteractionId
    token: str
    panel: Panel
    redraw: bool


class AcknowledgePress(Struct, frozen=True, kw_only=True, tag="acknowledge_press"):
    """Say to Discord that a press was heard; with `drop_buttons` the message it came from loses its buttons."""

    interaction_id: InteractionId
    token: str
    drop_buttons: bool


class ReadChannel(Struct, frozen=True, kw_only=True, tag="read_channel"):
    """Read what was posted after a message, one page, for the gateway."""

    channel_id: ChannelId
    after: MessageId


CourierMessage = TurnBegan | DraftShown | OutcomeOwed | TurnPausedShown | ShowPanel | AcknowledgePress | ReadChannel
