"""Verbs that erase what belongs to one person, and what nobody has used for long."""

from msgspec import Struct

from messages.ids import SessionId, UserId
from messages.interaction import Interaction
from messages.verbs.cancellations import Ended
from messages.verbs.verb import Verb


class Belongings(Struct, frozen=True, kw_only=True):
    """What is stored about a person, in numbers. `questions` are all they asked, in whatever session; `file_bytes` what was kept for them."""

    name: str = ""
    sessions: int = 0
    newest_session: SessionId = SessionId(0)
    questions: int = 0
    file_bytes: int = 0


class ReadBelongings(Verb[Belongings], frozen=True, kw_only=True):
    """Return what is stored about whoever asks; of somebody who is not known, nothing. Writes nothing."""

    by: Interaction


class ForgetAgreed(Struct, frozen=True, kw_only=True):
    """The person is being forgotten: nobody answers them any more, and the rest is erased in pieces."""

    ended: Ended


class StaleForget(Struct, frozen=True, kw_only=True):
    """Sessions were begun after the confirmation was shown, so nothing was done; these are the numbers now."""

    belongings: Belongings


class ForgetMe(Verb[ForgetAgreed | StaleForget], frozen=True, kw_only=True):
    """Begin to forget whoever presses, if their newest session is the one that the confirmation knew."""

    by: Interaction
    newest: SessionId
    now_s: float


class ForgetPerson(Verb[ForgetAgreed], frozen=True, kw_only=True):
    """Begin to forget a person, whoever they are. From the operator."""

    person: UserId
    now_s: float


class NotListed(Struct, frozen=True, kw_only=True, tag="not_listed"):
    """This person is to be forgotten, and must be put into the list of the forgotten before anything is erased."""

    person: UserId
    time_s: float


class RecordListed(Verb[None], frozen=True, kw_only=True):
    """Record that this person stands in the list of the forgotten."""

    person: UserId


class PieceForgotten(Struct, frozen=True, kw_only=True, tag="piece_forgotten"):
    """A piece was erased; `ended` are the turns that ended with the sessions in it. More is left.

    `removes_sessions`: what these sessions held is still to be erased.
    """

    ended: Ended
    removes_sessions: bool = False


class AwaitErasure(Struct, frozen=True, kw_only=True, tag="await_erasure"):
    """What is left is erased by others: the recorder erases what removed sessions held, the file remover deletes files."""


class FilesRemain(Struct, frozen=True, kw_only=True, tag="files_remain"):
    """Nothing is left of those who still wait but files that cannot be deleted; whoever else waited is forgotten."""

    persons: tuple[UserId, ...]


class PersonForgotten(Struct, frozen=True, kw_only=True, tag="person_forgotten"):
    """No row has anything of this person any more. `seconds` have passed since they wanted it."""

    seconds: float


class NobodyToForget(Struct, frozen=True, kw_only=True, tag="nobody_to_forget"):
    """Nobody waits to be forgotten."""


class ForgetNext(
    Verb[NotListed | PieceForgotten | AwaitErasure | FilesRemain | PersonForgotten | NobodyToForget],
    frozen=True,
    kw_only=True,
):
    """Erase a piece of what belongs to the first person who waits to be forgotten, and for whom something can be done."""

    now_s: float


class CorrectForgotten(Verb[None], frozen=True, kw_only=True):
    """Discord says that it is this moment (seconds since 1970): nobody was forgotten later than now, whatever a wrong clock said then; writes."""

    now_s: float


class UnusedRemoved(Struct, frozen=True, kw_only=True):
    """Sessions that were removed because nobody had used them for long. `are_more`: others are left."""

    removed: int
    ended: Ended
    are_more: bool


class RemoveUnused(Verb[UnusedRemoved], frozen=True, kw_only=True):
    """Remove some of the sessions that were last used before this moment, the oldest first."""

    before_s: float
    now_s: float
