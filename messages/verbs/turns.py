"""Verbs of a session's actor: take a turn, ask its question, save its draft, pause it, finish it."""

from typing import Literal

from msgspec import Struct

from messages.answer import Answer
from messages.budget import NoRoom
from messages.enclosure import Enclosure, LeftOut
from messages.flags import Flags
from messages.ids import MessageId, SessionId, TurnId
from messages.interaction import Interaction
from messages.rates import Most
from messages.session import DraftSaved, NothingWaits, QueueRead, TurnPaused
from messages.turn import Ending, OutcomePending, Reason, TurnTaken, Utterance
from messages.usage import Usage
from messages.vectors import EarlierVector
from messages.verbs.verb import Deny, NotOwner, Verb

Help = Literal["transcription", "speech"]
"""What other models are asked for beside a turn's own model; these are their kinds, too."""


class TakeNextTurn(Verb[TurnTaken | NothingWaits | OutcomePending], frozen=True, kw_only=True):
    """Start the queued turn of a session with the lowest idempotency key, if none of its turns is streaming.

    Its state becomes `streaming`, and its attempt is counted. A turn whose asker may not speak in the session any more
    ends instead; the answer is its outcome.
    """

    session: SessionId


class TryAgain(Verb[TurnTaken | NothingWaits], frozen=True, kw_only=True):
    """Begin the next attempt of a turn whose stream broke. Its draft, and what the broken attempt used, are saved."""

    turn: TurnId
    attempt: int
    draft: str
    usage: Usage | None = None
    """None: it used nothing."""


class ReadQueue(Verb[QueueRead], frozen=True, kw_only=True):
    """Return which turns of a session have been queued for `waited_s` seconds and were never begun, and record that their replies may say so.

    `now_s` is in seconds since 1970.
    """

    session: SessionId
    waited_s: float
    now_s: float


class Asked(Struct, frozen=True, kw_only=True):
    """What a model is asked: the question as it is now, and what was said before it, oldest first.

    A retry's history ends before its question; a continuation's ends with the answer that it continues.
    """

    question: Utterance
    history: tuple[Utterance, ...]
    earlier: tuple[EarlierVector, ...] = ()
    """The vectors of the session's other texts, where they were asked for, the newest first."""


class ReadQuestion(Verb[Utterance | None], frozen=True, kw_only=True):
    """Return the question of a turn as it is now, which an edit may still change; None when the attempt is over."""

    turn: TurnId
    attempt: int


class QuestionEdited(Struct, frozen=True, kw_only=True):
    """The question is not the one that was judged any more. Nothing was written, and it must not be asked before it is judged."""


class BeginAsking(Verb[Asked | NoRoom | QuestionEdited | None], frozen=True, kw_only=True):
    """Record that a turn's model is asked now, and return the question and at most `chars` characters of the newest history.

    From now on, an edit of the question does not change this attempt, and a crash of the process is counted for this
    turn, because the turn may be its cause. What the request may use at most is reserved of every budget that holds for it,
    until the attempt ends; where one has no room, the answer says which, and the model must not be asked. The answer is
    None when the attempt is over. `now_s` is in seconds since 1970.
    """

    turn: TurnId
    attempt: int
    chars: int
    now_s: float
    judged: Utterance | None = None
    """The question that the server's moderation let through: no other may be asked. None: this one needs no judgement."""
    most: Most = Most()
    used: Usage | None = None
    """What earlier requests of this attempt have used: the server failed, and the model is asked once more."""
    vectors_by: str = ""
    """The model whose vectors of the session's other texts are read; "" for none."""


class BeginHelping(Verb[Asked | NoRoom | None], frozen=True, kw_only=True):
    """Record that another model is asked for a part of a turn: to write a recording of it down, or to read its answer aloud.

    What that may use at most is reserved, as by `BeginAsking`; the answer is None when the attempt is over that needed it.
    """

    turn: TurnId
    attempt: int
    purpose: Help
    question: Utterance
    most: Most
    used: Usage | None = None
    now_s: float


class EndHelping(Verb[None], frozen=True, kw_only=True):
    """Record what another model used for a part of a turn; None where it used nothing."""

    turn: TurnId
    purpose: Help
    usage: Usage | None


class RecordJudgement(Verb[None], frozen=True, kw_only=True):
    """Record that a server's gate had something of a turn judged, in so many requests to a moderation model.

    `cost` is what each of them costs, in micro-dollars; None where that is unknown. `now_s` is in seconds since 1970.
    """

    turn: TurnId
    attempt: int
    model: str
    requests: int
    cost: int | None
    now_s: float


class RecordEnclosures(Verb[Utterance | None], frozen=True, kw_only=True):
    """What a question encloses has been read, before its model is asked; the answer is the question as it is now.

    Where the question was edited while `before` was read, nothing is written: then its enclosures are read anew. A file
    that is the whole question becomes its text. None when the attempt is over.
    """

    turn: TurnId
    attempt: int
    before: tuple[Enclosure, ...]
    after: tuple[Enclosure, ...]


class SaveDraft(Verb[DraftSaved], frozen=True, kw_only=True):
    """Save the answer so far of this attempt. If it is not the newest attempt, nothing is written."""

    turn: TurnId
    attempt: int
    text: str


class PauseTurn(Verb[TurnPaused], frozen=True, kw_only=True):
    """Queue a streaming turn again, with its draft, because the process stops. This counts as no crash.

    `cut_bytes` and `has_drawn` are those of `FinishTurn`.
    """

    turn: TurnId
    attempt: int
    draft: str
    cut_bytes: int | None = None
    has_drawn: bool = False


class FinishTurn(Verb[OutcomePending], frozen=True, kw_only=True):
    """Record how a turn ended, with its utterances, tokens and cost. Its outcome is then pending until Discord shows it.

    `usage` is what the last attempt used, and None where it used nothing; it is added to what earlier attempts used. Where a
    request was under way that is closed before it said what it used, `cut_bytes` is how much the model wrote in it, shown or not, in UTF-8, and
    `has_drawn` whether an unfinished picture came: what it used is then estimated. `flags` are what the server's
    moderation found. `again_at_s` and `now_s` are in seconds since 1970. If the turn has already ended, nothing changes, and the
    answer is its first outcome. `left_out` are the files of the question that the model was not shown.
    """

    turn: TurnId
    attempt: int
    ending: Ending
    reason: Reason
    answer: Answer
    usage: Usage | None
    cut_bytes: int | None = None
    has_drawn: bool = False
    again_at_s: float | None = None
    flags: Flags = Flags()
    now_s: float
    left_out: tuple[LeftOut, ...] = ()


class Reasoning(Struct, frozen=True, kw_only=True):
    """What a model reasoned before its answer; empty where nothing is known of it, or not any more."""

    text: str


class ReadReasoning(Verb[Reasoning | NotOwner | Deny], frozen=True, kw_only=True):
    """Read what the model reasoned in this turn, for somebody who may see its session.

    In a session that has or had a system message that is its owner alone: the reasoning may quote it.

    `message_id` is the message whose button was pressed; it must hold a part of that turn.
    """

    by: Interaction
    turn: TurnId
    message_id: MessageId
