"""Which priority the next request about a reply's text has, by what the reply is to show. Pure."""

from actors.courier.content import Content
from actors.courier.requests import Priority


def expected(content: Content, *, will_edit: bool, has_begun: bool) -> Priority:
    """Return the priority that the next text will have, as far as can be told without drawing it.

    `has_begun` is true once Discord shows a part of the reply.
    """
    if content.is_placeholder:
        return Priority.PLACEHOLDER
    if content.outcome is not None:
        if content.outcome.ending == "refused":
            return Priority.NOTICE
        return Priority.FINAL_TEXT if has_begun else Priority.FIRST_TEXT
    return Priority.INTERIM_EDIT if will_edit else Priority.FIRST_TEXT


def of_search(content: Content) -> Priority:
    """Return the priority of looking for what an earlier process posted."""
    if content.is_placeholder:
        return Priority.PLACEHOLDER
    return Priority.FIRST_TEXT if content.outcome is None else Priority.FINAL_TEXT


def of_post(content: Content, part: int) -> Priority:
    """Return the priority of posting a part, counted from 0."""
    if content.is_placeholder:
        return Priority.PLACEHOLDER
    if content.outcome is not None and content.outcome.ending == "refused":
        return Priority.NOTICE
    if part == 0:
        return Priority.FIRST_TEXT
    return of_edit(content)


def of_edit(content: Content) -> Priority:
    """Return the priority of changing or deleting a message of the reply."""
    if content.outcome is not None:
        return Priority.FINAL_TEXT
    return Priority.PLACEHOLDER if content.is_placeholder else Priority.INTERIM_EDIT
