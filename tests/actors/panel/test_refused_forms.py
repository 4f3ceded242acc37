"""A form that is refused keeps what was typed: its refusal has a button that opens it again."""

from typing import Any

import pytest

from actors.panel.refused_forms import KEPT_EACH_MAX, KEPT_MAX, RefusedForm, RefusedForms
from messages import custom_id
from messages.components import Button
from messages.ids import InteractionId, SessionId, UserId
from messages.presses import EditAgain, EditSession, EditUser
from messages.responder import OpenForm, ShowPanel
from messages.verbs.users import SetUser
from storage.store import StorageError
from tests.actors.panel.panels import labels, user
from tests.actors.panel.scene import Scene, scene
from tests.virtual_time import virtual_time
from texts.english import PANELS

LONG = "You are a poet. " * 240
USER_FIELDS = (("system_msg", LONG), ("max_token", "lots"), ("temperature", "0.5"))
SESSION_FIELDS = (("name", "a\nb"), ("system_msg", LONG))


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Virtual time."""
    return virtual_time()


async def refused(made: Scene, press: EditUser | EditSession, *fields: tuple[str, str], sentence: str) -> str:
    """Submit a form that is refused; returns the custom_id of the button *Edit again*."""
    (shown,) = await made.answers_to(made.submitted(press, *fields))
    assert isinstance(shown, ShowPanel)
    assert (shown.panel.text, shown.redraw, labels(shown.panel)) == (sentence, False, [["Edit again"]])
    (row,) = shown.panel.rows
    assert isinstance(row, tuple)
    assert isinstance(row[0], Button)
    return row[0].custom_id


@pytest.mark.parametrize(
    ("press", "fields", "sentence"),
    [
        (EditUser(page=3), USER_FIELDS, "max_token_wrong"),
        (EditSession(SessionId(7)), SESSION_FIELDS, "name_wrong"),
    ],
)
async def test_the_button_opens_the_form_with_what_was_typed(press: Any, fields: Any, sentence: Any) -> None:
    """Every field is as it was typed, and the form is submitted for the same page or session."""
    async with scene() as made:
        button = await refused(made, press, *fields, sentence=PANELS[sentence])
        (opened,) = await made.answers_to(made.pressed(button))
        assert isinstance(opened, OpenForm)
        assert tuple((field.name, field.value) for field in opened.form.fields) == fields
        assert custom_id.decode(opened.form.custom_id) == press
        assert made.rows.executed == []


async def test_a_form_that_storage_could_not_take_is_kept_too() -> None:
    """What is typed in is lost neither by a mistake nor by a full disk."""
    async with scene() as made:
        made.rows.answers[SetUser] = StorageError("disk full")
        fields = (("system_msg", LONG), ("max_token", "5"), ("temperature", ""))
        button = await refused(made, EditUser(page=0), *fields, sentence=PANELS["storage_failed"])
        made.rows.answers[SetUser] = user()
        (opened,) = await made.answers_to(made.pressed(button))
        assert isinstance(opened, OpenForm)
        assert opened.form.fields[0].value == LONG


async def test_what_was_typed_is_forgotten_when_the_form_is_taken() -> None:
    """All that was refused of it before; another form of the same person is still kept."""
    async with scene() as made:
        made.rows.answers[SetUser] = user()
        first = await refused(made, EditUser(page=0), *USER_FIELDS, sentence=PANELS["max_token_wrong"])
        second = await refused(made, EditUser(page=3), *USER_FIELDS, sentence=PANELS["max_token_wrong"])
        other = await refused(made, EditSession(SessionId(7)), *SESSION_FIELDS, sentence=PANELS["name_wrong"])
        right = (("system_msg", LONG), ("max_token", "5"), ("temperature", ""))
        await made.answers_to(made.submitted(EditUser(page=0), *right))
        for button in (first, second):
            assert await made.said(made.pressed(button)) == PANELS["form_forgotten"]
        (opened,) = await made.answers_to(made.pressed(other))
        assert isinstance(opened, OpenForm)


async def test_a_forgotten_form_is_a_sentence() -> None:
    """After a restart nothing of it is known, and nobody gets a form that somebody else has filled in."""
    async with scene() as made:
        assert await made.said(made.pressed(EditAgain(InteractionId(5)))) == PANELS["form_forgotten"]
        assert await made.said(made.pressed(EditAgain(InteractionId(5)), own=False)) == PANELS["denied"]


def test_refused_forms_are_bounded_and_belong_to_who_typed_them() -> None:
    """The oldest is forgotten first, and another person finds nothing."""
    forms, alice, bob = RefusedForms(), UserId(1), UserId(2)
    form = RefusedForm(EditUser(page=0), dict(USER_FIELDS))
    forms.keep(InteractionId(0), alice, form)
    assert forms.find(InteractionId(0), bob) is None
    for number in range(1, KEPT_MAX + 1):
        forms.keep(InteractionId(number), UserId(number + 10), form)
    assert forms.find(InteractionId(0), alice) is None
    assert (
        forms.find(InteractionId(1), UserId(11)) is forms.find(InteractionId(KEPT_MAX), UserId(KEPT_MAX + 10)) is form
    )


def test_nobody_has_the_forms_of_others_forgotten() -> None:
    """Whoever is refused again and again loses the oldest of their own."""
    forms, alice, bob = RefusedForms(), UserId(1), UserId(2)
    form = RefusedForm(EditUser(page=0), dict(USER_FIELDS))
    forms.keep(InteractionId(1), bob, form)
    for number in range(10, 10 + 2 * KEPT_MAX):
        forms.keep(InteractionId(number), alice, form)
    assert forms.find(InteractionId(1), bob) is form
    assert (
        sum(forms.find(InteractionId(number), alice) is form for number in range(10, 10 + 2 * KEPT_MAX))
        == KEPT_EACH_MAX
    )
