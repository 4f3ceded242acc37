"""The messages in Discord that hold a reply, as far as they are known. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from actors.courier.answer_view import PartWanted
from messages.ids import MessageId
from messages.turn import Part


class Shown(Struct, kw_only=True):
    """One message. `looks` is None while nobody knows what it shows; `gone` is true when somebody deleted it."""

    message_id: MessageId
    looks: PartWanted | None = None
    gone: bool = False


class ShownParts:
    """The parts in their order, and messages that the reply does not need any more."""

    def __init__(self) -> None:
        self.parts: list[Shown] = []
        self.replaced: list[MessageId] = []
        """Messages that cannot be edited any more; others stand in their place."""

    def adopt(self, parts: Iterable[Part]) -> None:
        """Add messages that are known to hold parts; what they show is not known."""
        known = {shown.message_id for shown in self.parts} | set(self.replaced)
        self.parts += [Shown(message_id=part.message_id) for part in parts if part.message_id not in known]
        self.parts.sort(key=lambda shown: shown.message_id)

    def add(self, message_id: MessageId, looks: PartWanted | None) -> None:
        """Add a message that was just posted, unless it is known."""
        if all(shown.message_id != message_id for shown in self.parts):
            self.parts.append(Shown(message_id=message_id, looks=looks))

    def replace_from(self, part: int) -> None:
        """This part cannot be edited any more: it and those after it are posted anew, and deleted at the end."""
        self.replaced += [shown.message_id for shown in self.parts[part:]]
        del self.parts[part:]

    def remove(self, message_id: MessageId) -> None:
        """Forget a message, because it was deleted."""
        self.parts = [shown for shown in self.parts if shown.message_id != message_id]
        self.replaced = [replaced for replaced in self.replaced if replaced != message_id]

    def surplus(self, wanted: int) -> list[MessageId]:
        """Return the messages that a reply of so many parts does not need."""
        return [*self.replaced, *(shown.message_id for shown in self.parts[wanted:])]
