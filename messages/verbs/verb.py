"""The base of all verbs: requests to storage that each run in one transaction and name the type of their answer."""

from typing import Generic, TypeVar

from msgspec import Struct

Answer = TypeVar("Answer")


class Verb(Struct, Generic[Answer], frozen=True, kw_only=True):
    """A request to storage whose answer is an `Answer`.

    A verb that refuses answers with a value; it raises nothing that a person can cause.
    """


class Deny(Struct, frozen=True, kw_only=True, tag="deny"):
    """The actor may not do this, or what it is about does not exist; the two read the same."""


class TooLate(Struct, frozen=True, kw_only=True, tag="too_late"):
    """The turn to be stopped is over, or the turn to be asked again is already being asked again."""
