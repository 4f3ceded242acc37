"""The base of all verbs: requests to storage that each run in one transaction and name the type of their answer."""

from typing import Generic, TypeVar

from msgspec import Struct

Answer = TypeVar("Answer")


class Verb(Struct, Generic[Answer], frozen=True, kw_only=True):
    """A request to storage whose answer is an `Answer`.

    Where a verb is refused, its answer says so. It raises no exception that a person can cause.
    """


class Deny(Struct, frozen=True, kw_only=True, tag="deny"):
    """The person may not do this, or the thing does not exist. The answer does not say which, so that nobody can find out."""


class NotAsker(Struct, frozen=True, kw_only=True, tag="not_asker"):
    """The actor sees the answer, but only its asker and the owner of its session may use the answer's buttons."""


class NotOwner(Struct, frozen=True, kw_only=True, tag="not_owner"):
    """The actor sees the session, but this is for its owner alone."""


class TooLate(Struct, frozen=True, kw_only=True, tag="too_late"):
    """The turn is already over and cannot be stopped, or its question is already being asked again."""
