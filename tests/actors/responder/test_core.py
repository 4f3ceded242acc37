"""Which request fits a message, given what was already done for its interaction."""

import pytest
from msgspec.structs import replace

from actors.responder.core import ResponderCore
from actors.responder.requests import (
    Callback,
    CallbackKind,
    ChoicesCallback,
    DeleteAnswer,
    EditAnswer,
    FollowUp,
    FormCallback,
    InvalidTransition,
    Request,
    State,
)
from discord_api.results import Done, Failure, Impossible, Limited, RateLimitHeaders, Unknown
from messages.components import Choice, Field, Form, Panel, Text, simple_panel
from messages.files import File
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

TOKEN = "t"  # noqa: S105  # stands in nobody's address
ONE, TWO = InteractionId(1), InteractionId(2)
PANEL, SECOND = simple_panel("first"), simple_panel("second")
FORM = Form(custom_id="f", title="Form", fields=(Field(name="a", label="A"),))
CHOICES = (Choice(name="a", value="a"),)


def show(panel: Panel = PANEL, *, redraw: bool = False, of: InteractionId = ONE) -> ShowPanel:
    return ShowPanel(interaction_id=of, token=TOKEN, panel=panel, redraw=redraw)


def acknowledge(*, drop_buttons: bool = False) -> AcknowledgePress:
    return AcknowledgePress(interaction_id=ONE, token=TOKEN, drop_buttons=drop_buttons)


def defer(*, redraw: bool = False) -> Defer:
    return Defer(interaction_id=ONE, token=TOKEN, redraw=redraw)


def privately(panel: Panel = SECOND) -> SendPrivately:
    return SendPrivately(interaction_id=ONE, token=TOKEN, panel=panel)


OPEN = OpenForm(interaction_id=ONE, token=TOKEN, form=FORM)
OFFER = OfferChoices(interaction_id=ONE, token=TOKEN, choices=CHOICES)


def callback(kind: CallbackKind, panel: Panel | None = None) -> Callback:
    return Callback(interaction_id=ONE, token=TOKEN, kind=kind, panel=panel)


def edit(panel: Panel | None) -> EditAnswer:
    return EditAnswer(interaction_id=ONE, token=TOKEN, panel=panel)


def follow(panel: Panel) -> FollowUp:
    return FollowUp(interaction_id=ONE, token=TOKEN, panel=panel)


FORMED = FormCallback(interaction_id=ONE, token=TOKEN, form=FORM)
CHOSEN = ChoicesCallback(interaction_id=ONE, token=TOKEN, choices=CHOICES)
DELETED = DeleteAnswer(interaction_id=ONE, token=TOKEN)

WAYS: dict[State, tuple[ResponderMessage, ...]] = {
    "waiting": (),
    "thinking": (defer(),),
    "redrawing": (defer(redraw=True),),
    "shown": (show(),),
    "formed": (OPEN,),
    "chosen": (OFFER,),
}
"""What brings an interaction into each state."""


def hear(
    core: ResponderCore, message: ResponderMessage, result: Done | Failure | None = None
) -> list[Request | InvalidTransition]:
    """Everything that is sent for a message, each request with the same result."""
    found = core.receive(message, 0.0)
    for request in found:  # grows while it is read
        if not isinstance(request, InvalidTransition):
            found += core.ended(request, result or Done(), 0.0)
    return found


def in_state(state: State) -> ResponderCore:
    core = ResponderCore()
    for message in WAYS[state]:
        assert hear(core, message)
    return core


def invalid(message: ResponderMessage, state: State) -> InvalidTransition:
    return InvalidTransition(interaction_id=ONE, message=type(message).__name__, state=state)


REDRAW, DROP, PRIVATELY = show(redraw=True), acknowledge(drop_buttons=True), privately()
MESSAGES = (show(), REDRAW, PRIVATELY, acknowledge(), DROP, OPEN, OFFER, defer(), defer(redraw=True))
MATRIX: dict[State, tuple[Request | str | None, ...]] = {
    # a new panel, a redraw, a private one, an acknowledgement, one that drops buttons, a form, choices, deferrals
    "waiting": (
        callback("show", PANEL),
        callback("redraw", PANEL),
        None,
        callback("acknowledge"),
        callback("redraw"),
        FORMED,
        CHOSEN,
        callback("think"),
        callback("acknowledge"),
    ),
    "thinking": (edit(PANEL), edit(PANEL), None, DELETED, DELETED, "invalid", "invalid", None, None),
    "redrawing": (follow(PANEL), edit(PANEL), follow(SECOND), None, edit(None), "invalid", "invalid", None, None),
    "shown": (follow(PANEL), follow(PANEL), follow(SECOND), None, None, "invalid", "invalid", None, None),
    "formed": (follow(PANEL), follow(PANEL), follow(SECOND), None, None, "invalid", "invalid", None, None),
    "chosen": ("invalid", "invalid", "invalid", "invalid", "invalid", "invalid", "invalid", None, None),
}
CASES = [
    (state, message, wanted) for state, row in MATRIX.items() for message, wanted in zip(MESSAGES, row, strict=True)
]


@pytest.mark.parametrize(("state", "message", "wanted"), CASES)
def test_each_message_has_one_fitting_request(
    state: State, message: ResponderMessage, wanted: Request | str | None
) -> None:
    """In every state, for every message."""
    if wanted is None:
        expected: list[Request | InvalidTransition] = []
    else:
        expected = [invalid(message, state) if isinstance(wanted, str) else wanted]
    assert in_state(state).receive(message, 0.0) == expected


@pytest.mark.parametrize("answer", [show(), REDRAW, acknowledge(), DROP, OPEN])
def test_private_message_follows_whatever_the_answer_is(answer: ResponderMessage) -> None:
    """It waits for the answer and is sent right after it."""
    core = ResponderCore()
    assert core.receive(privately(), 0.0) == []
    first = core.receive(answer, 0.0)
    assert len(first) == 1
    assert isinstance(first[0], Callback | FormCallback)
    assert core.ended(first[0], Done(), 0.0) == [follow(SECOND)]


def test_private_message_does_not_take_the_place_of_what_is_thought_of() -> None:
    """Discord draws the first follow-up after a deferral over "is thinking…"."""
    core = in_state("thinking")
    assert core.receive(privately(), 0.0) == []
    assert hear(core, show()) == [edit(PANEL), follow(SECOND)]


def test_requests_of_one_interaction_wait_for_each_other() -> None:
    """They are sent one at a time in the order of the messages; those of another interaction do not wait."""
    core = ResponderCore()
    (first,) = core.receive(defer(redraw=True), 0.0)
    assert first == callback("acknowledge")
    assert core.receive(REDRAW, 0.0) == core.receive(privately(), 0.0) == []
    assert len(core.receive(show(of=TWO), 0.0)) == 1
    assert core.under_way() == 2
    assert not isinstance(first, InvalidTransition)
    assert core.ended(first, Done(), 0.0) == [edit(PANEL)]
    assert core.ended(edit(PANEL), Done(), 0.0) == [follow(SECOND)]


def test_deferral_that_comes_too_late_is_left_out() -> None:
    """When the answer is under way already, the deferral is not sent."""
    core = ResponderCore()
    core.receive(show(), 0.0)
    core.receive(defer(), 0.0)
    assert core.ended(callback("show", PANEL), Done(), 0.0) == []


@pytest.mark.parametrize(("redraw", "kind"), [(False, "think"), (True, "acknowledge")])
def test_file_is_not_uploaded_within_three_seconds(redraw: bool, kind: CallbackKind) -> None:
    """The interaction is deferred first, in the way that fits it."""
    panel = simple_panel("", files=(File(name="a.md", content=b"a"),))
    assert hear(ResponderCore(), show(panel, redraw=redraw)) == [callback(kind), edit(panel)]


def test_redraw_of_a_message_that_is_gone_is_sent_anew() -> None:
    """It becomes the first answer while there is none, else a private message."""
    core = ResponderCore()
    assert core.receive(REDRAW, 0.0) == [callback("redraw", PANEL)]
    assert core.ended(callback("redraw", PANEL), Impossible(10008), 0.0) == [callback("show", PANEL)]
    assert core.ended(callback("show", PANEL), Done(), 0.0) == []
    core = in_state("redrawing")
    assert core.receive(REDRAW, 0.0) == [edit(PANEL)]
    assert core.ended(edit(PANEL), Impossible(10008), 0.0) == [follow(PANEL)]
    assert core.ended(follow(PANEL), Done(), 0.0) == []
    assert hear(core, REDRAW) == [follow(PANEL)]


def test_buttons_of_a_message_that_is_gone_are_not_missed() -> None:
    """The press is acknowledged, and what follows is sent."""
    core = ResponderCore()
    assert core.receive(DROP, 0.0) == [callback("redraw")]
    assert core.receive(PRIVATELY, 0.0) == []
    assert core.ended(callback("redraw"), Impossible(10008), 0.0) == [callback("acknowledge")]
    assert core.ended(callback("acknowledge"), Done(), 0.0) == [follow(SECOND)]
    core = in_state("redrawing")
    assert core.receive(DROP, 0.0) == [edit(None)]
    assert core.ended(edit(None), Impossible(10008), 0.0) == []


def test_what_discord_refuses_to_show_is_not_sent_for_ever() -> None:
    """This holds even when Discord says of a new message that it does not exist."""
    core = ResponderCore()
    assert hear(core, show(), Impossible(10008)) == [callback("show", PANEL)]
    assert core.receive(show(), 0.0) == []


@pytest.mark.parametrize("code", [10062, 10015, 50027, 50035])
def test_interaction_that_could_not_be_answered_is_left_alone(code: int) -> None:
    """Nothing that belongs to it is tried any more; others are not touched."""
    core = ResponderCore()
    core.receive(show(), 0.0)
    core.receive(privately(), 0.0)
    assert core.ended(callback("show", PANEL), Impossible(code), 0.0) == []
    assert core.receive(REDRAW, 0.0) == core.receive(OPEN, 0.0) == []
    assert len(core.receive(show(of=TWO), 0.0)) == 1


@pytest.mark.parametrize(("code", "names"), [(40005, ["b.json", "a.md"]), (50035, ["b.json, a.md"])])
@pytest.mark.parametrize("state", ["thinking", "shown"])
def test_files_that_discord_does_not_take_hold_no_text_back(state: State, code: int, names: list[str]) -> None:
    """If they are too large, the largest goes first: Discord does not say which one it is. No request is repeated without end."""
    core = in_state(state)
    files = (File(name="b.json", content=b"{}"), File(name="a.md", content=b"#"))
    sent = edit if state == "thinking" else follow
    panel = simple_panel("first", files=files)
    assert core.receive(show(panel), 0.0) == [sent(panel)]
    request = sent(panel)
    for number, name in enumerate(names, 1):
        panel = Panel(
            parts=(*panel.parts, Text(f"Discord does not take this here: {name}.")),
            files=files[number:] if number < len(names) else (),
        )
        assert core.ended(request, Impossible(code), 0.0) == [sent(panel)]
        request = sent(panel)
    assert core.ended(request, Impossible(code), 0.0) == []


@pytest.mark.parametrize("state", ["waiting", "shown"])
def test_which_files_are_not_taken_is_said_in_the_persons_language(state: State) -> None:
    """In a panel, and in what follows it."""
    panel = simple_panel("first", files=(File(name="a.md", content=b"#"), File(name="b.json", content=b"{}")))
    core = in_state(state)
    message = show(panel) if state == "waiting" else privately(panel)
    (request,) = core.receive(replace(message, locale="zh-CN"), 0.0)
    if state == "waiting":  # an upload is deferred first
        (request,) = core.ended(request, Done(), 0.0)  # type: ignore[arg-type]
    (again,) = core.ended(request, Impossible(50035), 0.0)  # type: ignore[arg-type]
    assert isinstance(again, EditAnswer | FollowUp)
    assert again.panel is not None
    assert again.panel.text.splitlines()[-1] == "这里的 Discord 不接受：a.md、b.json。"


@pytest.mark.parametrize(("code", "goes_on"), [(10015, False), (50027, False), (50035, True), (40005, True)])
def test_private_message_that_is_refused_holds_up_the_next_only_when_the_token_is_dead(
    code: int, goes_on: bool
) -> None:
    """A text that Discord does not take says nothing about the next one."""
    core = in_state("shown")
    assert core.receive(privately(PANEL), 0.0) == [follow(PANEL)]
    core.receive(privately(), 0.0)
    assert core.ended(follow(PANEL), Impossible(code), 0.0) == ([follow(SECOND)] if goes_on else [])


@pytest.mark.parametrize(
    ("state", "message", "expected"),
    [
        ("waiting", show(), callback("show", PANEL)),
        ("waiting", defer(), callback("think")),
        ("waiting", OPEN, FORMED),
        ("waiting", OFFER, CHOSEN),
        ("thinking", show(), edit(PANEL)),
        ("thinking", acknowledge(), DELETED),
    ],
)
def test_answer_that_got_lost_is_sent_once_more(state: State, message: ResponderMessage, expected: Request) -> None:
    """It is not sent a third time; when Discord says that it had the first, the interaction goes on."""
    assert hear(in_state(state), message, Unknown()) == [expected, expected]
    core = in_state(state)
    core.receive(message, 0.0)
    core.receive(privately(), 0.0)
    assert core.ended(expected, Unknown(), 0.0) == [expected]
    after = core.ended(expected, Impossible(40060), 0.0)
    assert all(isinstance(one, FollowUp | InvalidTransition) for one in after)
    assert len(after) == (0 if expected == callback("think") else 1)


def test_each_request_that_got_lost_is_sent_once_more() -> None:
    """Each request of an interaction may be repeated once, not only the first."""
    core = in_state("redrawing")
    for _ in range(2):
        assert core.receive(REDRAW, 0.0) == [edit(PANEL)]
        assert core.ended(edit(PANEL), Unknown(), 0.0) == [edit(PANEL)]
        assert core.receive(defer(), 0.0) == []
        assert core.under_way() == 1
        assert core.ended(edit(PANEL), Done(), 0.0) == []


def test_private_message_that_got_lost_is_not_sent_twice() -> None:
    """It may have been shown, and people would read it twice."""
    core = in_state("shown")
    assert hear(core, privately(), Unknown()) == [follow(SECOND)]


def test_private_messages_keep_within_the_interactions_rate_limit() -> None:
    """When an answer's headers say that nothing remains, the next request of this interaction waits, and no other's does."""
    core = in_state("shown")
    core.receive(privately(PANEL), 0.0)
    core.receive(show(of=TWO), 0.0)
    core.receive(privately(), 0.0)
    used_up = RateLimitHeaders(name="b", limit=5, remaining=0, reset_after_s=1.5)
    assert core.ended(follow(PANEL), Done(), 10.0, used_up) == [follow(SECOND)]
    assert (core.not_before_s(ONE), core.not_before_s(TWO)) == (11.5, 0.0)


def test_private_message_that_was_rate_limited_is_sent_once_more_after_the_pause() -> None:
    """Discord did not show it, so nobody sees it twice; a third time it is given up."""
    core = in_state("shown")
    core.receive(privately(), 0.0)
    assert core.ended(follow(SECOND), Limited(retry_after_s=2.0), 10.0) == [follow(SECOND)]
    assert core.not_before_s(ONE) == 12.0
    assert core.ended(follow(SECOND), Limited(retry_after_s=2.0), 13.0) == []


@pytest.mark.parametrize(("state", "pause_s"), [("waiting", 1.0), ("shown", 400.0)])
def test_request_that_would_come_too_late_is_not_sent_once_more(state: State, pause_s: float) -> None:
    """A first answer has 3 seconds, and nobody waits for minutes."""
    assert len(hear(in_state(state), show(), Limited(retry_after_s=pause_s))) == 1


def test_interactions_are_forgotten_after_a_quarter_of_an_hour() -> None:
    """Their tokens are dead then; one whose request is under way is kept until it has ended."""
    core = ResponderCore()
    (request,) = core.receive(show(), 0.0)
    core.receive(show(of=TWO), 900.0 - 1)
    assert not isinstance(request, InvalidTransition)
    three = InteractionId(3)
    core.receive(show(of=three), 900.0)
    assert len(core) == 3
    assert core.ended(request, Done(), 0.0) == []
    assert core.receive(show(SECOND), 900.0) == [callback("show", SECOND)]  # as of one that was never heard of
