"""Decides which request to Discord fits a message, given what was already sent for its interaction. Pure.

Discord wants an interaction answered once, by a callback within 3 seconds. After that, for 15 minutes, the answer can be
edited and private messages can follow (Discord: Receiving and Responding). The requests of one interaction are sent in
order, one at a time; different interactions do not wait for each other.

The two tables below are the whole machine: which request a message leads to in each state, and the state after it.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal, assert_never

from msgspec.structs import replace

from actors.responder.requests import (
    Callback,
    DeleteAnswer,
    EditAnswer,
    FollowUp,
    InvalidTransition,
    MessageKind,
    Request,
    RequestKind,
    State,
    kind_of_message,
    kind_of_request,
    request_for,
)
from discord_api import error_codes
from discord_api.results import Done, Failure, Impossible, Limited, RateLimitHeaders, Unknown
from messages.components import Panel, Text
from messages.ids import InteractionId
from messages.responder import (
    Defer,
    ResponderMessage,
    SendPrivately,
    ShowPanel,
)
from texts.escaping import escape_markdown
from texts.say import DEFAULT_LOCALE, Locale, locale_for, say, say_list

TOKEN_S: Final = 900.0
"""How long an interaction can be answered (Discord: Receiving and Responding, Followup Messages)."""

NAME_CHARS: Final = 100
"""Of the name of a file that is left out, so many code points are said."""

PAUSE_MAX_S: Final = 60.0
"""When Discord wants a longer pause than this, a request is given up: the person has pressed again, or has gone."""

_FOLLOWS: Final[dict[MessageKind, RequestKind | Literal["nothing", "invalid"]]] = {
    "defer": "nothing",
    "defer_redraw": "nothing",
    "show": "follow_up",
    "redraw": "follow_up",
    "send": "follow_up",
    "acknowledge": "nothing",
    "drop_buttons": "nothing",
    "form": "invalid",
    "choices": "invalid",
}
"""After a complete answer: panels are new private messages."""

_REQUESTS: Final[dict[State, dict[MessageKind, RequestKind | Literal["nothing", "invalid"]]]] = {
    # Nothing was answered yet; what is sent after the answer waits.
    "waiting": {
        "defer": "think",
        "defer_redraw": "acknowledge",
        "show": "show",
        "redraw": "redraw",
        "acknowledge": "acknowledge",
        "drop_buttons": "redraw",
        "form": "form",
        "choices": "choices",
    },
    # A private "is thinking…": the panel takes its place, or it is deleted; what is sent after the answer waits.
    "thinking": {
        "defer": "nothing",
        "defer_redraw": "nothing",
        "show": "edit",
        "redraw": "edit",
        "acknowledge": "delete",
        "drop_buttons": "delete",
        "form": "invalid",
        "choices": "invalid",
    },
    # The message that was pressed, acknowledged or redrawn.
    "redrawing": {**_FOLLOWS, "redraw": "edit", "drop_buttons": "edit"},
    # A new private message.
    "shown": _FOLLOWS,
    # A form.
    "formed": _FOLLOWS,
    # Choices of autocomplete: nothing can follow them.
    "chosen": {**dict.fromkeys(_FOLLOWS, "invalid"), "defer": "nothing", "defer_redraw": "nothing"},
    # Discord does not know the interaction any more: nothing is sent.
    "dead": dict.fromkeys(_FOLLOWS, "nothing"),
}
"""State × message → request."""

_NEXT: Final[dict[tuple[State, RequestKind], State]] = {
    ("waiting", "think"): "thinking",
    ("waiting", "acknowledge"): "redrawing",
    ("waiting", "show"): "shown",
    ("waiting", "redraw"): "redrawing",
    ("waiting", "form"): "formed",
    ("waiting", "choices"): "chosen",
    ("thinking", "edit"): "shown",
    ("thinking", "delete"): "shown",
    ("redrawing", "edit"): "redrawing",
    ("redrawing", "follow_up"): "redrawing",
    ("shown", "follow_up"): "shown",
    ("formed", "follow_up"): "formed",
}
"""State × request → state after it. Another pair is a mistake of ours, and raises `KeyError`."""


@dataclass(slots=True)
class _Interaction:
    """What was sent for one interaction, and what still has to be. No request of it is sent before `not_before_s`.

    `locale` is the language of whoever caused it.
    """

    begun_s: float
    not_before_s: float = 0.0
    state: State = "waiting"
    locale: Locale = DEFAULT_LOCALE
    messages: deque[ResponderMessage] = field(default_factory=deque)
    under_way: Request | None = None
    tried_again: bool = False


class ResponderCore:
    """The interactions of the last 15 minutes."""

    def __init__(self) -> None:
        self._interactions: dict[InteractionId, _Interaction] = {}  # in the order in which they began

    def __len__(self) -> int:
        return len(self._interactions)

    def under_way(self) -> int:
        """Return how many requests have been decided and have no result yet."""
        return sum(known.under_way is not None for known in self._interactions.values())

    def receive(self, message: ResponderMessage, now_s: float) -> list[Request | InvalidTransition]:
        """Take a message; return what to send now: at most one request."""
        self._forget(now_s)
        known = self._interactions.setdefault(message.interaction_id, _Interaction(now_s))
        known.messages.append(message)
        if isinstance(message, ShowPanel | SendPrivately):
            known.locale = locale_for(message.locale)
        return self._go_on(known)

    def not_before_s(self, interaction: InteractionId) -> float:
        """Return the earliest moment at which Discord takes the next request of this interaction."""
        return self._interactions[interaction].not_before_s

    def ended(
        self, request: Request, result: Done | Failure, now_s: float, headers: RateLimitHeaders | None = None
    ) -> list[Request | InvalidTransition]:
        """Take the result of a request and its answer's headers; return what to send next for the same interaction.

        It must not be sent before `not_before_s`.
        """
        known = self._interactions[request.interaction_id]
        known.under_way = None
        if headers is not None and headers.remaining == 0:
            known.not_before_s = now_s + headers.reset_after_s
        again = self._after(known, request, result, now_s)
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

    def _go_on(self, known: _Interaction) -> list[Request | InvalidTransition]:
        found: list[Request | InvalidTransition] = []
        while known.under_way is None and (message := _take(known)) is not None:
            request = _fitting(known, message)
            if isinstance(request, InvalidTransition):
                found.append(request)
            elif request is not None:
                known.under_way = request
                found.append(request)
        return found

    def _after(self, known: _Interaction, request: Request, result: Done | Failure, now_s: float) -> Request | None:
        """Take a result into account; return the request that replaces one that failed."""
        match result:
            case Done():
                known.state = _state_after(known.state, request)
            case Limited(retry_after_s=pause_s):
                # Discord did not do it, so sending it again shows nothing twice; only a first answer has no time for that.
                if not known.tried_again and known.state != "waiting" and pause_s <= PAUSE_MAX_S:
                    known.tried_again = True
                    known.not_before_s = now_s + pause_s
                    return request
                known.state = _state_after(known.state, request)
            case Unknown():
                # Sending it twice does no harm, except for a follow-up, which people would see twice.
                if not known.tried_again and not isinstance(request, FollowUp):
                    known.tried_again = True
                    return request
                known.state = _state_after(known.state, request)
            case Impossible(code=code) if code == error_codes.ALREADY_ANSWERED:
                known.state = _state_after(known.state, request)  # by the same request, whose confirmation was lost
            case Impossible(code=code) if code in error_codes.INTERACTION_OVER:
                known.state = "dead"
            case Impossible(code=code) if code == error_codes.UNKNOWN_MESSAGE:
                return _anew(known, request)
            case Impossible(code=code) if code in error_codes.TEXT and isinstance(request, EditAnswer | FollowUp):
                return _with_fewer_files(request, code, known.locale)
            case Impossible():
                if known.state == "waiting":
                    known.state = "dead"  # 3 seconds leave no time for anything that Discord might accept
            case _:
                assert_never(result)
        return None


def _take(known: _Interaction) -> ResponderMessage | None:
    """Take the next message out of the queue; private messages after the answer wait until there is an answer."""
    unanswered = known.state in ("waiting", "thinking")
    for message in known.messages:
        if not unanswered or not isinstance(message, SendPrivately):
            known.messages.remove(message)
            return message
    return None


def _fitting(known: _Interaction, message: ResponderMessage) -> Request | InvalidTransition | None:
    """Return the request that does what a message says; None when nothing needs to be done."""
    if known.state == "waiting" and isinstance(message, ShowPanel) and message.panel.files:
        # An upload may take longer than the 3 seconds that a callback has, so a deferral goes first.
        known.messages.appendleft(message)
        message = Defer(interaction_id=message.interaction_id, token=message.token, redraw=message.redraw)
    kind = _REQUESTS[known.state][kind_of_message(message)]
    if kind == "nothing":
        return None
    if kind == "invalid":
        return InvalidTransition(
            interaction_id=message.interaction_id, message=type(message).__name__, state=known.state
        )
    return request_for(kind, message)


def _state_after(state: State, request: Request) -> State:
    return _NEXT[state, kind_of_request(request)]


def _with_fewer_files(request: EditAnswer | FollowUp, code: int, locale: Locale) -> Request | None:
    """Return the request that shows a panel with a sentence in place of files that Discord does not take; None where it has no files.

    It does not say which of them are too large: the largest is left out, and the others are tried.
    """
    panel = request.panel
    if panel is None or not panel.files:
        return None
    refused = (max(panel.files, key=lambda file: file.length),) if code in error_codes.SIZES else panel.files
    names = say_list((escape_markdown(file.name, NAME_CHARS) for file in refused), locale)
    said = say("files_left_out", locale, files=names)
    files = tuple(file for file in panel.files if file not in refused)
    return replace(request, panel=Panel(parts=(*panel.parts, Text(said)), files=files))


def _anew(known: _Interaction, request: Request) -> Request | None:
    """Return the request that shows a panel in a new private message, because the message to redraw is gone."""
    interaction_id, token = request.interaction_id, request.token
    match request:
        case Callback(kind="redraw", panel=None):
            return Callback(interaction_id=interaction_id, token=token, kind="acknowledge")
        case Callback(kind="redraw", panel=panel):
            return Callback(interaction_id=interaction_id, token=token, kind="show", panel=panel)
        case EditAnswer(panel=panel) if panel is not None:
            known.state = "shown"
            return FollowUp(interaction_id=interaction_id, token=token, panel=panel)
        case EditAnswer() | DeleteAnswer():
            known.state = _state_after(known.state, request)
        case _:
            known.state = "dead" if known.state == "waiting" else known.state
    return None
