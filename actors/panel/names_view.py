"""Tells sessions apart that have the same name: in the menu of `/user` and where a name is completed. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from actors.panel.times_view import utc
from messages.components import Choice
from messages.verbs.users import SessionListed
from texts.escaping import LINE_CHARS_MAX, one_line


def shared_names(sessions: Iterable[SessionListed]) -> frozenset[str]:
    """Return the names, as a label shows them, that more than one of these sessions has."""
    return frozenset(name for name, times in Counter(one_line(one.title) for one in sessions).items() if times > 1)


def choices_of(sessions: Sequence[SessionListed]) -> list[Choice]:
    """Return what autocomplete offers for these: their names; one that several have is followed by when it was spoken in."""
    shared = shared_names(sessions)
    return [Choice(name=_name(one, shared), value=str(one.session)) for one in sessions]


def _name(session: SessionListed, shared: frozenset[str]) -> str:
    name = one_line(session.title)
    if name not in shared:
        return name
    when = f" · {utc(session.update_time_s, to_the_second=True)}"
    return f"{one_line(session.title, LINE_CHARS_MAX - len(when))}{when}"
