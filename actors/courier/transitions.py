"""Steps through the state machines of a reply, which are tables: state, event, next state. Pure."""

from collections.abc import Mapping
from typing import TypeVar

State = TypeVar("State", bound=str)
Event = TypeVar("Event", bound=str)


class UnexpectedEventError(Exception):
    """A state machine has no transition for what happened. That is a fault of ours: the courier is rebuilt from its rows."""


def step(table: Mapping[State, Mapping[Event, State]], state: State, event: Event) -> State:
    """Return the state after an event.

    :raises UnexpectedEventError: when the table has no such event in this state
    """
    try:
        return table[state][event]
    except KeyError:
        raise UnexpectedEventError(f"{event} while {state}") from None
