"""The tab *Access* of `/causerie`: who runs the bot, and whom and where it answers by the operator's lists. Pure."""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from messages.ids import UserId
from storage.permissions import Lists, Permissions
from texts.escaping import escape_markdown
from texts.say import Locale, say

LINES_A_PAGE: Final = 20
NAME_CHARS: Final = 32
"""A name takes no more of a line."""


class PlaceNames(Struct, frozen=True, kw_only=True):
    """The names of servers, and of those roles and channels that a mention would not show to whoever looks."""

    servers: Mapping[int, str] = {}
    roles: Mapping[int, str] = {}
    channels: Mapping[int, str] = {}


def access_page(
    permissions: Permissions, people: Mapping[UserId, str], places: PlaceNames, page: int, locale: Locale
) -> tuple[str, int, int]:
    """Return the text of a page, the page that it is, and how many there are. `people` are the names that are known."""
    listed = list(_lines(permissions, people, places, locale))
    pages = math.ceil(len(listed) / LINES_A_PAGE)
    page = min(page, pages - 1)
    shown: list[str] = []
    heading = ""
    for above, line in listed[page * LINES_A_PAGE : (page + 1) * LINES_A_PAGE]:
        if above and above != heading:
            shown.append(above)
        heading = above
        shown.append(line)
    return "\n".join(shown), page, pages


def _lines(
    permissions: Permissions, people: Mapping[UserId, str], places: PlaceNames, locale: Locale
) -> Iterator[tuple[str, str]]:
    """Yield each line with the heading under which it stands."""
    allow, block = permissions.allow, permissions.block
    if not permissions.admins:
        yield "", say("causerie.access.no_admins", locale)
    for admin in sorted(permissions.admins):
        yield say("causerie.access.admins", locale), _person(admin, people)
    answers_direct = permissions.direct_messages
    yield "", say("causerie.access.direct" if answers_direct else "causerie.access.no_direct", locale)
    if (allow, block) == (Lists(), Lists()):
        yield "", say("causerie.access.everybody", locale)
    for line in (*_people(block, people, places), *_places(block, places, locale)):
        yield say("causerie.access.block", locale), line
    for line in _people(allow, people, places):
        yield say("causerie.access.allow_people", locale), line
    for line in _places(allow, places, locale):
        yield say("causerie.access.allow_places", locale), line


def _people(lists: Lists, people: Mapping[UserId, str], places: PlaceNames) -> Iterator[str]:
    yield from (_person(person, people) for person in sorted(lists.users))
    for role in sorted(lists.roles):
        name = places.roles.get(role)
        yield f"- <@&{role}>" if name is None else f"- @{escape_markdown(name, NAME_CHARS)}"


def _places(lists: Lists, places: PlaceNames, locale: Locale) -> Iterator[str]:
    for server in sorted(lists.servers):
        name = places.servers.get(server)
        shown = str(server) if name is None else f"{escape_markdown(name, NAME_CHARS)} ({server})"
        yield f"- {say('causerie.access.server', locale, server=shown)}"
    for channel in sorted(lists.channels):
        name = places.channels.get(channel)
        yield f"- <#{channel}>" if name is None else f"- \\#{escape_markdown(name, NAME_CHARS)}"


def _person(person: UserId, people: Mapping[UserId, str]) -> str:
    """Return a mention, with the name for whose client does not know that person."""
    name = people.get(person)
    return f"- <@{person}>" if name is None else f"- <@{person}> ({escape_markdown(name, NAME_CHARS)})"
