"""What code says that needs a setting which may change while the bot runs. Pure; `live.py` has what changes it."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)


class Current(Protocol[Value_co]):
    """A setting as it is in force. Read `value` once for each decision: after anything that waits it may be another one."""

    @property
    def value(self) -> Value_co:
        """The value that is in force now. It is never changed itself; another one takes its place."""
        ...


@dataclass(frozen=True)
class Fixed(Generic[Value]):
    """A setting that never changes."""

    value: Value
