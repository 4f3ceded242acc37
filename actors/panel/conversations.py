"""Sends whole conversations. Long ones are read in parts and one after the other, and only so many are in memory."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import anyio
from msgspec.structs import replace

from actors.panel.dependencies import Dependencies
from actors.panel.response import Response
from actors.panel.transcript_view import FILE_BYTES_MAX, FILES_MAX, Heading, chars_of
from messages.components import Panel
from messages.ids import SessionId, UserId
from messages.interaction import Interaction
from messages.turn import Utterance
from messages.verbs.sessions import Dialogue, ReadDialogue
from messages.verbs.users import SessionChosen
from messages.verbs.verb import Deny
from texts.say import Locale

LONG_CHARS: Final = 250_000
"""A conversation with more characters waits for its turn; most have a hundredth of that."""

UPLOAD_S: Final = 120.0
"""For so long the files of a conversation may stay in memory: by then Discord has them, or their upload was given up."""

UPLOADED_CHARS_MAX: Final = 60_000_000
"""Characters of the long conversations that were sent within `UPLOAD_S`, after which no other one is read."""

PERSON_CHARS_MAX: Final = 15_000_000
"""The same for one person, so that nobody takes all of it."""

Conversation = TypeVar("Conversation", Dialogue, SessionChosen)


class Conversations:
    """Sends conversations of which the end has been read."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._turn = anyio.Lock()
        self._sent: deque[tuple[float, UserId, int]] = deque()
        """When long conversations were sent lately, to whom, and their characters."""

    async def send(
        self,
        response: Response,
        session: SessionId,
        end: Conversation,
        draw: Callable[[Heading, Sequence[Utterance], Locale], tuple[Panel, ...]],
        heading_of: Callable[[Conversation, Locale], Heading],
    ) -> None:
        """Send a conversation whole, as far as its files may hold it, or say that too many long ones are under way."""
        if not end.left_out and chars_of(end.utterances) < LONG_CHARS:
            await response.send_conversation(draw, heading_of(end, response.locale), end.utterances)
            return
        async with self._turn:
            if self._has_enough(response.interaction.user_id):
                response.say("conversations_busy")
                return
            whole = await self.read(end, response.interaction, session)
            await response.send_conversation(draw, heading_of(whole, response.locale), whole.utterances)
            self._sent.append((self._dependencies.clock(), response.interaction.user_id, chars_of(whole.utterances)))

    async def read(self, end: Conversation, by: Interaction, session: SessionId) -> Conversation:
        """Return a conversation of which the end is known, with what precedes it.

        A session that is closed to the person meanwhile gives no more of itself.
        """
        parts, left_out = [end.utterances], end.left_out
        chars = chars_of(end.utterances)
        while left_out and chars < FILES_MAX * FILE_BYTES_MAX:
            part = await self._dependencies.execute(ReadDialogue(by=by, session=session, before=left_out))
            if isinstance(part, Deny):
                break
            parts.append(part.utterances)
            left_out = part.left_out
            chars += chars_of(part.utterances)
        utterances = tuple(said for part in reversed(parts) for said in part)
        return replace(end, utterances=utterances, left_out=left_out)

    def _has_enough(self, person: UserId) -> bool:
        """Return whether so much is being uploaded, to all or to this person, that nothing is added."""
        while self._sent and self._sent[0][0] < self._dependencies.clock() - UPLOAD_S:
            self._sent.popleft()
        of_person = sum(chars for _, who, chars in self._sent if who == person)
        return of_person >= PERSON_CHARS_MAX or sum(chars for *_, chars in self._sent) >= UPLOADED_CHARS_MAX
