"""What `/session` shows, to its owner and to others."""

import random
import re

import pytest

from actors.panel import forms_view, session_view
from messages import custom_id
from messages.choices import Choices
from messages.components import Menu
from messages.ids import SessionId
from messages.presses import (
    ChooseSessionModel,
    ChooseSetting,
    ConfirmPublic,
    ConfirmRemove,
    EditSession,
    EditUser,
    Export,
    OpenSession,
    Remove,
    SetPublic,
)
from messages.turn import Utterance
from models.catalogue import Catalogue
from models.model import Model
from models.temperatures import Temperatures
from tests.actors.panel.panels import ALICE, CATALOGUE, SAID, SESSION, button, complaints, labels, nasty, session, user
from texts.english import PANELS
from texts.say import DEFAULT_LOCALE, LOCALES

SEVEN = SessionId(7)


def test_the_owner_sees_everything() -> None:
    """Every field is there, in the words of the documentation."""
    assert session_view.session_panel(SESSION, CATALOGUE, DEFAULT_LOCALE).text.split("\n") == [
        "**Name**: Comets are (your current session)",
        "**Creator**: Alice (1001)",
        "**Visibility**: private — only you can see it",
        "**Used so far**: 120 tokens in, 340 out, $0.0012",
        "**Model**: Small (gpt-small)",
        "**System message**: ```",
        "Answer in French.",
        "```",
        "**Conversation** (2 messages): ```",
        "Alice:",
        "  What is a comet?",
        "▸ Answer:",
        "  A ball of ice.",
        "```",
        "-# **Create time**: <t:1700000000:f>",
        "-# **Update time**: <t:1700000100:f>",
        "-# **Modify time**: <t:1700000200:f>",
    ]


def test_the_owners_rows_carry_what_they_set() -> None:
    """The buttons are visibility, removal, export and form; the models' menu stands below."""
    panel = session_view.session_panel(SESSION, CATALOGUE, DEFAULT_LOCALE)
    assert labels(panel) == [["Public: no", "Remove", "Export", "Edit"], ["Small", "gpt-large"]]
    said = [custom_id.decode(button(panel, label).custom_id) for label in labels(panel)[0]]
    assert said == [ConfirmPublic(SEVEN), ConfirmRemove(SEVEN), Export(SEVEN), EditSession(SEVEN)]
    menu = panel.rows[1]
    assert isinstance(menu, Menu)
    assert custom_id.decode(menu.custom_id) == ChooseSessionModel(SEVEN)
    assert [option.value for option in menu.options if option.default] == ["gpt-small"]


def test_the_owner_chooses_what_the_sessions_model_offers() -> None:
    """Each setting has a menu below that of the models, with what holds now marked; whatever the model does not offer has none."""
    catalogue = Catalogue([Model(name="gpt-small", efforts=("default", "low", "high")), Model(name="gpt-large")])
    panel = session_view.session_panel(session(choices=Choices(effort="high")), catalogue, DEFAULT_LOCALE)
    assert labels(panel)[2:] == [["Effort: default", "Effort: low", "Effort: high"]]
    menus = [row for row in panel.rows[2:] if isinstance(row, Menu)]
    assert [custom_id.decode(menu.custom_id) for menu in menus] == [ChooseSetting(SEVEN, "effort")]
    assert [option.value for menu in menus for option in menu.options if option.default] == ["high"]
    assert complaints(panel) == []
    for other in (session(model="gpt-large"), session(model="gpt-gone"), session(is_own=False, system_msg=None)):
        assert not any(
            label.startswith("Effort")
            for row in labels(session_view.session_panel(other, catalogue, DEFAULT_LOCALE))
            for label in row
        )


def test_a_model_that_draws_has_its_settings_and_says_what_it_is_told() -> None:
    """Size and quality each have a menu; people read that it changes the last picture, and how they get a new one."""
    painter = Model(name="gpt-small", kind="image", sizes=("auto", "1024x1024"), qualities=("default", "low"))
    panel = session_view.session_panel(
        session(choices=Choices(quality="low")), Catalogue([painter, Model(name="gpt-large")]), DEFAULT_LOCALE
    )
    assert labels(panel)[2:] == [["Size: auto", "Size: 1024x1024"], ["Quality: default", "Quality: low"]]
    chosen = [
        option.value for row in panel.rows[2:] if isinstance(row, Menu) for option in row.options if option.default
    ]
    assert chosen == ["auto", "low"]
    assert PANELS["session.draws"] in panel.text
    assert complaints(panel) == []
    chat = session_view.session_panel(session(model="gpt-large"), Catalogue([Model(name="gpt-large")]), DEFAULT_LOCALE)
    assert PANELS["session.draws"] not in chat.text


def test_a_temperature_that_the_model_does_not_take_is_said_to_be_left_out() -> None:
    """As its server taught, or the catalogue says; where it takes it, or nobody set one, there is no word about it."""
    catalogue = Catalogue([Model(name="gpt-small"), Model(name="gpt-large", temperature=False)])
    catalogue.learn_temperatures("gpt-small", Temperatures(below=1.5))

    def text(model: str, temperature: float | None) -> str:
        return session_view.session_panel(session(model=model, temperature=temperature), catalogue, DEFAULT_LOCALE).text

    for model, temperature, is_said in (
        ("gpt-small", 1.5, True),
        ("gpt-small", 0.5, False),
        ("gpt-small", None, False),
        ("gpt-large", 0.5, True),
        ("gone", 0.5, False),
    ):
        line = PANELS["session.temperature_unused"].format(temperature=f"{temperature or 0:g}")
        assert (line in text(model, temperature).split("\n")) is is_said, (model, temperature)


def test_others_see_no_system_message_and_can_only_export() -> None:
    """Storage gives them none, and the panel does not say whether there is one."""
    panel = session_view.session_panel(
        session(is_own=False, is_public=True, system_msg=None), CATALOGUE, DEFAULT_LOCALE
    )
    assert labels(panel) == [["Export"]]
    assert "System message" not in panel.text
    assert "**Visibility**: public" in panel.text


def test_the_button_says_the_present_state_and_sets_the_other() -> None:
    """Making a session public is confirmed first; making it private is done at once."""
    public = button(session_view.session_panel(session(is_public=True), CATALOGUE, DEFAULT_LOCALE), "Public: yes")
    assert custom_id.decode(public.custom_id) == SetPublic(SEVEN, public=False, confirmed=0)
    private = button(session_view.session_panel(SESSION, CATALOGUE, DEFAULT_LOCALE), "Public: no")
    assert not private.disabled


def test_a_session_from_direct_messages_cannot_be_opened() -> None:
    """The button cannot be pressed, and the text says why."""
    panel = session_view.session_panel(session(may_be_public=False), CATALOGUE, DEFAULT_LOCALE)
    assert button(panel, "Public: no").disabled
    assert "It began in direct messages" in panel.text


def test_what_cannot_be_undone_is_asked_first() -> None:
    """The confirmations' buttons name that session alone."""
    public = session_view.public_panel(SESSION, DEFAULT_LOCALE)
    assert "whole history" in public.text
    assert "every member of the server where it began" in public.text
    assert custom_id.decode(button(public, "Make it public").custom_id) == SetPublic(SEVEN, public=True, confirmed=2)
    assert custom_id.decode(button(public, "Keep it private").custom_id) == OpenSession(SEVEN)
    remove = session_view.remove_panel(SESSION, DEFAULT_LOCALE)
    for said in ("2 messages", "all its files", "The messages in Discord stay", "cannot be undone"):
        assert said in remove.text
    assert [custom_id.decode(button(remove, label).custom_id) for label in labels(remove)[0]] == [
        Remove(SEVEN),
        OpenSession(SEVEN),
    ]
    assert button(remove, labels(remove)[0][0]).style == "danger"
    assert complaints(public) == complaints(remove) == []


def test_a_model_that_has_gone_is_said_so() -> None:
    """Another model can be chosen, and none is marked as chosen."""
    panel = session_view.session_panel(session(model="gpt-gone"), CATALOGUE, DEFAULT_LOCALE)
    assert "no longer available: choose another" in panel.text
    menu = panel.rows[1]
    assert isinstance(menu, Menu)
    assert not any(option.default for option in menu.options)


def test_a_long_system_message_leaves_room_for_the_conversations_end() -> None:
    """Both are cut, the one at its end, the other at its beginning; the conversation gets the room that is left."""
    said = Utterance(role="assistant", author_id=None, author_name="", text="y" * 3000 + "END")
    both = session_view.session_panel(
        session(system_msg="x" * 4000, excerpt=(said,), utterances=9), CATALOGUE, DEFAULT_LOCALE
    ).text
    assert 1980 <= len(both) <= 2000
    assert both.count("x") > 500
    assert "END\n```\n-# " in both
    assert both.count("y") > 500
    one = session_view.session_panel(session(system_msg="x" * 4000, excerpt=SAID), CATALOGUE, DEFAULT_LOCALE).text
    assert one.count("x") > 500
    assert "What is a comet?" in one
    other = session_view.session_panel(
        session(system_msg="", excerpt=(said,), utterances=9), CATALOGUE, DEFAULT_LOCALE
    ).text
    assert other.count("y") > 1200


def test_many_short_lines_make_no_panel_of_many_screens() -> None:
    """Of a system message the first lines are shown, of a conversation the last ones, each with a mark that there are more."""
    said = Utterance(role="assistant", author_id=None, author_name="", text="\n".join(str(line) for line in range(400)))
    shown = session(system_msg="\n".join("abc" for _ in range(400)), excerpt=(said,), utterances=1)
    system_msg, conversation = re.findall(
        "```\n(.*?)\n```", session_view.session_panel(shown, CATALOGUE, DEFAULT_LOCALE).text, re.DOTALL
    )
    assert system_msg.split("\n") == [*["abc"] * 11, "abc…"]
    assert conversation.split("\n")[0].startswith("…")
    assert conversation.split("\n")[1:] == [f"  {line}" for line in range(377, 400)]


def test_an_empty_session_is_shown_too() -> None:
    """An empty conversation and an empty system message each say so."""
    panel = session_view.session_panel(
        session(system_msg="", excerpt=(), utterances=0, title=""), CATALOGUE, DEFAULT_LOCALE
    )
    assert "\n**System message**: none\n**Conversation** (0 messages): none\n-# " in panel.text
    assert "**Name**: —" in panel.text


def test_a_panel_fits_whatever_is_in_it() -> None:
    """Hostile names, titles, system messages and conversations do not break the panel."""
    rng = random.Random(4)
    for seed in range(1000):
        excerpt = tuple(
            Utterance(
                role=rng.choice(("user", "assistant")), author_id=None, author_name=nasty(rng, 20), text=nasty(rng, 300)
            )
            for _ in range(rng.randint(0, 6))
        )
        shown = session(
            title=nasty(rng, 150),
            creator_name=nasty(rng, 150),
            system_msg=rng.choice((None, nasty(rng, 4000))),
            model=rng.choice(("gpt-small", nasty(rng, 100))),
            excerpt=excerpt,
            utterances=len(excerpt) + rng.choice((0, 10**6)),
            is_own=rng.random() < 0.5,
            is_public=rng.random() < 0.5,
            may_be_public=rng.random() < 0.5,
            undelivered=rng.choice((0, 1, 10**6)),
        )
        locale = rng.choice(LOCALES)
        for panel in (
            session_view.session_panel(shown, CATALOGUE, locale, rng.choice(("", "x" * 200))),
            session_view.public_panel(shown, locale),
            session_view.remove_panel(shown, locale),
        ):
            assert complaints(panel) == [], seed
            assert panel.text.count("```") in (0, 2, 4), seed
            assert not set(panel.text) & set("\u202e\u2066\u200b\x00\x1b\ufeff"), seed


@pytest.mark.parametrize("text", ["", "語" * 4000, "x" * 5000])
def test_forms_hold_what_is_stored_within_discords_limits(text: str) -> None:
    """Every field has a name, a label that fits, and a value not longer than it may have."""
    forms = (
        forms_view.user_form(
            forms_view.texts_of_user(user(system_msg=text, max_token=128_000, temperature=0.1)), 4, DEFAULT_LOCALE
        ),
        forms_view.session_form(
            forms_view.texts_of_session(session(system_msg=text, title=text[:100])), SEVEN, DEFAULT_LOCALE
        ),
    )
    for form in forms:
        assert 1 <= len(form.title) <= 45
        assert 1 <= len(form.fields) <= 5
        for field in form.fields:
            assert 1 <= len(field.label) <= 45
            assert len(field.value) <= field.chars_max <= 4000
    assert custom_id.decode(forms[0].custom_id) == EditUser(page=4)
    assert custom_id.decode(forms[1].custom_id) == EditSession(SEVEN)
    values = {field.name: field.value for field in forms[0].fields}
    assert values == {"system_msg": text[:4000], "max_token": "128000", "temperature": "0.1"}
    unset = forms_view.texts_of_user(user(temperature=None))
    none = {field.name: field.value for field in forms_view.user_form(unset, 0, DEFAULT_LOCALE).fields}
    assert none["temperature"] == ""
    assert none["system_msg"] == ALICE.system_msg
