"""The panel's actor: what a person does becomes one verb, and its answer what they see."""

from typing import Any

import pytest
import structlog.testing
from msgspec import UNSET

from messages import custom_id
from messages.answer import Answer
from messages.choices import Choices
from messages.components import Menu, simple_panel
from messages.courier import CourierMessage
from messages.ids import ChannelId, GuildId, InteractionId, MessageId, RoleId, SessionId, TurnId, UserId
from messages.panel import MessageCommandUsed, OptionTyped
from messages.presses import (
    Attach,
    ChooseModel,
    ChooseSession,
    ChooseSessionModel,
    ChooseSetting,
    ChooseStatus,
    Clear,
    ConfirmClear,
    ConfirmPublic,
    ConfirmRemove,
    Continue,
    EditAgain,
    EditSession,
    EditUser,
    Export,
    OpenSession,
    OpenUser,
    Remove,
    Retry,
    SetPublic,
    ShowPublic,
    ShowReasoning,
    Speak,
    Stop,
    SwitchOn,
)
from messages.responder import AcknowledgePress, OfferChoices, OpenForm, SendPrivately, ShowPanel
from messages.supervisor import SessionHasWork
from messages.turn import OutcomePending, Place, StopTurn
from messages.verbs.acceptance import Accepted, Refused
from messages.verbs.cancellations import CancelTurn, Ended
from messages.verbs.retries import AskAgain, RetryTurn
from messages.verbs.sessions import Dialogue, NoServer, NoSession, NotListed, ReadDialogue, RemoveSession, SetSession
from messages.verbs.turns import ReadReasoning, Reasoning
from messages.verbs.users import (
    ClearSessions,
    FindSessions,
    GoOnWith,
    SessionChosen,
    SessionsRemoved,
    SetUser,
)
from messages.verbs.verb import Deny, NotAsker, TooLate
from models.catalogue import Catalogue
from models.model import Model
from storage.permissions import Lists, Permissions
from tests.actors.panel.panels import ALICE, LISTED, SAID, SESSION, button, labels, listed, session, user
from tests.actors.panel.scene import ANSWER, NOW_S, Scene, scene
from tests.virtual_time import virtual_time
from texts.english import PANELS

SEVEN, EIGHT = SessionId(7), TurnId(8)
OWED = OutcomePending(
    turn=EIGHT,
    session=SEVEN,
    asker=UserId(4),
    place=Place(channel_id=ChannelId(1), reply_to=MessageId(2), question_id=MessageId(2)),
    ending="cancelled",
    reason="session_ended",
    answer=Answer(text=""),
    parts=(),
    attempted=False,
    search=False,
)
ENDED = Ended(outcomes=(OWED,), stops=(StopTurn(session=SEVEN, turn=TurnId(9), reason="session_ended"),))


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Virtual time."""
    return virtual_time()


def everybody_was_told(made: Scene) -> bool:
    told: list[CourierMessage] = made.courier.take_all()
    stop = StopTurn(session=SEVEN, turn=TurnId(9), reason="session_ended")
    return told == [OWED] and made.supervisor.take_all() == [stop]


async def test_user_sets_what_is_given_and_shows_the_panel() -> None:
    """The panel is a new private message; options that are not given change nothing."""
    async with scene() as made:
        made.rows.answers[SetUser] = ALICE
        used = made.command("user", system_msg="Be brief.", max_token=9, temperature=0)
        (shown,) = await made.answers_to(used)
        assert isinstance(shown, ShowPanel)
        assert not shown.redraw
        assert "**Name**: Alice" in shown.panel.text
        assert shown.panel.text.startswith(PANELS["saved"])
        plain = made.command("user")
        (shown,) = await made.answers_to(plain)
        assert isinstance(shown, ShowPanel)
        assert not shown.panel.text.startswith(PANELS["saved"])
        assert made.rows.executed == [
            SetUser(by=used.interaction, now_s=NOW_S, system_msg="Be brief.", max_token=9, temperature=0.0),
            SetUser(by=plain.interaction, now_s=NOW_S, temperature=UNSET),
        ]


@pytest.mark.parametrize(
    ("press", "values", "change"),
    [
        (ChooseStatus(status="new", page=3), (), {"status": "new"}),
        (ShowPublic(on=False, page=3), (), {"show_public": False}),
        (Attach(on=True, page=3), (), {"attach": True}),
        (Speak(on=True, page=3), (), {"speaks": True}),
        (ChooseModel(page=3), ("gpt-large",), {"model": "gpt-large"}),
        (OpenUser(page=3), (), {}),
    ],
)
async def test_a_press_sets_what_it_says_and_redraws_its_page(press: Any, values: Any, change: Any) -> None:
    """One verb is executed, and the new panel takes the place of the old one."""
    async with scene() as made:
        made.rows.answers[SetUser] = user(page=3, pages=9)
        pressed = made.pressed(press, *values)
        shown = await made.redrawn(pressed)
        assert labels(shown.panel)[4][1] == "Page 4 of 9"
        assert made.rows.executed == [SetUser(by=pressed.interaction, now_s=NOW_S, page=3, **change)]


@pytest.mark.parametrize(
    ("press", "verb", "shown"),
    [(ChooseModel(page=0), SetUser, user()), (ChooseSessionModel(SEVEN), SetSession, session())],
)
async def test_the_options_that_lead_to_more_models_redraw_the_menu_and_change_nothing(
    press: Any, verb: Any, shown: Any
) -> None:
    """Also after a restart: all that the option's value says is the page."""
    many = Catalogue([Model(name=f"m{number}") for number in range(60)])
    async with scene(catalogue=many) as made:
        made.rows.answers[verb] = shown
        redrawn = await made.redrawn(made.pressed(press, "…page 1"))
        menu = next(row for row in redrawn.panel.rows if isinstance(row, Menu))
        assert [option.value for option in menu.options] == ["…page 0", *(f"m{n}" for n in range(24, 47)), "…page 2"]
        assert [(one.model, type(one)) for one in made.rows.executed] == [(None, verb)]


async def test_a_model_of_another_kind_for_a_session_with_a_history_says_what_changes() -> None:
    """In a session without one there is nothing to say."""
    kinds = Catalogue([Model(name="gpt-small"), Model(name="old", kind="completion")])
    async with scene(catalogue=kinds) as made:
        for shown, headline in (
            (session(), PANELS["kind_changed.completion"]),
            (session(utterances=0, excerpt=()), ""),
        ):
            made.rows.answers[SetSession] = shown
            redrawn = await made.redrawn(made.pressed(ChooseSessionModel(SEVEN), "old"))
            assert redrawn.panel.text.startswith(headline)
            assert (PANELS["kind_changed.completion"] in redrawn.panel.text) == bool(headline)
        assert [one.model for one in made.rows.executed] == [None, "old"] * 2


async def test_choosing_a_session_redraws_the_panel_and_sends_the_conversation() -> None:
    """The panel is redrawn first; then the conversation follows in a message of its own."""
    async with scene() as made:
        made.rows.answers[GoOnWith] = SessionChosen(user=ALICE, chosen=LISTED, utterances=SAID)
        pressed = made.pressed(ChooseSession(page=2), "7")
        panel, conversation = await made.answers_to(pressed)
        assert isinstance(panel, ShowPanel)
        assert panel.redraw
        assert isinstance(conversation, SendPrivately)
        assert "A ball of ice." in conversation.panel.text
        assert made.rows.executed == [GoOnWith(by=pressed.interaction, session=SEVEN, now_s=NOW_S, page=2)]


async def test_choosing_a_session_that_has_gone_redraws_the_panel_with_a_sentence() -> None:
    """The panel says that it is denied, and nothing of the session is sent."""
    async with scene() as made:
        made.rows.answers = {GoOnWith: Deny(), SetUser: user(page=2, pages=3)}
        shown = await made.redrawn(made.pressed(ChooseSession(page=2), "7"))
        assert shown.panel.text.startswith(PANELS["denied"])
        assert made.rows.executed[1].page == 2


async def test_clear_asks_and_then_removes_what_was_counted() -> None:
    """The panel says what was done, and everybody else hears what ended."""
    async with scene() as made:
        made.rows.answers = {SetUser: user(sessions=3, newest=SessionId(9))}
        asked = await made.redrawn(made.pressed(ConfirmClear()))
        assert labels(asked.panel) == [["Remove 3 sessions", "Keep them"]]
        assert not any(isinstance(verb, ClearSessions) for verb in made.rows.executed)
        made.rows.answers[ClearSessions] = SessionsRemoved(removed=3, ended=ENDED)
        pressed = made.pressed(button(asked.panel, "Remove 3 sessions").custom_id)
        shown = await made.redrawn(pressed)
        assert shown.panel.text.startswith("Removed 3 sessions.")
        assert ClearSessions(by=pressed.interaction, newest=SessionId(9), now_s=NOW_S) in made.rows.executed
        assert everybody_was_told(made)


async def test_clear_without_sessions_is_a_sentence() -> None:
    """Without sessions there is nothing to confirm, also when another panel has just removed them."""
    async with scene() as made:
        made.rows.answers = {
            SetUser: user(sessions=0, newest=None),
            ClearSessions: SessionsRemoved(removed=0, ended=Ended()),
        }
        for press in (ConfirmClear(), Clear(newest=SessionId(9))):
            shown = await made.redrawn(made.pressed(press))
            assert shown.panel.text.startswith(PANELS["nothing_to_remove"])


async def test_session_shows_the_one_that_was_asked_for() -> None:
    """Without the option it is the current session, else the typed one; a given name and system message are set."""
    async with scene() as made:
        made.rows.answers[SetSession] = SESSION
        plain, full = (
            made.command("session"),
            made.command("session", name=" New ", system_msg="Be brief.", session="7"),
        )
        for used in (plain, full):
            (shown,) = await made.answers_to(used)
            assert isinstance(shown, ShowPanel)
            assert not shown.redraw
            assert "**Name**: Comets are" in shown.panel.text
            assert shown.panel.text.startswith(PANELS["saved"]) == (used is full)
        assert made.rows.executed == [
            SetSession(by=plain.interaction, now_s=NOW_S),
            SetSession(by=full.interaction, now_s=NOW_S, typed="7", title="New", system_msg="Be brief."),
        ]


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (Deny(), PANELS["denied"]),
        (NotListed(), PANELS["not_listed"]),
        (NoSession(), PANELS["no_current_session"]),
        (NoServer(), PANELS["no_server"]),
    ],
)
async def test_session_that_cannot_be_shown_is_a_sentence(verdict: Any, sentence: str) -> None:
    """Another's session and one that does not exist get the same sentence; without a current session the sentence says how to get one."""
    async with scene() as made:
        made.rows.answers[SetSession] = verdict
        assert await made.said(made.command("session")) == sentence


async def test_show_session_asks_for_the_session_of_the_answer() -> None:
    """The session of the message is shown; an unknown entry of the Apps menu gets a sentence."""
    async with scene() as made:
        made.rows.answers[SetSession] = SESSION
        used = MessageCommandUsed(interaction=made.by(), name="Show session", message_id=ANSWER)
        (shown,) = await made.answers_to(used)
        assert isinstance(shown, ShowPanel)
        assert made.rows.executed == [SetSession(by=used.interaction, now_s=NOW_S, answer=ANSWER)]
        made.rows.answers[SetSession] = Deny()
        denied = MessageCommandUsed(interaction=made.by(), name="Show session", message_id=ANSWER)
        assert await made.said(denied) == PANELS["denied"]
        other = MessageCommandUsed(interaction=made.by(), name="Translate", message_id=ANSWER)
        assert await made.said(other) == PANELS["unknown_command"]


@pytest.mark.parametrize(
    ("press", "values", "change"),
    [
        (OpenSession(SEVEN), (), {}),
        (SetPublic(SEVEN, public=True, confirmed=4), (), {"is_public": True, "confirmed": 4}),
        (SetPublic(SEVEN, public=False, confirmed=0), (), {"is_public": False}),
        (ChooseSessionModel(SEVEN), ("gpt-large",), {"model": "gpt-large"}),
    ],
)
async def test_a_press_on_a_session_changes_it_and_redraws(press: Any, values: Any, change: Any) -> None:
    """One verb is executed; the courier and the supervisor hear which turns ended by it."""
    async with scene() as made:
        made.rows.answers[SetSession] = session(ended=ENDED)
        pressed = made.pressed(press, *values)
        shown = await made.redrawn(pressed)
        assert labels(shown.panel)[0][1:] == ["Remove", "Export", "Edit"]
        assert made.rows.executed == [SetSession(by=pressed.interaction, now_s=NOW_S, session=SEVEN, **change)]
        assert everybody_was_told(made)


@pytest.mark.parametrize(
    "press",
    [
        OpenSession(SEVEN),
        ConfirmPublic(SEVEN),
        SetPublic(SEVEN, public=True, confirmed=4),
        ChooseSetting(SEVEN, "size"),
        ConfirmRemove(SEVEN),
        Remove(SEVEN),
        Export(SEVEN),
        EditSession(SEVEN),
    ],
)
async def test_a_press_on_a_session_that_has_gone_takes_its_panels_place(press: Any) -> None:
    """The sentence does not say whether the session exists."""
    async with scene() as made:
        made.rows.answers = {SetSession: Deny(), RemoveSession: Deny(), ReadDialogue: Deny()}
        shown = await made.redrawn(made.pressed(press))
        assert shown.panel.text == PANELS["denied"]
        assert shown.panel.rows == ()


@pytest.mark.parametrize("press", [ConfirmPublic(SEVEN), ConfirmRemove(SEVEN), EditSession(SEVEN)])
async def test_only_its_owner_gets_a_sessions_forms_and_confirmations(press: Any) -> None:
    """Somebody who may see the session could forge the press of its owner's button."""
    async with scene() as made:
        made.rows.answers[SetSession] = session(is_own=False, is_public=True, system_msg=None)
        assert (await made.redrawn(made.pressed(press))).panel.text == PANELS["denied"]


async def test_making_public_is_confirmed_where_it_is_possible() -> None:
    """A session that is public already, or that has no server, is shown without a confirmation."""
    async with scene() as made:
        made.rows.answers[SetSession] = SESSION
        shown = await made.redrawn(made.pressed(ConfirmPublic(SEVEN)))
        assert labels(shown.panel) == [["Make it public", "Keep it private"]]
        made.rows.answers[SetSession] = session(is_public=True)
        shown = await made.redrawn(made.pressed(ConfirmPublic(SEVEN)))
        assert labels(shown.panel)[0][0] == "Public: yes"
        made.rows.answers[SetSession] = session(may_be_public=False)
        shown = await made.redrawn(made.pressed(ConfirmPublic(SEVEN)))
        assert shown.panel.text.startswith(PANELS["no_server"])
        assert all(verb.is_public is None for verb in made.rows.executed)


async def test_removing_a_session_is_confirmed_and_said() -> None:
    """The courier and the supervisor hear which turns ended by it."""
    async with scene() as made:
        made.rows.answers = {SetSession: SESSION, RemoveSession: SessionsRemoved(removed=1, ended=ENDED)}
        asked = await made.redrawn(made.pressed(ConfirmRemove(SEVEN)))
        assert labels(asked.panel) == [["Remove it", "Keep it"]]
        pressed = made.pressed(Remove(SEVEN))
        assert (await made.redrawn(pressed)).panel.text == PANELS["session_removed"]
        assert made.rows.executed[1:] == [RemoveSession(by=pressed.interaction, session=SEVEN, now_s=NOW_S)]
        assert everybody_was_told(made)


async def test_an_export_comes_in_a_message_of_its_own() -> None:
    """The export is a file in a new message; the panel stays."""
    async with scene() as made:
        made.rows.answers[ReadDialogue] = Dialogue(shown=SESSION, utterances=SAID)
        (shown,) = await made.answers_to(made.pressed(Export(SEVEN)))
        assert isinstance(shown, ShowPanel)
        assert not shown.redraw
        assert shown.panel.files
        assert b"A ball of ice." in shown.panel.files[0].content


async def test_edit_opens_a_form_whose_fields_are_set() -> None:
    """All fields are set at once, empty ones too; the panel that opened the form is redrawn."""
    async with scene() as made:
        made.rows.answers = {SetUser: ALICE, SetSession: SESSION}
        (form,) = await made.answers_to(made.pressed(EditUser(page=2)))
        assert isinstance(form, OpenForm)
        assert made.rows.executed[-1].page == 2
        names = [field.name for field in form.form.fields]
        sent = made.submitted(form.form.custom_id, *zip(names, ("", "900", ""), strict=True))
        shown = (await made.redrawn(sent)).panel.text
        assert shown.startswith(PANELS["saved"])
        assert "**Name**: Alice" in shown
        assert made.rows.executed[-1] == SetUser(
            by=sent.interaction, now_s=NOW_S, page=2, system_msg="", max_token=900, temperature=None
        )
        (form,) = await made.answers_to(made.pressed(EditSession(SEVEN)))
        assert isinstance(form, OpenForm)
        names = [field.name for field in form.form.fields]
        sent = made.submitted(form.form.custom_id, *zip(names, ("New", "One\nTwo"), strict=True))
        shown = (await made.redrawn(sent)).panel.text
        assert shown.startswith(PANELS["saved"])
        assert "**Name**: Comets" in shown
        assert made.rows.executed[-1] == SetSession(
            by=sent.interaction, now_s=NOW_S, session=SEVEN, title="New", system_msg="One\nTwo"
        )


GOOD = {"system_msg": "Hi", "max_token": "900", "temperature": "1", "name": "New"}
USER, SESSION_FORM = EditUser(page=0), EditSession(SEVEN)


def fields(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, GOOD[name]) for name in names)


def wrong(names: tuple[str, ...], changed: str, value: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value if name == changed else GOOD[name]) for name in names)


U, S = ("system_msg", "max_token", "temperature"), ("name", "system_msg")


@pytest.mark.parametrize(
    ("press", "sent", "sentence"),
    [
        (USER, fields("system_msg", "max_token"), PANELS["form_incomplete"]),
        (USER, fields(*U, "max_token"), PANELS["form_incomplete"]),
        (USER, (*fields(*U), ("status", "new")), PANELS["form_incomplete"]),
        (USER, fields("system_msg", "max_token", "max_token"), PANELS["form_incomplete"]),
        (USER, (), PANELS["form_incomplete"]),
        (USER, wrong(U, "max_token", ""), PANELS["max_token_wrong"]),
        (USER, wrong(U, "max_token", "0"), PANELS["max_token_wrong"]),
        (USER, wrong(U, "max_token", "128001"), PANELS["max_token_wrong"]),
        (USER, wrong(U, "max_token", "1.5"), PANELS["max_token_wrong"]),
        (USER, wrong(U, "temperature", "2.1"), PANELS["temperature_wrong"]),
        (USER, wrong(U, "temperature", "nan"), PANELS["temperature_wrong"]),
        (USER, wrong(U, "system_msg", "x" * 4001), PANELS["system_msg_too_long"]),
        (SESSION_FORM, fields("name"), PANELS["form_incomplete"]),
        (SESSION_FORM, fields("name", "name"), PANELS["form_incomplete"]),
        (SESSION_FORM, fields(*U), PANELS["form_incomplete"]),
        (SESSION_FORM, wrong(S, "name", ""), PANELS["name_blank"]),
        (SESSION_FORM, wrong(S, "name", "\u200b"), PANELS["name_blank"]),
        (SESSION_FORM, wrong(S, "name", "x" * 5000), PANELS["name_too_long"]),
        (SESSION_FORM, wrong(S, "name", "a\u202eb"), PANELS["name_wrong"]),
        (SESSION_FORM, wrong(S, "name", "a\nb"), PANELS["name_wrong"]),
        (SESSION_FORM, wrong(S, "system_msg", "x" * 4001), PANELS["system_msg_too_long"]),
        ("1[", (), PANELS["unknown_press"]),
        (Remove(SEVEN), (), PANELS["unknown_press"]),
        (Stop(EIGHT), (), PANELS["unknown_press"]),
    ],
)
async def test_a_form_that_cannot_be_taken_changes_nothing(press: Any, sent: Any, sentence: str) -> None:
    """Each gets its sentence, and no verb is executed."""
    async with scene() as made:
        assert await made.said(made.submitted(press, *sent)) == sentence
        assert made.rows.executed == []


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("user", {"max_token": 0}, PANELS["max_token_wrong"]),
        ("user", {"max_token": 128_001}, PANELS["max_token_wrong"]),
        ("user", {"max_token": 1.5}, PANELS["max_token_wrong"]),
        ("user", {"max_token": True}, PANELS["max_token_wrong"]),
        ("user", {"temperature": -0.1}, PANELS["temperature_wrong"]),
        ("user", {"temperature": float("nan")}, PANELS["temperature_wrong"]),
        ("user", {"system_msg": "x" * 4001}, PANELS["system_msg_too_long"]),
        ("user", {"colour": "red"}, PANELS["unknown_command"]),
        ("session", {"name": "x" * 5000}, PANELS["name_too_long"]),
        ("session", {"name": "  "}, PANELS["name_blank"]),
        ("session", {"name": "a\x00"}, PANELS["name_wrong"]),
        ("session", {"system_msg": "x" * 4001}, PANELS["system_msg_too_long"]),
        ("session", {"session": "x" * 101}, PANELS["not_listed"]),
        ("session", {"session": 7}, PANELS["not_listed"]),
        ("session", {"model": "gpt-large"}, PANELS["unknown_command"]),
        ("nothing", {}, PANELS["unknown_command"]),
        ("Show session", {}, PANELS["unknown_command"]),
    ],
)
async def test_an_option_that_cannot_be_taken_changes_nothing(name: str, options: Any, sentence: str) -> None:
    """Each gets its sentence, and no verb is executed."""
    async with scene() as made:
        assert await made.said(made.command(name, **options)) == sentence
        assert made.rows.executed == []


@pytest.mark.parametrize("values", [(), ("gpt-large", "gpt-small"), ("gpt-gone",), ("gpt-hidden",), ("",), ("7",)])
async def test_a_model_that_was_not_offered_is_not_taken(values: tuple[str, ...]) -> None:
    """It is refused in both panels; so is a model that menus do not show."""
    async with scene() as made:
        for press in (ChooseModel(page=0), ChooseSessionModel(SEVEN)):
            assert await made.said(made.pressed(press, *values)) == PANELS["not_offered"]
        assert made.rows.executed == []


OFFERING = Catalogue([Model(name="gpt-small", efforts=("default", "high"))])


async def test_an_effort_that_the_sessions_model_offers_is_set() -> None:
    """The panel looks whose session it is and what its model offers, and then sets it."""
    async with scene(catalogue=OFFERING) as made:
        made.rows.answers[SetSession] = SESSION
        shown = await made.redrawn(made.pressed(ChooseSetting(SessionId(7), "effort"), "high"))
        assert [verb.choices for verb in made.rows.executed] == [Choices(), Choices(effort="high")]
        assert labels(shown.panel)[2] == ["Effort: default", "Effort: high"]


@pytest.mark.parametrize(
    ("setting", "values"),
    [("effort", ()), ("effort", ("low",)), ("effort", ("default", "high")), ("size", ("auto",))],
)
async def test_a_setting_that_the_sessions_model_does_not_offer_is_not_taken(setting: Any, values: Any) -> None:
    """Menus of an older panel, and forged ones."""
    async with scene(catalogue=OFFERING) as made:
        made.rows.answers[SetSession] = SESSION
        said = await made.said(made.pressed(ChooseSetting(SessionId(7), setting), *values))
        assert said.startswith("That choice is no longer available.")
        assert [verb.choices for verb in made.rows.executed] == [Choices()]


async def test_nobody_but_the_owner_sets_a_setting() -> None:
    """Whoever may only see the session is told that they do not have access."""
    async with scene(catalogue=OFFERING) as made:
        made.rows.answers[SetSession] = session(is_own=False)
        shown = await made.redrawn(made.pressed(ChooseSetting(SessionId(7), "effort"), "high"))
        assert shown.panel.text.startswith("You do not have access")
        assert len(made.rows.executed) == 1


@pytest.mark.parametrize("values", [(), ("7", "8"), ("x",), ("0",), ("-7",), ("9223372036854775808",), ("07",)])
async def test_a_session_that_no_menu_offers_is_not_taken(values: tuple[str, ...]) -> None:
    """No verb is executed for a value that cannot be a session's id."""
    async with scene() as made:
        assert await made.said(made.pressed(ChooseSession(page=0), *values)) == PANELS["not_offered"]
        assert made.rows.executed == []


ON_PANELS = (
    ChooseStatus(status="new", page=0), ShowPublic(on=True, page=0), Attach(on=True, page=0), Speak(on=True, page=0), ChooseModel(page=0),
    ChooseSession(page=0), OpenUser(page=0), ConfirmClear(), Clear(newest=SEVEN), EditUser(page=0), OpenSession(SEVEN),
    ConfirmPublic(SEVEN), SetPublic(SEVEN, public=True, confirmed=4), ChooseSessionModel(SEVEN), ConfirmRemove(SEVEN), Remove(SEVEN),
    Export(SEVEN), EditSession(SEVEN), EditAgain(InteractionId(5)),
)  # fmt: skip


@pytest.mark.parametrize("press", ON_PANELS, ids=lambda press: type(press).__name__)
async def test_a_press_that_does_not_stand_on_an_own_panel_does_nothing(press: Any) -> None:
    """Otherwise a stranger could overwrite a public answer, or press somebody else's buttons."""
    async with scene() as made:
        assert await made.said(made.pressed(press, "7", own=False)) == PANELS["denied"]
        assert made.rows.executed == []


@pytest.mark.parametrize("press", [USER, SESSION_FORM])
async def test_a_form_that_no_own_panel_opened_does_nothing(press: Any) -> None:
    """Its answer would redraw a message of somebody else."""
    async with scene() as made:
        sent = fields(*(U if press is USER else S))
        assert await made.said(made.submitted(press, *sent, own=False)) == PANELS["denied"]
        assert made.rows.executed == []


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    "custom_id", ["", "2" + custom_id.encode(Stop(EIGHT))[1:], '1["stop"', '1["stop",-1]', "hello"]
)
async def test_an_unknown_button_is_answered_with_a_sentence(custom_id: str, own: bool) -> None:
    """An outdated, cut, forged or foreign custom_id changes nothing and redraws nothing."""
    async with scene() as made:
        assert await made.said(made.pressed(custom_id, own=own)) == PANELS["unknown_press"]
        assert made.rows.executed == []


@pytest.mark.parametrize("to", ["new", "activate"])
async def test_the_hints_buttons_switch_on_whoever_presses_and_say_so_privately(to: Any) -> None:
    """The hint is public: it is not redrawn, and the sentence is a new private message."""
    async with scene() as made:
        made.rows.answers[SetUser] = user(status=to)
        pressed = made.pressed(SwitchOn(to), own=False)
        said = await made.said(pressed)
        assert f"Your status is **{to}** now" in said
        assert made.rows.executed == [SetUser(by=pressed.interaction, now_s=NOW_S, status=to)]


async def test_help_is_shown_in_private_and_its_buttons_redraw_it_with_what_they_did() -> None:
    """Whoever looks it up again sees which status is theirs; nothing is changed by looking."""
    async with scene(guide_url="https://example.org/guide") as made:
        made.rows.answers[SetUser] = user(status="disable")
        used = made.command("help")
        (shown,) = await made.answers_to(used)
        assert isinstance(shown, ShowPanel)
        assert not shown.redraw
        assert labels(shown.panel) == [["new", "activate", "More"]]
        assert made.rows.executed == [SetUser(by=used.interaction, now_s=NOW_S)]
        made.rows.answers[SetUser] = user(status="new")
        pressed = made.pressed(SwitchOn("new"), own=True)
        redrawn = await made.redrawn(pressed)
        assert redrawn.panel.text.startswith("Your status is **new** now: each message starts a new session.")
        assert labels(redrawn.panel) == [["new", "activate", "More"]]
        assert made.rows.executed[-1] == SetUser(by=pressed.interaction, now_s=NOW_S, status="new")


async def test_stop_reaches_the_sessions_actor() -> None:
    """The verb names the message on which the button stands."""
    async with scene() as made:
        made.rows.answers[CancelTurn] = StopTurn(session=SEVEN, turn=EIGHT, reason="stopped")
        pressed = made.pressed(Stop(EIGHT), own=False)
        (heard,) = await made.answers_to(pressed)
        assert isinstance(heard, AcknowledgePress)
        assert not heard.drop_buttons
        assert made.rows.executed == [CancelTurn(actor=UserId(1001), turn=EIGHT, message_id=ANSWER)]
        assert made.supervisor.take_all() == [StopTurn(session=SEVEN, turn=EIGHT, reason="stopped")]
        made.rows.answers[CancelTurn] = OWED
        await made.answers_to(made.pressed(Stop(EIGHT), own=False))
        assert made.courier.take_all() == [OWED]


@pytest.mark.parametrize(("press", "kind"), [(Retry(EIGHT), "retry"), (Continue(EIGHT), "continue")])
async def test_asking_again_wakes_the_session(press: Any, kind: Any) -> None:
    """The pressed message loses its buttons, and the verb says where the press was made."""
    async with scene() as made:
        made.rows.answers[RetryTurn] = Accepted(turn=EIGHT, session=SEVEN)
        pressed = made.pressed(press, own=False)
        (heard,) = await made.answers_to(pressed)
        assert isinstance(heard, AcknowledgePress)
        assert heard.drop_buttons
        assert made.rows.executed == [
            RetryTurn(
                interaction_id=pressed.interaction.interaction_id,
                actor=UserId(1001),
                turn=EIGHT,
                kind=kind,
                channel_id=ChannelId(2001),
                guild_id=GuildId(3001),
                message_id=ANSWER,
                now_s=NOW_S,
            )
        ]
        assert made.supervisor.take_all() == [SessionHasWork(session=SEVEN)]
        made.rows.answers[RetryTurn] = Refused(outcome=OWED)
        (heard,) = await made.answers_to(made.pressed(press, own=False))
        assert isinstance(heard, AcknowledgePress)
        assert not heard.drop_buttons
        assert made.courier.take_all() == [OWED]


async def test_reasoning_is_sent_in_private() -> None:
    """As text where it fits into a message, else as a file; what may not be seen is denied, and what is gone is said."""
    async with scene() as made:
        pressed = made.pressed(ShowReasoning(EIGHT), own=False)
        made.rows.answers[ReadReasoning] = Reasoning(text="The user greets.\n")
        (shown,) = await made.answers_to(pressed)
        assert isinstance(shown, ShowPanel)
        assert (shown.redraw, shown.panel) == (False, simple_panel(f"{PANELS['reasoning.head']}\nThe user greets."))
        assert made.rows.executed == [ReadReasoning(by=pressed.interaction, turn=EIGHT, message_id=ANSWER)]
        made.rows.answers[ReadReasoning] = Reasoning(text="Hm. " * 600)
        (shown,) = await made.answers_to(made.pressed(ShowReasoning(EIGHT), own=False))
        assert isinstance(shown, ShowPanel)
        assert shown.panel.text == PANELS["reasoning.head"]
        assert [file.name for file in shown.panel.files] == ["reasoning-8.md"]
        for verdict, sentence in ((Deny(), PANELS["denied"]), (Reasoning(text=""), PANELS["reasoning.none"])):
            made.rows.answers[ReadReasoning] = verdict
            assert await made.said(made.pressed(ShowReasoning(EIGHT), own=False)) == sentence


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (Accepted(turn=EIGHT, session=SEVEN), "asked_again"),
        (Refused(outcome=OWED), "not_asked_again"),
        (NotAsker(), "not_asker"),
        (Deny(), "denied"),
        (TooLate(), "being_answered"),
    ],
)
async def test_ask_again_in_the_apps_menu_says_privately_what_happens(verdict: Any, sentence: Any) -> None:
    """The session is woken for a new turn, and a refusal stands below the question too."""
    async with scene() as made:
        made.rows.answers[AskAgain] = verdict
        used = MessageCommandUsed(interaction=made.by(), name="Ask again", message_id=ANSWER)
        assert await made.said(used) == PANELS[sentence]
        assert made.rows.executed == [AskAgain(by=used.interaction, message_id=ANSWER, now_s=NOW_S)]
        assert made.supervisor.take_all() == ([SessionHasWork(session=SEVEN)] if isinstance(verdict, Accepted) else [])
        assert made.courier.take_all() == ([OWED] if isinstance(verdict, Refused) else [])


@pytest.mark.parametrize("press", [Stop(EIGHT), Retry(EIGHT), Continue(EIGHT)])
@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [(Deny(), PANELS["denied"]), (NotAsker(), PANELS["not_asker"]), (TooLate(), PANELS["too_late"])],
)
async def test_what_may_not_be_stopped_or_asked_again_is_a_sentence(press: Any, verdict: Any, sentence: str) -> None:
    """The sentence is private, and the answer stays as it is."""
    async with scene() as made:
        made.rows.answers = {CancelTurn: verdict, RetryTurn: verdict}
        assert await made.said(made.pressed(press, own=False)) == sentence
        assert made.supervisor.take_all() == []
        assert made.courier.take_all() == []


async def test_autocomplete_offers_titles_that_stand_for_ids() -> None:
    """At most 25 choices of at most 100 characters are offered; an unknown option gets none."""
    async with scene() as made:
        titles = ("Comets", "語" * 130, "*a\nb*\u202e", "")
        made.rows.answers[FindSessions] = tuple(
            listed(number, title=titles[number % 4] if number < 5 else str(number)) for number in range(1, 31)
        )
        typed = OptionTyped(interaction=made.by(), command="session", option="session", typed="com")
        (offer,) = await made.answers_to(typed)
        assert isinstance(offer, OfferChoices)
        assert [(one.name, one.value) for one in offer.choices[:4]] == [
            ("語" * 99 + "…", "1"), ("*a b*", "2"), ("—", "3"), ("Comets", "4"),
        ]  # fmt: skip
        assert len(offer.choices) == 25
        assert made.rows.executed == [FindSessions(by=typed.interaction, typed="com")]
        for command, option in (("user", "session"), ("session", "name")):
            (offer,) = await made.answers_to(
                OptionTyped(interaction=made.by(), command=command, option=option, typed="")
            )
            assert isinstance(offer, OfferChoices)
            assert offer.choices == ()
        assert len(made.rows.executed) == 1


def everything(made: Scene) -> list[Any]:
    """One of each that a person can do, but autocomplete."""
    return [
        made.command("user"),
        made.command("session"),
        MessageCommandUsed(interaction=made.by(), name="Show session", message_id=ANSWER),
        *(made.pressed(press, "7") for press in ON_PANELS),
        *(made.pressed(press, own=False) for press in (Stop(EIGHT), Retry(EIGHT), Continue(EIGHT))),
        made.submitted(USER, *fields(*U)),
        made.submitted(SESSION_FORM, *fields(*S)),
    ]


async def test_somebody_whom_the_operator_excludes_gets_a_sentence() -> None:
    """Every command and press gets the sentence, autocomplete gets no choices, and no verb is executed."""
    async with scene(permissions=Permissions(block=Lists(users=frozenset({UserId(1001)})))) as made:
        for message in everything(made):
            assert await made.said(message) == PANELS["not_admitted"]
        typed = OptionTyped(interaction=made.by(), command="session", option="session", typed="")
        (offer,) = await made.answers_to(typed)
        assert isinstance(offer, OfferChoices)
        assert offer.choices == ()
        assert made.rows.executed == []


@pytest.mark.parametrize(
    "block",
    [
        Lists(servers=frozenset({GuildId(3001)})),
        Lists(channels=frozenset({ChannelId(2001)})),
        Lists(channels=frozenset({ChannelId(2002)})),
        Lists(roles=frozenset({RoleId(4001)})),
    ],
)
async def test_the_operators_lists_are_asked_about_place_and_roles(block: Lists) -> None:
    """The channel, the channel that contains it, the server and the roles are checked."""
    async with scene(permissions=Permissions(block=block)) as made:
        by = made.by(parents=(ChannelId(2002),), roles=(RoleId(4001),))
        used = MessageCommandUsed(interaction=by, name="Show session", message_id=ANSWER)
        assert await made.said(used) == PANELS["not_admitted"]


async def test_a_crash_is_a_sentence_and_one_line_without_what_people_wrote() -> None:
    """Whatever was used gets the sentence, autocomplete gets no choices, and the next interaction is answered again."""
    async with scene() as made:
        canary = "a canary's words"
        made.rows.answers = {
            verb: RuntimeError(canary)
            for verb in (SetUser, SetSession, GoOnWith, ClearSessions, RemoveSession, ReadDialogue, FindSessions)
        } | {CancelTurn: RuntimeError(canary), RetryTurn: RuntimeError(canary)}
        does_storage = [
            message for message in everything(made) if not getattr(message, "custom_id", "").startswith('1["model"')
        ]
        for message in does_storage:
            if getattr(message, "custom_id", "").startswith(('1["session_model"', '1["edit_again"')):
                continue
            with structlog.testing.capture_logs() as logs:
                assert await made.said(message) == PANELS["storage_failed"]
            (line,) = logs
            assert line["event"] == "panel.failed"
            assert line["error"] == "RuntimeError"
            assert "panel" in line["traceback"]
            assert canary not in repr(line)
        typed = OptionTyped(interaction=made.by(), command="session", option="session", typed=canary)
        with structlog.testing.capture_logs() as logs:
            (offer,) = await made.answers_to(typed)
        assert isinstance(offer, OfferChoices)
        assert canary not in repr(logs)
        made.rows.answers[SetUser] = ALICE
        assert isinstance((await made.answers_to(made.command("user")))[0], ShowPanel)


async def test_a_crash_after_the_answer_is_said_in_a_further_message() -> None:
    """An interaction is answered once."""
    async with scene() as made:
        broken = SessionChosen(user=ALICE, chosen=LISTED, utterances=(None,))  # type: ignore[arg-type]
        made.rows.answers[GoOnWith] = broken
        with structlog.testing.capture_logs():
            panel, sentence = await made.answers_to(made.pressed(ChooseSession(page=0), "7"))
        assert isinstance(panel, ShowPanel)
        assert isinstance(sentence, SendPrivately)
        assert sentence.panel.text == PANELS["storage_failed"]
