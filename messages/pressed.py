"""The ids and numbers that a `custom_id` carries, in the ranges that a row could have. Whether there is such a row, storage knows."""

from typing import Annotated, Final

from msgspec import Meta

from messages.ids import InteractionId, SessionId, TurnId

PAGE_MAX: Final = 10_000
"""Pages of 25 sessions count from 0; nobody has a quarter of a million sessions."""

ROW_ID_MAX: Final = 2**63 - 1
"""SQLite has no greater id, and reading one would raise an error."""

Page = Annotated[int, Meta(ge=0, le=PAGE_MAX)]
"""A page of the list of sessions."""

Count = Annotated[int, Meta(ge=0, le=ROW_ID_MAX)]

PressedSession = Annotated[SessionId, Meta(gt=0, le=ROW_ID_MAX)]
PressedTurn = Annotated[TurnId, Meta(gt=0, le=ROW_ID_MAX)]
PressedInteraction = Annotated[InteractionId, Meta(gt=0, le=ROW_ID_MAX)]
PressedNote = Annotated[int, Meta(gt=0, le=ROW_ID_MAX)]
"""Ids that a row could have; whether there is such a row, storage knows."""
