"""Refused forms: what somebody typed is kept for a while, so that *Edit again* opens the form with it. Pure.

It is kept in memory until the form is taken. After that, after a restart, or when too many others were refused since, the person is told that it
is gone.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from messages.ids import InteractionId, UserId
from messages.presses import EditSession, EditUser

KEPT_MAX: Final = 200
"""Refused forms that are kept, of all people together. A form has at most about 4,100 characters, so this is a few megabytes."""

KEPT_EACH_MAX: Final = 5
"""Refused forms that are kept of one person, so that nobody can have those of all others forgotten."""


class RefusedForm(Struct, frozen=True):
    """A form as it was submitted: what opened it, and the text of each field by the field's name."""

    press: EditUser | EditSession
    texts: Mapping[str, str]


class RefusedForms:
    """The refused forms of this process, each known by the interaction that submitted it."""

    def __init__(self) -> None:
        self._kept: dict[InteractionId, tuple[UserId, RefusedForm]] = {}

    def keep(self, interaction: InteractionId, person: UserId, form: RefusedForm) -> None:
        """Keep a form; when there are too many, the oldest is forgotten: of the person, else of all."""
        self._kept[interaction] = (person, form)
        own = [known for known, (owner, _) in self._kept.items() if owner == person]
        if len(own) > KEPT_EACH_MAX:
            del self._kept[own[0]]
        elif len(self._kept) > KEPT_MAX:
            del self._kept[next(iter(self._kept))]

    def forget(self, person: UserId, press: EditUser | EditSession) -> None:
        """Forget what this person typed into this form before: one with it has been taken now."""
        for known, (owner, form) in list(self._kept.items()):
            if owner == person and _subject(form.press) == _subject(press):
                del self._kept[known]

    def forget_person(self, person: UserId) -> None:
        """Forget everything that this person typed."""
        for known in [known for known, (owner, _) in self._kept.items() if owner == person]:
            del self._kept[known]

    def find(self, interaction: InteractionId, person: UserId) -> RefusedForm | None:
        """Return a form that this person submitted; None when it is somebody else's, or not known any more."""
        owner, form = self._kept.get(interaction, (None, None))
        return form if owner == person else None


def _subject(press: EditUser | EditSession) -> object:
    """What a form is about: the person's own settings, on whatever page of the panel, or one session."""
    return press.session if isinstance(press, EditSession) else None
