"""What the fast lane decides: which request to Discord fits a message, given what was already done for its interaction.

Pure. Discord, "Receiving and Responding": an interaction is answered once, within 3 seconds, by a callback; then, for 15
minutes, its answer may be edited and private messages may follow. What belongs to one interaction is sent in order, one
request at a time; different interactions do not wait for each other.

| state       | what stands in Discord                                  | a panel that redraws | a new panel        |
|-------------|---------------------------------------------------------|----------------------|--------------------|
| `waiting`   | nothing yet                                             | callback 7           | callback 4         |
| `thinking`  | a private "is thinking…" (callback 5)                   | takes its place      | takes its place    |
| `redrawing` | the message that was pressed, acknowledged (6) or redrawn | edit of that message | private follow-up  |
| `shown`     | a new private message                                   | private follow-up    | private follow-up  |
| `formed`    | a form                                                  | private follow-up    | private follow-up  |
| `chosen`    | what autocomplete offered: nothing can follow           | cannot be            | cannot be          |
| `dead`      | Discord knows nothing of the interaction any more       | dropped              | dropped            |
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, assert_never

from actors.responder.requests import (
    Callback,
    CallbackKind,
    ChoicesCallback,
    Deed,
    DeleteAnswer,
    EditAnswer,
    FollowUp,
    FormCallback,
    InvalidTransition,
    State,
)
from discord_api import error_codes
from discord_api.results import Done, Failure, Impossible, Limited, Unknown
from messages.ids import InteractionId
from messages.responder import (
    AcknowledgePress,
    Defer,
    OfferChoices,
    OpenForm,
    ResponderMessage,
    SendPrivately,
    ShowPanel,
)

TOKEN_S: Final = 900.0
"""How long an interaction can be answered (Discord: Receiving and Responding, Followup Messages)."""


@dataclass(slots=True)
class _Interaction:
    """How far one interaction is."""

    begun_s: float
    state: State = "waiting"
    messages: deque[ResponderMessage] = field(default_factory=deque)
    under_way: Deed | None = None
    tried_again: bool = False


class ResponderCore:
    """Every interaction of the last 15 minutes."""

    def __init__(self) -> None:
        self._interactions: dict[InteractionId, _Interaction] = {}  # in the order in which they began

    def __len__(self) -> int:
        return len(self._interactions)

    def under_way(self) -> int:
        """How many requests have been decided and not ended."""
        return sum(known.under_way is not None for known in self._interactions.values())

    def receive(self, message: ResponderMessage, now_s: float) -> list[Deed | InvalidTransition]:
        """Hear a message; returns what is to be sent now, one request at most."""
        self._forget(now_s)
        known = self._interactions.setdefault(message.interaction_id, _Interaction(now_s))
        known.messages.append(message)
        return self._go_on(known)

    def ended(self, deed: Deed, result: Done | Failure) -> list[Deed | InvalidTransition]:
        """Learn what became of a request; returns what is to be sent next for the same interaction."""
        known = self._interactions[deed.interaction_id]
        known.under_way = None
        again = self._after(known, deed, result)
        if again is not None:
            known.under_way = again
            return [again]
        known.tried_again = False
        return self._go_on(known)

    def _forget(self, now_s: float) -> None:
        for interaction, known in list(self._interactions.items()):
            if now_s - known.begun_s < TOKEN_S:
                return
            if known.under_way is None:
                del self._interactions[interaction]

    def _go_on(self, known: _Interaction) -> list[Deed | InvalidTransition]:
        found: list[Deed | InvalidTransition] = []
        while known.under_way is None and (message := _take(known)) is not None:
            deed = _fitting(known, message)
            if isinstance(deed, InvalidTransition):
                found.append(deed)
            elif deed is not None:
                known.under_way = deed
                found.append(deed)
        return found

    def _after(self, known: _Interaction, deed: Deed, result: Done | Failure) -> Deed | None:
        """Take note of a result; returns what is sent in the place of a deed that failed."""
        match result:
            case Done():
                known.state = _state_after(known.state, deed)
            case Limited():
                known.state = _state_after(known.state, deed)
            case Unknown():
                # Doing it twice does no harm, but for a follow-up, which would be shown twice.
                if not known.tried_again and not isinstance(deed, FollowUp):
                    known.tried_again = True
                    return deed
                known.state = _state_after(known.state, deed)
            case Impossible(code=code) if code == error_codes.ALREADY_ANSWERED:
                known.state = _state_after(known.state, deed)  # by us, before the answer was lost
            case Impossible(code=code) if code in error_codes.INTERACTION_OVER:
                known.state = "dead"
            case Impossible(code=code) if code == error_codes.UNKNOWN_MESSAGE:
                return _anew(known, deed)
            case Impossible():
                if known.state == "waiting":
                    known.state = "dead"  # 3 seconds leave no time for another try at what Discord refuses
            case _:
                assert_never(result)
        return None


def _take(known: _Interaction) -> ResponderMessage | None:
    """The message whose turn it is; what follows an answer waits until there is one."""
    unanswered = known.state in ("waiting", "thinking")
    for message in known.messages:
        if not unanswered or not isinstance(message, SendPrivately):
            known.messages.remove(message)
            return message
    return None


def _fitting(known: _Interaction, message: ResponderMessage) -> Deed | InvalidTransition | None:
    """The request that does what a message asks for; None where nothing needs to be done."""
    interaction_id, token, state = message.interaction_id, message.token, known.state
    if state == "dead":
        return None
    invalid = InvalidTransition(interaction_id=interaction_id, message=type(message).__name__, state=state)
    match message:
        case Defer() if state == "waiting":
            kind: CallbackKind = "acknowledge" if message.redraw else "think"
            return Callback(interaction_id=interaction_id, token=token, kind=kind)
        case Defer():
            return None
        case OpenForm() if state == "waiting":
            return FormCallback(interaction_id=interaction_id, token=token, form=message.form)
        case OfferChoices() if state == "waiting":
            return ChoicesCallback(interaction_id=interaction_id, token=token, choices=message.choices)
        case OpenForm() | OfferChoices():
            return invalid
        case _ if state == "chosen":
            return invalid
        case AcknowledgePress():
            return _acknowledgement(state, message)
        case ShowPanel() if state == "waiting" and message.panel.file is not None:
            # An upload may take longer than the 3 seconds that a callback has.
            known.messages.appendleft(message)
            return _fitting(known, Defer(interaction_id=interaction_id, token=token, redraw=message.redraw))
        case ShowPanel() if state == "waiting":
            kind = "redraw" if message.redraw else "show"
            return Callback(interaction_id=interaction_id, token=token, kind=kind, panel=message.panel)
        case ShowPanel() if state == "thinking" or (state == "redrawing" and message.redraw):
            return EditAnswer(interaction_id=interaction_id, token=token, panel=message.panel)
        case ShowPanel() | SendPrivately():
            return FollowUp(interaction_id=interaction_id, token=token, panel=message.panel)
        case _:
            assert_never(message)


def _acknowledgement(state: State, message: AcknowledgePress) -> Deed | None:
    interaction_id, token = message.interaction_id, message.token
    match state:
        case "waiting":
            kind: CallbackKind = "redraw" if message.drop_buttons else "acknowledge"
            return Callback(interaction_id=interaction_id, token=token, kind=kind)
        case "thinking":
            return DeleteAnswer(interaction_id=interaction_id, token=token)
        case "redrawing" if message.drop_buttons:
            return EditAnswer(interaction_id=interaction_id, token=token, panel=None)
        case _:
            return None


def _state_after(state: State, deed: Deed) -> State:
    match deed:
        case Callback(kind="show"):
            return "shown"
        case Callback(kind="think"):
            return "thinking"
        case Callback():
            return "redrawing"
        case FormCallback():
            return "formed"
        case ChoicesCallback():
            return "chosen"
        case EditAnswer() | DeleteAnswer():
            return "shown" if state == "thinking" else state
        case FollowUp():
            return state
        case _:
            assert_never(deed)


def _anew(known: _Interaction, deed: Deed) -> Deed | None:
    """The message that was to be redrawn is gone: the panel is sent as a new private one."""
    interaction_id, token = deed.interaction_id, deed.token
    match deed:
        case Callback(kind="redraw", panel=None):
            return Callback(interaction_id=interaction_id, token=token, kind="acknowledge")
        case Callback(kind="redraw", panel=panel):
            return Callback(interaction_id=interaction_id, token=token, kind="show", panel=panel)
        case EditAnswer(panel=panel) if panel is not None:
            known.state = "shown"
            return FollowUp(interaction_id=interaction_id, token=token, panel=panel)
        case EditAnswer() | DeleteAnswer():
            known.state = _state_after(known.state, deed)
        case _:
            known.state = "dead" if known.state == "waiting" else known.state
    return None
